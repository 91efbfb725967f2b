"""Coalesced appends: concurrent callers share one INSERT and one commit (ENGINE §1).

Each caller gets its own outcome, after the commit only; a conflict fails its own caller; an append of
several events is all or nothing.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events import metrics
from events.database import Database
from events.types import Position

_INSERT = """
insert into events (id, stream, version, type, schema_version, data, personal, metadata)
select i.id, i.stream, i.version, i.type, i.schema_version,
       i.data::jsonb, i.personal::jsonb, i.metadata::jsonb
from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::smallint[], $6::text[], $7::text[],
            $8::text[], $9::int[]) with ordinality
  as i(id, stream, version, type, schema_version, data, personal, metadata, first, n)
where i.first = 1 or exists (select from events e where e.stream = i.stream and e.version = i.first - 1)
order by i.n
on conflict do nothing
returning id, xid::text::bigint as xid, position
"""

_FIND = "select id, stream, xid::text::bigint as xid, position from events where id = any($1::uuid[])"

_MAX_BATCH = 500
_MAX_WAITING = 20_000


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


@dataclass(frozen=True, slots=True)
class Row:
    """One event, encoded. JSON columns are texts."""

    id: UUID
    stream: str
    version: int
    type: str
    schema_version: int
    data: str
    personal: str | None
    metadata: str
    first: int
    """Version of the first event of the same append."""


@dataclass(slots=True)
class _Append:
    rows: Sequence[Row]
    claims: Sequence[Claim]
    releases: Sequence[Claim]
    done: asyncio.Future[Position] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _Partial(Exception):
    """Rolls a transaction back: an append of several events could not be written whole."""


class Appender:
    """Writes appends to one database. `flushers` transactions may be in flight at once."""

    def __init__(self, database: Database, *, flushers: int = 2) -> None:
        self._database = database
        self._waiting: deque[_Append] = deque()
        self._free = flushers
        self._flushes: set[asyncio.Task[None]] = set()

    async def write(
        self, rows: Sequence[Row], claims: Sequence[Claim] = (), releases: Sequence[Claim] = ()
    ) -> Position:
        """Position of the last event, once committed. The same ids again answer the first position again.

        Raises Conflict, ClaimTaken, Overloaded; a connection error leaves the outcome unknown: write again.
        """
        if len(self._waiting) >= _MAX_WAITING:
            raise Overloaded
        append = _Append(rows, claims, releases)
        self._waiting.append(append)
        self._next()
        return await append.done

    def _next(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            # Commits that carry claims go alone: a taken claim must roll back its own append only.
            batch = [self._waiting.popleft()]
            if not _alone(batch[0]):
                while self._waiting and len(batch) < _MAX_BATCH and not _alone(self._waiting[0]):
                    batch.append(self._waiting.popleft())
            task = asyncio.create_task(self._flush(batch))
            self._flushes.add(task)
            task.add_done_callback(self._flushes.discard)

    async def _flush(self, batch: list[_Append]) -> None:
        try:
            await self._write(batch)
        except BaseException as error:
            for append in batch:
                if not append.done.done():
                    append.done.set_exception(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._free += 1
            self._next()

    async def _write(self, batch: list[_Append]) -> None:
        async with self._database.raw() as connection:
            if all(len(a.rows) == 1 and not _alone(a) for a in batch):
                written = await _insert(connection, batch)
            else:
                try:
                    async with connection.transaction():
                        written = await _insert(connection, batch)
                        if any(0 < sum(r.id in written for r in a.rows) < len(a.rows) for a in batch):
                            raise _Partial
                        for append in batch:
                            if append.rows[0].id in written:
                                await _claim(connection, append)
                except _Partial:
                    if len(batch) == 1:
                        raise Conflict from None
                    for append in batch:
                        try:
                            await self._write([append])
                        except Conflict as error:
                            append.done.set_exception(error)
                    return
            missing = [r.id for a in batch for r in a.rows if r.id not in written]
            stored = {row["id"]: row for row in await connection.fetch(_FIND, missing)} if missing else {}
        for append in batch:
            self._answer(append, written, stored)
        if written:
            metrics.appended.inc(len(written))
            self._database.wakeup.committed()

    def _answer(self, append: _Append, written: dict[UUID, Position], stored: dict[UUID, Any]) -> None:
        if append.done.done():
            return
        last = append.rows[-1]
        if last.id in written:
            append.done.set_result(written[last.id])
        elif all(r.id in stored and stored[r.id]["stream"] == r.stream for r in append.rows):
            found = stored[last.id]
            append.done.set_result(Position(found["xid"], found["position"]))
        else:
            metrics.conflicts.inc()
            append.done.set_exception(Conflict())


def _alone(append: _Append) -> bool:
    return bool(append.claims or append.releases)


async def _insert(connection: Any, batch: list[_Append]) -> dict[UUID, Position]:
    rows = [row for append in batch for row in append.rows]
    found = await connection.fetch(
        _INSERT,
        [r.id for r in rows],
        [r.stream for r in rows],
        [r.version for r in rows],
        [r.type for r in rows],
        [r.schema_version for r in rows],
        [r.data for r in rows],
        [r.personal for r in rows],
        [r.metadata for r in rows],
        [r.first for r in rows],
    )
    return {row["id"]: Position(row["xid"], row["position"]) for row in found}


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
