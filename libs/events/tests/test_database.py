"""What waits in a pool may die there: nobody who borrows it should notice."""

import asyncio

import asyncpg
import sqlalchemy as sa
from events.database import Database


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
