"""Un travail, plusieurs copies du service : une seule le fait, une autre le reprend quand elle s'arrête."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager

import pytest
from events.postgres.database import Database


class Copy:
    """A copy of the service, and whether it is at work."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.working = asyncio.Event()
        self.broken = asyncio.Event()
        self.times = 0
        self.task = asyncio.create_task(self.database.turns.hold("travail", self.work))

    async def work(self) -> None:
        self.times += 1
        self.working.set()
        try:
            await self.broken.wait()
            raise RuntimeError("un bogue")
        finally:
            self.working.clear()

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.database.close()


@pytest.fixture
async def copies(database_url: str) -> AsyncIterator[list[Copy]]:
    found = [Copy(database_url) for _ in range(3)]
    yield found
    await asyncio.gather(*(copy.stop() for copy in found))


async def at_work(copies: list[Copy]) -> Copy:
    """The one that works, as soon as there is one."""
    async with asyncio.timeout(60):
        while not (working := [copy for copy in copies if copy.working.is_set()]):
            await asyncio.sleep(0.02)
    assert len(working) == 1
    return working[0]


async def test_une_seule_copie_travaille_et_une_autre_reprend_quand_elle_s_arrete(copies: list[Copy]) -> None:
    seen: list[Copy] = []
    for _ in range(3):
        one = await at_work([copy for copy in copies if copy not in seen])
        assert [copy for copy in copies if copy.working.is_set()] == [one]
        seen.append(one)
        await one.stop()
    assert [copy.times for copy in seen] == [1, 1, 1]


async def test_une_copie_qui_echoue_rend_son_tour(copies: list[Copy]) -> None:
    one = await at_work(copies)
    one.broken.set()
    with pytest.raises(RuntimeError):
        await one.task
    assert await at_work([copy for copy in copies if copy is not one])


async def test_une_session_coupee_arrete_le_travail_avant_qu_il_reprenne(
    copies: list[Copy], database_url: str
) -> None:
    one = await at_work(copies)
    other = Database(database_url)
    async with other.raw() as connection:
        await connection.execute("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
    await other.close()
    async with asyncio.timeout(60):
        while one.working.is_set() and one.times == 1:
            await asyncio.sleep(0.02)
    assert await at_work(copies)
    assert sum(copy.times for copy in copies) == 2


async def test_deux_travaux_de_noms_differents_ne_s_attendent_pas(database_url: str) -> None:
    database = Database(database_url)
    started = asyncio.Barrier(2)

    async def work() -> None:
        await started.wait()
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(database.turns.hold(name, work)) for name in ("un", "deux")]
    async with asyncio.timeout(30):
        while started.n_waiting or not all(not task.done() for task in tasks):
            await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()


WORK = """
import asyncio, sys
from events.postgres.database import Database

async def work():
    print("au travail", flush=True)
    await asyncio.Event().wait()

asyncio.run(Database(sys.argv[1]).turns.hold("travail", work))
"""


@contextmanager
def another_process(url: str) -> Generator[subprocess.Popen[bytes]]:
    """At work when this begins."""
    with subprocess.Popen([sys.executable, "-c", WORK, url], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"au travail\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_le_tour_d_un_processus_tue_ou_fige_passe_a_un_autre(
    database_url: str, how: signal.Signals
) -> None:
    """Frozen, it keeps its connection: the server hears nothing from it, and ends it."""
    with another_process(database_url) as process:
        ready = Copy(database_url)
        try:
            await asyncio.sleep(0)
            assert not ready.working.is_set()
            os.kill(process.pid, how)
            assert await at_work([ready]) is ready
        finally:
            await ready.stop()
