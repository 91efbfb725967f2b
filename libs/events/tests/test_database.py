"""What waits in a pool may die there: nobody who borrows it should notice."""

import asyncio
import os
import signal

import asyncpg
import pytest
import sqlalchemy as sa
from events.postgres.database import Database


async def test_une_connexion_morte_dans_la_reserve_est_remplacee_sans_erreur(
    journal: Database, database_url: str
) -> None:
    async with journal.engine.connect() as connection:
        await connection.execute(sa.text("select 1"))
    async with journal.raw() as raw:
        await raw.fetchval("select 1")
    admin = await asyncpg.connect(database_url)
    try:
        await admin.execute(
            """select pg_terminate_backend(pid, 5000) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()"""
        )
    finally:
        await admin.close()
    # The loop hears of it.
    await asyncio.sleep(0.1)
    async with journal.engine.connect() as connection:
        assert await connection.scalar(sa.text("select 1")) == 1
    async with journal.raw() as raw:
        assert await raw.fetchval("select 1") == 1


async def test_personne_n_attend_en_vain_une_connexion_que_d_autres_se_repassent(database_url: str) -> None:
    """Far more borrowers than connections, who come back at once: each has its turn."""
    database = Database(database_url, pool_size=3)
    used: set[int] = set()
    served = [0] * 40

    async def borrower(n: int) -> None:
        for _ in range(10):
            async with database.raw() as connection:
                used.add(int(await connection.fetchval("select pg_backend_pid()") or 0))
            served[n] += 1

    try:
        async with asyncio.timeout(30):
            await asyncio.gather(*(borrower(n) for n in range(40)))
    finally:
        await database.close()
    assert served == [10] * 40
    assert len(used) <= 3


async def test_une_connexion_abandonnee_en_route_ne_ressert_pas(database_url: str) -> None:
    """The answer that nobody waited for must not reach the next borrower."""
    database = Database(database_url, pool_size=1)

    async def slow() -> None:
        async with database.raw() as connection:
            await connection.fetchval("select 'perdue' from pg_sleep(120)")

    try:
        asked = asyncio.create_task(slow())
        await asyncio.sleep(0.2)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        async with asyncio.timeout(60), database.raw() as connection:
            assert await connection.fetchval("select 'neuve'") == "neuve"
    finally:
        await database.close()


async def test_une_connexion_qui_n_a_pas_repondu_a_temps_ne_ressert_pas(database_url: str) -> None:
    """Nor those beside it: the network that swallowed one may have swallowed them all."""
    database, silent = Database(database_url), list[int]()
    try:
        async with database.raw() as one, database.raw() as other:
            for connection in (one, other):
                silent.append(int(await connection.fetchval("select pg_backend_pid()") or 0))
        for pid in silent:
            os.kill(pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            async with database.raw() as connection:
                await connection.fetchval("select 1", timeout=0.2)
        async with database.raw() as connection:
            assert await connection.fetchval("select pg_backend_pid()", timeout=60) not in silent
    finally:
        for pid in silent:
            os.kill(pid, signal.SIGCONT)
        await database.close()


async def test_un_serveur_fige_n_empeche_pas_de_fermer(journal: Database, database_url: str) -> None:
    """Who waits for a wake-up listens on a connection; Ctrl-C works though its server process is silent."""
    database = Database(database_url)
    await database.wakeup.wait(0.01, database.wakeup.commits)
    listening = "select pid from pg_stat_activity where query ilike 'listen%'"
    async with asyncio.timeout(60), journal.raw() as connection:
        while (pid := await connection.fetchval(listening)) is None:
            await asyncio.sleep(0.02)
    os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(60):
            await database.close()
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_une_annulation_reste_une_annulation_quand_le_serveur_est_parti(journal: Database) -> None:
    """Else an endless task would take it for an outage, and go on."""
    begun = asyncio.Future[int]()

    async def work() -> None:
        async with journal.raw() as connection, connection.transaction():
            begun.set_result(int(await connection.fetchval("select pg_backend_pid()") or 0))
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    pid = await begun
    async with journal.raw() as connection:
        await connection.execute("select pg_terminate_backend($1, 5000)", pid)
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task], timeout=60)
    assert task.cancelled()
