"""Coalesced appends: concurrent callers share one INSERT and one commit (docs/moteur.md §5).

Each caller gets its own outcome, after the commit only; a conflict fails its own caller; an append of
several events is all or nothing.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from events import metrics
from events.postgres.database import Database, discard
from events.types import Position
from events.vault.erasure import Erasure, destroy_in

_INSERT = """
insert into events (id, stream, version, type, schema_version, data, personal, metadata)
select i.id, i.stream, i.version, i.type, i.schema_version, i.data, i.personal, i.metadata
from rows from (jsonb_to_recordset($1::text::jsonb) as (id uuid, stream text, version int, type text,
  schema_version smallint, data jsonb, personal jsonb, metadata jsonb, first int))
  with ordinality as i(id, stream, version, type, schema_version, data, personal, metadata, first, n)
where i.first = 1 or exists (select from events e where e.stream = i.stream and e.version = i.first - 1)
order by i.n
on conflict do nothing
returning id, xid, position
"""
# The same for one event: half the cost of the general form.
_INSERT_ONE = """
insert into events (id, stream, version, type, schema_version, data, personal, metadata)
select $1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8::text::jsonb
where $9 = 1 or exists (select from events e where e.stream = $2 and e.version = $9 - 1)
on conflict do nothing
returning id, xid, position
"""

_FIND = "select id, stream, xid, position from events where id = any($1::uuid[])"

_MAX_BATCH = 500
_MAX_WAITING = 20_000
_SECONDS = 5.0
"""For one statement: past it the connection is taken for lost, and the same ids are sent again on another."""
_OF_ONE = (
    # A value that PostgreSQL cannot store, or index; a row that another transaction holds for too long.
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.QueryCanceledError,
)
"""Errors of a batch that may come from one of its appends only: each is tried alone."""
_FLUSHES = 2
_CROWD = 8


class Conflict(Exception):
    """Somebody else wrote to the stream since it was read, or it is not at the expected version."""


class ClaimTaken(Exception):
    """Another stream already holds what had to be unique."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Overloaded(Exception):
    """Too many appends are waiting: the caller must come back later."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something unique across streams (an identity, an active invitation). key : at most 64 bytes, hashed
    when it comes from personal data."""

    kind: str
    key: bytes


@dataclass(slots=True)
class Row:
    """One event, encoded. data, personal, metadata : JSON. first : version of the append's first event."""

    id: UUID
    stream: str
    version: int
    type: str
    schema_version: int
    data: bytes
    personal: str | None
    metadata: bytes
    first: int


@dataclass(slots=True)
class _Append:
    rows: Sequence[Row]
    done: asyncio.Future[Position]
    claims: Sequence[Claim] = ()
    releases: Sequence[Claim] = ()
    erasures: Sequence[Erasure] = ()

    @property
    def alone(self) -> bool:
        """Such a commit is not shared: a taken claim must roll back its own append only."""
        return bool(self.claims or self.releases or self.erasures)


class _Torn(Exception):
    """Rolls a transaction back: an append of several events could not be written whole."""

    def __init__(self, written: set[UUID]) -> None:
        super().__init__()
        self.written = written


class Appender:
    """Writes appends to one database: one transaction in flight at a time, two when a crowd waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Append] = deque()
        self._in_flight = 0
        self._scheduled = False
        self._flushes: set[asyncio.Task[None]] = set()

    async def write(
        self,
        rows: Sequence[Row],
        claims: Sequence[Claim] = (),
        releases: Sequence[Claim] = (),
        erasures: Sequence[Erasure] = (),
    ) -> Position:
        """Position of the last event, once committed. The same ids again answer the first position again.

        Raises Conflict, ClaimTaken, Overloaded; a connection error leaves the outcome unknown: write again.
        """
        if len(self._waiting) >= _MAX_WAITING:
            raise Overloaded
        done: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Append(rows, done, claims, releases, erasures))
        self._schedule()
        return await done

    def _schedule(self) -> None:
        # At the end of this turn of the loop: callers that were woken together write together.
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._scheduled = False
        # A crowd goes in two halves: one is being written while the other's commit waits for the disk. A few
        # callers share one commit: each one more would cost more than it saves.
        while self._in_flight < _FLUSHES and len(self._waiting) >= (_CROWD if self._in_flight else 1):
            crowd = len(self._waiting) >= 2 * _CROWD and not self._in_flight
            share = min(_MAX_BATCH, len(self._waiting) // 2 if crowd else len(self._waiting))
            self._in_flight += 1
            batch = [self._waiting.popleft()]
            if not batch[0].alone:
                while self._waiting and len(batch) < share and not self._waiting[0].alone:
                    batch.append(self._waiting.popleft())
            task = asyncio.Task(self._flush(batch), loop=asyncio.get_running_loop(), eager_start=True)
            self._flushes.add(task)
            task.add_done_callback(self._flushes.discard)

    async def _flush(self, batch: list[_Append]) -> None:
        try:
            try:
                await self._write(batch)
            except _OF_ONE:
                # It fails its own caller, not those who share the batch.
                if len(batch) == 1:
                    raise
                await self._one_by_one(batch)
        except BaseException as error:
            for append in batch:
                if not append.done.done():
                    append.done.set_exception(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._in_flight -= 1
            self._schedule()

    async def _write(self, batch: list[_Append]) -> None:
        # In the order of the streams: two batches that meet wait for one another, and never deadlock.
        batch = sorted(batch, key=lambda append: append.rows[0].stream)
        try:
            await self._write_together(batch)
        except _Torn as error:
            # Rolled back, the connection given back: the others together, those that were torn each alone.
            if len(batch) == 1:
                raise Conflict from None
            torn = [append for append in batch if _is_torn(append, error.written)]
            if whole := [append for append in batch if not _is_torn(append, error.written)]:
                await self._write(whole)
            await self._one_by_one(torn)

    async def _write_together(self, batch: list[_Append]) -> None:
        rows = [row for append in batch for row in append.rows]
        async with self._database.raw() as connection:
            if len(rows) == len(batch) and not batch[0].alone:
                found = await _insert(connection, rows)
            else:
                async with connection.transaction():
                    found = await _insert_whole(connection, batch, rows)
            if len(found) == len(rows):
                last = -1
                for append in batch:
                    last += len(append.rows)
                    _answer(append, Position(found[last]["xid"], found[last]["position"]))
            else:
                await self._sort_out(connection, batch, found)
        if found:
            metrics.appended.inc(len(found))
            self._database.wakeup.committed()

    async def _one_by_one(self, batch: list[_Append]) -> None:
        canceled = False
        for append in batch:
            try:
                await self._write([append])
            except (Conflict, *_OF_ONE) as error:
                # One statement cut short is its caller's; a second one says that the server is at its limit.
                if isinstance(error, asyncpg.QueryCanceledError):
                    if canceled:
                        raise
                    canceled = True
                if not append.done.done():
                    append.done.set_exception(error)

    async def _sort_out(self, connection: Any, batch: list[_Append], found: list[Any]) -> None:
        """Some were not written: the same ids already stored are a repeat, the others are in conflict."""
        written = {row["id"]: row for row in found}
        missing = [row.id for append in batch for row in append.rows if row.id not in written]
        stored = {row["id"]: row for row in await connection.fetch(_FIND, missing)}
        for append in batch:
            last = append.rows[-1]
            repeated = all(r.id in stored and stored[r.id]["stream"] == r.stream for r in append.rows)
            place = written.get(last.id) or (stored[last.id] if repeated else None)
            if place is not None:
                _answer(append, Position(place["xid"], place["position"]))
            elif not append.done.done():
                metrics.conflicts.inc()
                append.done.set_exception(Conflict())


def _answer(append: _Append, position: Position) -> None:
    # Done already when its caller went away.
    if not append.done.done():
        append.done.set_result(position)


def _is_torn(append: _Append, written: set[UUID]) -> bool:
    return 0 < sum(row.id in written for row in append.rows) < len(append.rows)


async def _insert_whole(connection: Any, batch: list[_Append], rows: list[Row]) -> list[Any]:
    """Inside a transaction: the rows, and what a lone append takes, gives back, destroys. Raises _Torn."""
    try:
        found = await _insert(connection, rows)
        written = {row["id"] for row in found}
        if any(_is_torn(append, written) for append in batch):
            raise _Torn(written)
        if found and batch[0].alone:
            await _claim(connection, batch[0])
            if batch[0].erasures:
                await destroy_in(connection, batch[0].erasures)
        return found
    except TimeoutError:
        # The rollback would wait for the same silent server.
        discard(connection)
        raise


async def _insert(connection: Any, rows: list[Row]) -> list[Any]:
    if len(rows) == 1:
        [r] = rows
        return await connection.fetch(
            _INSERT_ONE,
            r.id,
            r.stream,
            r.version,
            r.type,
            r.schema_version,
            r.data.decode(),
            r.personal,
            r.metadata.decode(),
            r.first,
            timeout=_SECONDS,
        )
    # One text for the whole batch: the driver checks every element of nine arrays in Python otherwise.
    return await connection.fetch(
        _INSERT,
        orjson.dumps(
            [
                {
                    "id": r.id,
                    "stream": r.stream,
                    "version": r.version,
                    "type": r.type,
                    "schema_version": r.schema_version,
                    "data": orjson.Fragment(r.data),
                    "personal": orjson.Fragment(r.personal) if r.personal is not None else None,
                    "metadata": orjson.Fragment(r.metadata),
                    "first": r.first,
                }
                for r in rows
            ]
        ).decode(),
        timeout=_SECONDS,
    )


async def _claim(connection: Any, append: _Append) -> None:
    stream = append.rows[0].stream
    for claim in append.releases:
        await connection.execute(
            "delete from claims where kind = $1 and key = $2 and stream = $3", claim.kind, claim.key, stream
        )
    for claim in append.claims:
        holder = await connection.fetchval(
            """with new as (insert into claims (kind, key, stream) values ($1, $2, $3)
                            on conflict do nothing returning stream)
               select stream from new union all select stream from claims where kind = $1 and key = $2""",
            claim.kind,
            claim.key,
            stream,
        )
        # None: the holder committed after this statement's snapshot, so it is another stream.
        if holder != stream:
            raise ClaimTaken(claim.kind)
