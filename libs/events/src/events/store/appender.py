"""Coalesced appends: concurrent callers share one INSERT and one commit (docs/moteur.md §5).

Each caller gets its own outcome, after the commit only; a conflict fails its own caller; an append of
several events is all or nothing.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from events import metrics
from events.postgres.database import Database, discard
from events.store.rows import Claim, Row, find_again, insert, take
from events.types import Position
from events.vault.erasure import Erasure, destroy_in

_MAX_BATCH = 500
_MAX_WAITING = 20_000
_HELD_SECONDS = 5.0
"""For an append whose place another transaction holds."""
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


type _Place = tuple[UUID, str, int]
"""Which event, and where: its id, stream and version."""


class Conflict(Exception):
    """Somebody else wrote to the stream since it was read, it is not at the expected version, or the id of an
    event is already that of another."""


class Overloaded(Exception):
    """Too many appends are waiting: the caller must come back later."""


@dataclass(slots=True)
class _Append:
    rows: Sequence[Row]
    done: asyncio.Future[Position]
    claims: Sequence[Claim] = ()
    releases: Sequence[Claim] = ()
    erasures: Sequence[Erasure] = ()

    @property
    def stream(self) -> str:
        """Of its first event."""
        return self.rows[0].stream

    @property
    def alone(self) -> bool:
        """Such a commit is not shared: a taken claim must roll back its own append only."""
        return bool(self.claims or self.releases or self.erasures)


class _Torn(Exception):
    """Rolls a transaction back: an append of several events could not be written whole."""

    def __init__(self, written: set[_Place]) -> None:
        super().__init__()
        self.written = written


class Appender:
    """Writes appends to one database: one transaction in flight at a time, two when a crowd waits.

    Those whose place is held by somebody else's transaction are apart, and tried again there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Append] = deque()
        self._in_flight = 0
        self._scheduled = False
        self._flushes: set[asyncio.Task[None]] = set()
        self._held: deque[tuple[_Append, float]] = deque()
        self._held_streams: set[str] = set()

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
        if len(self._waiting) + len(self._held) >= _MAX_WAITING:
            raise Overloaded
        done: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        append = _Append(rows, done, claims, releases, erasures)
        if append.stream in self._held_streams:
            self._set_apart(append)
        else:
            self._waiting.append(append)
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
            self._start(self._flush(batch))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
        self._flushes.add(task)
        task.add_done_callback(self._flushes.discard)

    async def _flush(self, batch: list[_Append]) -> None:
        try:
            try:
                await self._write(batch)
            except asyncpg.LockNotAvailableError:
                await self._one_by_one(batch)
            except _OF_ONE:
                # It fails its own caller, not those who share the batch.
                if len(batch) == 1:
                    raise
                await self._one_by_one(batch)
        except BaseException as error:
            for append in batch:
                _fail(append, error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._in_flight -= 1
            self._schedule()

    async def _write(self, batch: list[_Append]) -> None:
        # In the order of the streams: two batches that meet wait for one another, and never deadlock.
        batch = sorted(batch, key=lambda append: append.stream)
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
                found = await insert(connection, rows)
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
            if append.stream in self._held_streams:
                self._set_apart(append)
                continue
            try:
                await self._write([append])
            except asyncpg.LockNotAvailableError:
                self._set_apart(append)
            except (Conflict, *_OF_ONE) as error:
                # One statement cut short is its caller's; a second one says that the server is at its limit.
                if isinstance(error, asyncpg.QueryCanceledError):
                    if canceled:
                        raise
                    canceled = True
                _fail(append, error)

    def _set_apart(self, append: _Append) -> None:
        self._held.append((append, asyncio.get_running_loop().time() + _HELD_SECONDS))
        if not self._held_streams:
            self._start(self._try_held())
        self._held_streams.add(append.stream)

    async def _try_held(self) -> None:
        """One after the other, until their place is free or their time is over."""
        # After who called: it notes the stream first.
        await asyncio.sleep(0)
        while self._held:
            append, until = self._held.popleft()
            try:
                await self._write([append])
            except asyncpg.LockNotAvailableError:
                if asyncio.get_running_loop().time() < until:
                    self._held.append((append, until))
                else:
                    # As a server that is away: the same ids may be sent again.
                    _fail(append, TimeoutError("place tenue par une autre transaction"))
            except Exception as error:
                _fail(append, error)
            self._held_streams = {held.stream for held, _ in self._held}

    async def _sort_out(self, connection: Any, batch: list[_Append], found: list[Any]) -> None:
        """Some were not written: those already stored, the same, are a repeat; the others are in conflict."""
        written = {_place(row): row for row in found}
        left: list[_Append] = []
        for append in batch:
            # Each is written once: the same append twice in a batch is a repeat too.
            places = [written.pop(_place_of(row), None) for row in append.rows]
            if places[-1] is not None:
                _answer(append, Position(places[-1]["xid"], places[-1]["position"]))
            else:
                left.append(append)
        rows = [row for append in left for row in append.rows]
        stored = {_place(row): row for row in await find_again(connection, rows)}
        for append in left:
            again = [stored.get(_place_of(row)) for row in append.rows]
            if (last := again[-1]) is not None and None not in again:
                _answer(append, Position(last["xid"], last["position"]))
            else:
                metrics.conflicts.inc()
                _fail(append, Conflict())


def _answer(append: _Append, position: Position) -> None:
    # Done already when its caller went away.
    if not append.done.done():
        append.done.set_result(position)


def _fail(append: _Append, error: BaseException) -> None:
    if not append.done.done():
        append.done.set_exception(error)


def _place(row: Any) -> _Place:
    return row["id"], row["stream"], row["version"]


def _place_of(row: Row) -> _Place:
    return row.id, row.stream, row.version


def _is_torn(append: _Append, written: set[_Place]) -> bool:
    return 0 < sum(_place_of(row) in written for row in append.rows) < len(append.rows)


async def _insert_whole(connection: Any, batch: list[_Append], rows: list[Row]) -> list[Any]:
    """Inside a transaction: the rows, and what a lone append takes, gives back, destroys. Raises _Torn."""
    try:
        found = await insert(connection, rows)
        written = {_place(row) for row in found}
        if any(_is_torn(append, written) for append in batch):
            raise _Torn(written)
        if found and batch[0].alone:
            await take(connection, batch[0].stream, batch[0].claims, batch[0].releases)
            if batch[0].erasures:
                await destroy_in(connection, batch[0].erasures)
        return found
    except TimeoutError:
        # The rollback would wait for the same silent server.
        discard(connection)
        raise
