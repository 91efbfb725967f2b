"""Load a stream, append to it, and `execute`: load, fold, decide, append."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uuid_utils.compat as uuid_utils

from events import metrics
from events.codec import Codec
from events.decider import Decider, fold
from events.postgres.database import Database, is_unavailable
from events.store.appender import (
    Appender,
    Claim,
    ClaimTaken,
    Conflict,
    Overloaded,
    Row,
)
from events.types import START, Position, Recorded
from events.vault.erasure import Erasure
from events.vault.vault import Vault

__all__ = [
    "Claim",
    "ClaimTaken",
    "Conflict",
    "Context",
    "Erasure",
    "Overloaded",
    "RawEvent",
    "Store",
    "Written",
    "execute",
]

_RETRY_SECONDS = 10.0
_RETRIES = 8
# The instant as a number: the driver makes an aware date from a `timestamptz` at the price of ten columns.
_COLUMNS = """xid, position, id, stream, version, type, schema_version, data, personal, metadata,
              date_part('epoch', recorded_at) as seconds"""
_tuple: Any = tuple.__new__
"""Makes a named tuple in half the time of its own constructor."""
_instant = dt.datetime.fromtimestamp
PAGE_SQL = f"""select {_COLUMNS} from events
               where (xid, position) > ($1, $2) and xid < feed_watermark()
               order by xid, position limit $3"""  # noqa: S608 - constants
"""The next page of the feed: after (xid, position), below the watermark."""


def _column(name: str) -> Any:
    return property(itemgetter(name))


@dataclass(frozen=True, slots=True)
class Context:
    """Who acts, and why: stored with each event. author : an account's id or a process's name."""

    author: str
    request_id: str
    causation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a command. version : the stream's. position : of its last event, None when it has none.

    changed : False when the command found nothing to change (a retry).
    """

    version: int
    position: Position | None
    changed: bool


class RawEvent(asyncpg.Record):
    """A stored event, not decoded: the columns of `_COLUMNS`, in that order. data, personal, metadata : JSON
    texts. The driver makes it as it is: a replay reads millions of them."""

    __slots__ = ()
    id: UUID = _column("id")
    stream: str = _column("stream")
    version: int = _column("version")
    type: str = _column("type")
    data: str = _column("data")
    personal: str | None = _column("personal")

    @property
    def position(self) -> Position:
        return Position(self["xid"], self["position"])

    @property
    def recorded_at(self) -> dt.datetime:
        return _instant(self["seconds"], dt.UTC)


class Store[E]:
    """The journal of one service."""

    def __init__(self, database: Database, codec: Codec[E], vault: Vault | None = None) -> None:
        """vault : needed as soon as an event has a `Personal` field."""
        self.database = database
        self.codec = codec
        self.vault = vault
        self._appender = Appender(database)

    async def load(self, stream: str) -> list[Recorded[E]]:
        """The events of one stream, in order."""
        async with self.database.raw() as connection:
            found = await connection.fetch(
                f"select {_COLUMNS} from events where stream = $1 order by version",  # noqa: S608
                stream,
                record_class=RawEvent,
            )
        # A command may see for a minute a text that another process has just erased: it writes none of it.
        return await self.decode(found, cached=True)

    async def page(self, after: Position, limit: int = 500) -> list[RawEvent]:
        """The next events of the feed: committed, below the watermark, in (xid, position) order."""
        async with self.database.raw() as connection:
            return await connection.fetch(PAGE_SQL, after.xid, after.number, limit, record_class=RawEvent)

    async def read(self, after: Position = START, limit: int = 300) -> AsyncIterator[list[Recorded[E]]]:
        """The feed from `after` to its present end, page by page; the next page is fetched meanwhile."""
        coming = asyncio.ensure_future(self.page(after, limit))
        try:
            while raws := await coming:
                coming = asyncio.ensure_future(self.page(raws[-1].position, limit))
                # Let the request leave before the CPU is busy decoding: made in one turn, sent in the next.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                yield await self.decode(raws)
        finally:
            coming.cancel()

    async def hidden_seconds(self) -> float:
        """Age of the oldest committed event that the watermark still hides from `page`; 0 when none."""
        async with self.database.raw() as connection:
            age = await connection.fetchval(
                """select extract(epoch from clock_timestamp() - min(recorded_at)) from events
                   where xid >= feed_watermark()"""
            )
        return float(age or 0)

    async def decode(self, raws: Sequence[RawEvent], *, cached: bool = False) -> list[Recorded[E]]:
        """Decrypt and decode a page; keys are fetched once for all of it.

        cached : the vault may answer from its memory. Not for what writes a read model."""
        sealed = [raw.personal for raw in raws if raw.personal is not None]
        if sealed:
            if self.vault is None:
                raise RuntimeError("un événement porte des données personnelles : il faut un coffre")
            await self.vault.load_keys(sealed, cached=cached)
        reader, readers, vault = self.codec.reader, self.codec.readers, self.vault
        recorded: list[Recorded[E]] = []
        for xid, number, id_, stream, version, kind, form, data, personal, metadata, seconds in raws:
            # In a loop of its own weight: a replay comes here millions of times.
            if personal is None or vault is None:
                event = (readers.get((kind, form)) or reader(kind, form))(data)
            else:
                event = self.codec.decode(kind, form, data, vault.open(id_, kind, personal))
            position = _tuple(Position, (xid, number))
            at = _instant(seconds, dt.UTC)
            recorded.append(_tuple(Recorded, (event, id_, stream, version, position, at, metadata)))
        return recorded

    async def append(
        self,
        stream: str,
        expected: int,
        events: Sequence[E],
        context: Context,
        *,
        ids: Sequence[UUID] | None = None,
        claims: Sequence[Claim] = (),
        releases: Sequence[Claim] = (),
        erasures: Sequence[Erasure] = (),
    ) -> Written:
        """Write the events after version `expected`, all or nothing, and answer after the commit.

        ids : one per event, made by the caller; the same ids again store nothing and answer the same.
        claims, releases, erasures : what the same transaction takes, gives back, destroys.
        Raises Conflict, ClaimTaken, Overloaded, PersonErased. While the server is away, tries again with the
        same ids for 10 s: an append whose outcome was lost is never written twice.
        """
        if not events:
            raise ValueError("rien à écrire")
        started = time.perf_counter()
        rows: list[Row] | None = None
        deadline = started + _RETRY_SECONDS
        delay = 0.05
        while True:
            try:
                # Once: the same ids go out again. Sealing asks the server too, for a person's first key.
                if rows is None:
                    rows = await self._rows(stream, expected, events, context, ids)
                position = await self._appender.write(rows, claims, releases, erasures)
                break
            except Exception as error:
                if not is_unavailable(error) or time.perf_counter() > deadline:
                    raise
            await asyncio.sleep(delay)
            delay = min(delay * 2, 1.0)
        metrics.append_seconds.observe(time.perf_counter() - started)
        for erasure in erasures:
            if self.vault is not None:
                self.vault.forget(erasure.kind, erasure.person)
        return Written(expected + len(events), position, changed=True)

    async def append_bulk(
        self, appends: Iterable[tuple[str, int, Sequence[E]]], context: Context, *, batch: int = 1000
    ) -> int:
        """Many appends (stream, expected version, events) in short transactions, for imports and generators.

        Returns the number of events written. A conflict raises after the transactions already committed:
        bulk writers own their streams, or read them before.
        """
        count = 0
        waiting: list[tuple[str, int, Sequence[E]]] = []
        size = 0
        for append in appends:
            waiting.append(append)
            size += len(append[2])
            if size >= batch:
                count += await self._write_bulk(waiting, context)
                waiting, size = [], 0
        if waiting:
            count += await self._write_bulk(waiting, context)
        return count

    async def _write_bulk(self, appends: Sequence[tuple[str, int, Sequence[E]]], context: Context) -> int:
        if self.vault is not None:
            await self.vault.prepare(
                {p for _, _, events in appends for e in events for p in self.codec.persons(e)}
            )
        rows: list[Row] = []
        written: dict[str, tuple[int, int]] = {}
        for stream, expected, events in appends:
            # A stream may come again in the same transaction: the guard against holes looks before it.
            first, last = written.get(stream, (expected + 1, expected))
            if expected != last:
                raise Conflict
            rows += await self._rows(stream, expected, events, context, first=first)
            written[stream] = (first, expected + len(events))
        if rows:
            await self._appender.write(rows)
        return len(rows)

    async def _rows(
        self,
        stream: str,
        expected: int,
        events: Sequence[E],
        context: Context,
        ids: Sequence[UUID] | None = None,
        *,
        first: int | None = None,
    ) -> list[Row]:
        rows: list[Row] = []
        causation = str(context.causation) if context.causation else None
        for offset, event in enumerate(events):
            event_id = ids[offset] if ids is not None else uuid_utils.uuid7()
            encoded = self.codec.encode(event)
            personal = None
            if encoded.secrets:
                if self.vault is None:
                    raise RuntimeError("un événement porte des données personnelles : il faut un coffre")
                personal = await self.vault.seal(event_id, encoded.type, encoded.secrets)
            metadata = {
                "id": event_id,
                "author": context.author,
                "request_id": context.request_id,
                "causation": causation,
            }
            rows.append(
                Row(
                    event_id,
                    stream,
                    expected + offset + 1,
                    encoded.type,
                    encoded.schema_version,
                    encoded.data,
                    personal,
                    orjson.dumps(metadata, default=str),
                    first or expected + 1,
                )
            )
        return rows


async def execute[C, S, E](
    store: Store[Any],
    decider: Decider[C, S, E],
    stream: str,
    command: C,
    context: Context,
    *,
    expected: int | None = None,
    claims: Sequence[Claim] = (),
    releases: Sequence[Claim] = (),
    erasures: Sequence[Erasure] = (),
) -> Written:
    """Decide a command on the stream's present state and store what follows.

    expected : the version the caller saw (If-Match); another one raises Conflict. Without it, a concurrent
    write makes the command be decided again on the new state, a bounded number of times.
    Raises the domain's Refusal, Conflict, ClaimTaken, Overloaded.
    """
    for attempt in range(_RETRIES):
        history = await store.load(stream)
        version = history[-1].version if history else 0
        if expected is not None and expected != version:
            raise Conflict
        events = decider.decide(command, fold(decider, (r.event for r in history)))
        if not events:
            return Written(version, history[-1].position if history else None, changed=False)
        try:
            return await store.append(
                stream, version, events, context, claims=claims, releases=releases, erasures=erasures
            )
        except Conflict:
            if expected is not None or attempt == _RETRIES - 1:
                raise
            await asyncio.sleep(0.002 * attempt)
    raise Conflict
