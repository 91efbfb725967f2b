"""One projection or fifty, in one process or three: what a fact costs, and how late the slowest table is."""

import asyncio
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import nats
import sqlalchemy as sa
from events.postgres.database import Database
from events.service import Service, Tools
from events.stream import Stream
from process.clock import Clock

from moteur.banc import Banc
from moteur.domaine import (
    CONTEXT,
    SERVICE,
    ActiviteEnregistree,
    Event,
    Listees,
    activites,
    open_store,
    to_contract,
)
from moteur.mesure import Ligne, constater
from moteur.processus import Cote, CoteEchoue, barrier
from moteur.serveurs import base_vide

RATE = 100
TABLES = 50
_WARM_SECONDS = 1.0
_PATIENCE = 60.0
_LOOK_SECONDS = 0.1
_SLOWEST = """
select coalesce(extract(epoch from clock_timestamp() - recorded_at), 0)::float from events
where (xid, position) > (select xid::text::xid8, number from checkpoints order by xid, number limit 1)
order by xid, position limit 1
"""


def lignes(banc: Banc) -> Iterator[Ligne]:
    """A hundred facts a second, each read by every projection. CPU : of the processes that project, from the
    first fact to the last table; late : age of the oldest fact that the slowest table has not, looked at ten
    times a second."""
    tours = banc.reglages.tours
    seconds = min(2 * banc.reglages.secondes_delai, 6.0)
    runs = {
        (tables, copies): [_round(banc, tables, copies, seconds) for _ in range(tours)]
        for tables, copies in ((1, 1), (TABLES, 1), (TABLES, 3))
    }
    alone = [cpu for cpu, _ in runs[1, 1]]
    yield constater(f"une projection, {RATE} faits/s, CPU par fait", "ms", alone, barre=None)
    for copies in (1, 3):
        found = runs[TABLES, copies]
        where = f"{TABLES} projections, {copies} réplique{'s' if copies > 1 else ''}, {RATE} faits/s"
        yield constater(f"{where}, CPU par fait", "ms", [cpu for cpu, _ in found], barre=None)
        ratios = [cpu / one for (cpu, _), one in zip(found, alone, strict=True)]
        yield constater(f"{where}, CPU par fait face à une seule", "fois", ratios, barre=2.5)
        yield constater(f"{where}, table la plus en retard", "ms", [late for _, late in found], barre=1000.0)


def _round(banc: Banc, tables: int, copies: int, seconds: float) -> tuple[float, float]:
    """CPU per fact (ms), worst lateness (ms)."""
    url = base_vide(banc.disque(), "nous")
    total = round((seconds + _WARM_SECONDS) * RATE)
    together = barrier(copies + 1)
    readers = [Cote(projeter, url, banc.nats, tables, total, together) for _ in range(copies)]
    writer = Cote(ecrire, url, tables, total, together)
    try:
        late = writer.result(_PATIENCE + seconds)
        return sum(reader.result(_PATIENCE) for reader in readers) / total, late
    finally:
        for cote in (writer, *readers):
            cote.end()


class Copie(Listees):
    """The same list, in a table of its own."""

    def __init__(self, number: int) -> None:
        self.table = Listees.table.to_metadata(sa.MetaData(), name=_table(number))


def _table(number: int) -> str:
    return f"activites_listees_{number}"


def _evolve(state: None, event: Event) -> None:
    return None


async def projeter(url: str, address: str, tables: int, total: int, together: Any) -> float:
    """Project until every table has everything, as the service's own tasks do; CPU spent (ms)."""
    database, client = Database(url), await nats.connect(address)
    stream = Stream("activite", None, lambda command, state: [], _evolve)
    service = Service[Event](
        SERVICE, (stream,), Path(), to_contract, own=tuple(Copie(n) for n in range(tables))
    )
    tasks = service.tasks(client, Tools(open_store(database), Clock().now))
    running = [asyncio.ensure_future(tasks[_table(n)]()) for n in range(tables)]
    try:
        await asyncio.to_thread(together.wait, _PATIENCE)
        before = _cpu_ms()
        async with asyncio.timeout(_PATIENCE + total / RATE):
            while not await _all_read(database, tables, total):
                if stopped := [task for task in running if task.done()]:
                    stopped[0].result()
                await asyncio.sleep(0.5)
        return _cpu_ms() - before
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await client.close()
        await database.close()


def _cpu_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return 1000 * (used.ru_utime + used.ru_stime)


async def _all_read(database: Database, tables: int, total: int) -> bool:
    async with database.raw() as connection:
        if int(await connection.fetchval("select count(*) from events") or 0) < total:
            return False
        read = await connection.fetchval(
            """select count(*) = $1 from checkpoints where (xid, number) = (
                 select xid::text::bigint, position from events e order by e.xid desc, position desc limit 1
               )""",
            tables,
        )
    return bool(read)


async def ecrire(url: str, tables: int, total: int, together: Any) -> float:
    """Make the tables, then write at the rate; how late the slowest table was at worst, in milliseconds."""
    database = Database(url)
    async with database.engine.begin() as connection:
        for number in range(tables):
            await connection.run_sync(Copie(number).table.create)
    try:
        await _all_started(database, tables)
        await asyncio.to_thread(together.wait, _PATIENCE)
        started = time.perf_counter()
        looking = asyncio.create_task(_worst_late(database, started + total / RATE + 1))
        await _write(database, total, started)
        return await looking
    finally:
        await database.close()


async def _all_started(database: Database, tables: int) -> None:
    started = 0
    async with asyncio.timeout(_PATIENCE), database.raw() as connection:
        while started < tables:
            await asyncio.sleep(_LOOK_SECONDS)
            started = int(await connection.fetchval("select count(*) from checkpoints") or 0)


async def _worst_late(database: Database, until: float) -> float:
    await asyncio.sleep(_WARM_SECONDS)
    worst = 0.0
    while time.perf_counter() < until:
        async with database.raw() as connection:
            worst = max(worst, 1000 * (await connection.fetchval(_SLOWEST) or 0.0))
        await asyncio.sleep(_LOOK_SECONDS)
    return worst


async def _write(database: Database, total: int, started: float) -> None:
    store = open_store(database)
    events: list[ActiviteEnregistree] = activites(1000)
    appends: list[asyncio.Task[Any]] = []
    for n in range(total):
        await asyncio.sleep(max(0.0, started + n / RATE - time.perf_counter()))
        fact = replace(events[n % len(events)], activite_id=uuid4())
        appends.append(asyncio.create_task(store.append(f"activite-{fact.activite_id}", 0, [fact], CONTEXT)))
    await asyncio.gather(*appends)
    if time.perf_counter() - started > 1.2 * total / RATE:
        raise CoteEchoue(f"l'écrivain n'a pas tenu {RATE} faits/s")
