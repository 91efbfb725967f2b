"""Compare a live table with a fresh fold of its source, while the service works.

A snapshot of the live table is kept open: table and checkpoint of one instant. A shadow table is filled by
the same code exactly to that checkpoint, then both are read in the order of their keys, in bounded memory.
Read-only, the long transaction has no xid: it holds back no feed.
"""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from events.postgres.database import Database
from events.projection.checkpoints import checkpoint_in, forget_reader, read_checkpoint
from events.projection.parking import parked_rows
from events.projection.projection import Projection, Projector
from events.projection.shadow import Shadow
from events.projection.source import Checkpoint, Delivery, Source
from events.types import Recorded

SUFFIX = "__verif"
SHOWN = 10
_PAGE = 2_000
_SORT_SECONDS = 3600


class VerificationEnCours(Exception):
    """Another verification of this table is at work; the message is the table."""


@dataclass(slots=True)
class Ecarts:
    """lignes : compared.   manquantes : absent from the live table; en_trop : only there.

    cles : of the first rows concerned, never their values.   de_cote : facts that the fresh fold refused too.
    """

    lignes: int = 0
    manquantes: int = 0
    en_trop: int = 0
    differentes: int = 0
    de_cote: int = 0
    cles: list[str] = field(default_factory=list[str])

    @property
    def total(self) -> int:
        return self.manquantes + self.en_trop + self.differentes

    def noter(self, kind: str, key: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.cles) < SHOWN:
            self.cles.append(key)


class _Jusque:
    """A source that ends at a checkpoint."""

    def __init__(self, source: Source[Any], end: Checkpoint) -> None:
        self.name, self.names = source.name, source.names
        self.reached = False
        self._source, self._end = source, end

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        page = await self._source.page(after, limit)
        kept = [d for d in page if d.checkpoint.position <= self._end.position]
        # Something beyond the end: whatever precedes it has been delivered.
        self.reached = len(kept) < len(page) or (
            bool(kept) and kept[-1].checkpoint.position == self._end.position
        )
        return kept

    async def decode(self, deliveries: Sequence[Delivery]) -> list[Any]:
        return await self._source.decode(deliveries)

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[Any]]:
        return await self._source.recorded(deliveries)

    async def taken(self, upto: Delivery) -> None:
        await self._source.taken(upto)

    async def ended(self) -> bool:
        return self.reached or await self._source.ended()

    async def wait(self) -> None:
        await self._source.wait()


async def verifier(
    database: Database,
    projection: Projection[Any],
    source: Source[Any],
    rien_de_plus: Callable[[], Awaitable[bool]],
    progress: Callable[[int], None],
) -> Ecarts:
    """source : a reading of its own.   rien_de_plus : nothing more will come of the source.

    Raises VerificationEnCours: two of them would fill the same shadow table.
    """
    live = projection.table.name
    ombre = Shadow(projection, SUFFIX)
    async with _instantane(database) as snapshot:
        # Given back with the snapshot's transaction, after the shadow is gone.
        key = zlib.crc32(f"verify:{live}".encode())
        if not await snapshot.fetchval("select pg_try_advisory_xact_lock($1)", key):
            raise VerificationEnCours(live)
        end = await checkpoint_in(snapshot, live)
        await _preparer(database, live, ombre.table.name)
        try:
            await _remplir(database, ombre, _Jusque(source, end), end, rien_de_plus, progress)
            ecarts = await _comparer(database, snapshot, projection.table, ombre.table.name)
            ecarts.de_cote = len(await parked_rows(database, readers=[ombre.table.name]))
            return ecarts
        finally:
            await asyncio.shield(_effacer(database, ombre.table.name))


@asynccontextmanager
async def _instantane(database: Database) -> AsyncGenerator[Any]:
    async with database.raw() as connection:
        transaction = connection.transaction(isolation="repeatable_read", readonly=True)
        await transaction.start()
        try:
            await connection.execute(
                "set local transaction_timeout = 0; set local idle_in_transaction_session_timeout = 0"
            )
            yield connection
        finally:
            with suppress(Exception):
                await transaction.rollback()


async def _remplir(
    database: Database,
    ombre: Shadow,
    source: _Jusque,
    end: Checkpoint,
    rien_de_plus: Callable[[], Awaitable[bool]],
    progress: Callable[[int], None],
) -> None:
    filler = Projector(database, ombre, source, attempts=1, page=_PAGE)
    count = 0
    while end != Checkpoint():
        taken = await filler.step()
        count += taken
        progress(count)
        if source.reached and not taken:
            return
        at = await read_checkpoint(database, ombre.table.name)
        if at.position >= end.position:
            return
        if not taken:
            if await rien_de_plus():
                return
            await source.wait()


async def _comparer(database: Database, snapshot: Any, live: sa.Table, ombre: str) -> Ecarts:
    ecarts = Ecarts()
    async with database.raw() as connection, connection.transaction(readonly=True):
        await connection.execute("set local transaction_timeout = 0")
        await comparer(ecarts, _lignes(snapshot, live, live.name), _lignes(connection, live, ombre))
    return ecarts


async def comparer[L](
    ecarts: Ecarts, live: AsyncIterator[tuple[str, L]], fresh: AsyncIterator[tuple[str, L]]
) -> None:
    """Note the differences between two readings of (key, row), each in the order of its keys."""
    a, b = await anext(live, None), await anext(fresh, None)
    while a is not None or b is not None:
        ecarts.lignes += 1
        if b is None or (a is not None and a[0] < b[0]):
            assert a is not None, "one of the two is there"
            ecarts.noter("en_trop", a[0])
            a = await anext(live, None)
        elif a is None or b[0] < a[0]:
            ecarts.noter("manquantes", b[0])
            b = await anext(fresh, None)
        else:
            if a[1] != b[1]:
                ecarts.noter("differentes", a[0])
            a, b = await anext(live, None), await anext(fresh, None)


async def _lignes(connection: Any, table: sa.Table, name: str) -> AsyncIterator[tuple[str, bytes]]:
    """(key, digest of the row) in the order of the key's bytes, which is that of Python's texts."""
    key = " || ' ' || ".join(f"{_quote(column.name)}::text" for column in table.primary_key)
    columns = ", ".join(_quote(column.name) for column in table.columns)
    # Only the names of our own tables and columns enter the text.
    query = f"""select ({key}) collate "C" as key, sha256(convert_to(row({columns})::text, 'UTF8')) as digest
                from {_quote(name)} order by 1"""  # noqa: S608
    async for row in connection.cursor(query, prefetch=_PAGE, timeout=_SORT_SECONDS):
        yield row["key"], row["digest"]


async def _preparer(database: Database, live: str, ombre: str) -> None:
    await _effacer(database, ombre)
    async with database.raw() as connection:
        await connection.execute(f"create table {_quote(ombre)} (like {_quote(live)} including all)")


async def _effacer(database: Database, ombre: str) -> None:
    async with database.raw() as connection, connection.transaction():
        await connection.execute(f"drop table if exists {_quote(ombre)}")
        await forget_reader(connection, ombre)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
