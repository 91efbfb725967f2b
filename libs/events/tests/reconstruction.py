"""For the tests of rebuilds: a read model with many indexes, live projectors, and ways to be in the way."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import carnet
import sqlalchemy as sa
from carnet import CarnetId, Event, NoteAjoutee
from events.postgres.database import Database
from events.projection.checkpoints import read_checkpoint
from events.projection.projection import Projector, fold_rows
from events.projection.source import Checkpoint, Delivery, FeedSource
from events.store.store import Context, Store
from events.types import START

CONTEXT = Context("test", "requete-de-test")
CREATE = """
create table carnets (
  carnet_id uuid constraint carnets_cle primary key,
  notes integer not null constraint notes_positives check (notes >= 0),
  somme bigint not null default 0
)"""
INDEXES = (
    "create index ix_somme on carnets (somme)",
    "create index ix_somme_bis on carnets (somme)",
    "create index ix_gros on carnets (notes desc, somme) where notes > 10",
    "create index ix_calcul on carnets ((notes * 2)) include (somme)",
    "create unique index ix_unique on carnets (somme, carnet_id)",
)


def feed(store: Store[Event]) -> FeedSource[Event]:
    return FeedSource(store, "carnets")


async def fill(store: Store[Event], carnets: int, notes: int) -> list[UUID]:
    ids = [uuid4() for _ in range(carnets)]
    await store.append_bulk(
        ((f"carnet-{c}", n, [NoteAjoutee(CarnetId(c), n + 1, "note")]) for n in range(notes) for c in ids),
        CONTEXT,
    )
    return ids


async def rows_of(database: Database) -> dict[UUID, tuple[int, int]]:
    async with database.engine.connect() as connection:
        found = await connection.execute(sa.select(carnet.table))
        return {r.carnet_id: (r.notes, r.somme) for r in found}


async def folded(store: Store[Event]) -> dict[UUID, tuple[int, int]]:
    """What a fresh fold of the whole journal gives."""
    rows: dict[Any, Any] = {}
    at = START
    while page := await store.page(at, 5000):
        at = page[-1].position
        rows = fold_rows(carnet, rows, [r.event for r in await store.decode(page)])
    return {key: (row["notes"], row["somme"]) for key, row in rows.items()}


async def project_all(store: Store[Event], projection: Any = carnet) -> None:
    projector = Projector(store.database, projection, feed(store), attempts=1)
    while await projector.step() or (
        await store.page((await read_checkpoint(store.database, "carnets")).position, 1)
    ):
        pass


async def definition(database: Database) -> list[tuple[str, str]]:
    """Name and definition of each column, index and constraint of the table."""
    async with database.raw() as connection:
        rows = await connection.fetch(
            """select indexname::text, indexdef from pg_indexes where tablename = 'carnets'
               union all select conname::text, contype::text || pg_get_constraintdef(oid)
                 from pg_constraint where conrelid = 'carnets'::regclass
               union all select attname::text, format_type(atttypid, atttypmod) || attnotnull::text
                 from pg_attribute where attrelid = 'carnets'::regclass and attnum > 0
               order by 1, 2"""
        )
        tables = await connection.fetch(
            "select tablename::text, '' from pg_tables where schemaname = 'public'"
        )
    return [(row[0], row[1]) for row in (*rows, *tables)]


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncGenerator[list[asyncio.Task[None]]]:
    """These works as tasks, stopped at the end."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def another_projector(database_url: str) -> Generator[subprocess.Popen[bytes]]:
    """A live projector in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen([sys.executable, "-c", PROJECT, database_url], env=env)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def project_for_ever(database: Database) -> None:
    """A live projector."""
    await Projector(database, carnet, feed(carnet.open_store(database))).run()


PROJECT = """
import asyncio, sys
from events.postgres.database import Database
from reconstruction import project_for_ever

asyncio.run(project_for_ever(Database(sys.argv[1])))
"""


class Paused:
    """The projection of notebooks; stops once between the read of the rows and their write."""

    table = carnet.table
    reads = carnet.reads
    key = staticmethod(carnet.key)

    def __init__(self) -> None:
        self.rows_read = threading.Event()
        self.resume = threading.Event()

    def project(self, row: dict[str, Any] | None, event: Any) -> dict[str, Any] | None:
        self.rows_read.set()
        assert self.resume.wait(30)
        return carnet.project(row, event)


class Bounded(FeedSource[Event]):
    """A feed on which nothing is new after a position: the shadow stops exactly where the live one stood."""

    def __init__(self, store: Store[Event], last: Checkpoint) -> None:
        super().__init__(store, "carnets")
        self._last = last

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        found = await super().page(after, limit)
        return [d for d in found if d.checkpoint.position <= self._last.position]


async def waiting_for_the_table(database: Database) -> bool:
    async with database.raw() as connection:
        found = await connection.fetchval(
            "select count(*) from pg_locks where relation = 'carnets'::regclass and not granted"
        )
    return bool(found)


async def waiting_for_a_checkpoint(database: Database) -> bool:
    async with database.raw() as connection:
        found = await connection.fetchval(
            """select count(*) from pg_stat_activity where datname = current_database()
               and wait_event_type = 'Lock' and query ilike '%insert into checkpoints%'"""
        )
    return bool(found)


class Unreadable:
    """The projection of notebooks, that cannot say which row the eleventh note concerns."""

    table = carnet.table
    reads = carnet.reads
    project = staticmethod(carnet.project)

    def key(self, event: Any) -> UUID:
        if event.rang == 11:
            raise ValueError("illisible")
        return carnet.key(event)


class Refusing:
    """The projection of notebooks, refusing some ranks."""

    table = carnet.table
    reads = carnet.reads
    key = staticmethod(carnet.key)

    def __init__(self, *ranks: int) -> None:
        self.ranks = ranks

    def project(self, row: dict[str, Any] | None, event: Any) -> dict[str, Any] | None:
        if event.rang in self.ranks:
            raise ValueError("illisible")
        return carnet.project(row, event)
