"""The journal of a service: `execute` (load, fold, decide, append), `state`, and reading its feed."""

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uuid_utils.compat as uuid_utils

from events import metrics
from events.codec import Codec
from events.decider import Refusal, fold
from events.postgres.database import BULK_SECONDS, Database, is_unavailable
from events.store.appender import (
    Appender,
    Claim,
    ClaimTaken,
    Conflict,
    Overloaded,
    Row,
)
from events.stream import Stream, StreamId
from events.types import START, Position, Recorded
from events.vault.erasure import Erasure
from events.vault.vault import Vault

__all__ = [
    "Claim",
    "ClaimTaken",
    "Conflict",
    "Context",
    "Erasure",
    "Intent",
    "Overloaded",
    "RawEvent",
    "Store",
    "Written",
]

_RETRY_SECONDS = 10.0
_RETRIES = 8
_TOGETHER = 500
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


@dataclass(frozen=True, slots=True)
class Intent[C, S, E]:
    """A command and the stream it is for, to be decided together with others (`Store.execute_many`)."""

    on: StreamId[C, S, E]
    command: C


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

    async def execute[C, S](
        self,
        on: StreamId[C, S, Any],
        command: C,
        context: Context,
        *,
        expected: int | None = None,
        claims: Sequence[Claim] = (),
        releases: Sequence[Claim] = (),
        erasures: Sequence[Erasure] = (),
    ) -> Written:
        """Decide a command on the stream's present state and store what follows.

        expected : the version the caller saw (If-Match); another one raises Conflict. Without it, a
        concurrent write makes the command be decided again on the new state, a bounded number of times.
        Raises the domain's Refusal, Conflict, ClaimTaken, Overloaded.
        """
        for attempt in range(_RETRIES):
            history = await self.load(on)
            version = history[-1].version if history else 0
            if expected is not None and expected != version:
                raise Conflict
            facts = on.of.decide(command, fold(on.of, (r.event for r in history)))
            if not facts:
                return Written(version, history[-1].position if history else None, changed=False)
            try:
                return await self.append(
                    on, version, facts, context, claims=claims, releases=releases, erasures=erasures
                )
            except Conflict:
                if expected is not None or attempt == _RETRIES - 1:
                    raise
                await asyncio.sleep(0.002 * attempt)
        raise Conflict

    async def execute_many(
        self, intents: Iterable[Intent[Any, Any, Any]], context: Context
    ) -> list[Written | Refusal | Conflict]:
        """Decide many commands, each on the state that the ones before it leave; one append per 500.

        Answers one outcome per intent, in order: a refused one holds nobody. `Written.position` is that of
        the append, which holds its last event or later ones. When somebody else writes to one of these
        streams meanwhile, the intents of that append are executed one by one.
        """
        outcomes: list[Written | Refusal | Conflict] = []
        for together in itertools.batched(intents, _TOGETHER):
            try:
                outcomes += await self._execute_together(together, context)
            except Conflict:
                outcomes += [await self._execute_alone(intent, context) for intent in together]
        return outcomes

    async def _execute_together(
        self, intents: Sequence[Intent[Any, Any, Any]], context: Context
    ) -> list[Written | Refusal | Conflict]:
        histories = await self._load_all({intent.on.name for intent in intents})
        states = {
            intent.on.name: fold(intent.on.of, (r.event for r in histories.get(intent.on.name, ())))
            for intent in intents
        }
        versions = {name: found[-1].version for name, found in histories.items()}
        appends: list[tuple[str, int, Sequence[E]]] = []
        outcomes: list[Written | Refusal | Conflict] = []
        for intent in intents:
            name, of = intent.on.name, intent.on.of
            version = versions.get(name, 0)
            try:
                facts = of.decide(intent.command, states[name])
            except Refusal as refusal:
                outcomes.append(refusal)
                continue
            if facts:
                appends.append((name, version, facts))
                versions[name] = version + len(facts)
                for fact in facts:
                    states[name] = of.evolve(states[name], fact)
            position = histories[name][-1].position if name in histories else None
            outcomes.append(Written(versions.get(name, 0), position, changed=bool(facts)))
        if not appends:
            return outcomes
        position = await self._write(lambda: self._rows_of(appends, context))
        return [
            replace(o, position=position) if isinstance(o, Written) and o.changed else o for o in outcomes
        ]

    async def _execute_alone(
        self, intent: Intent[Any, Any, Any], context: Context
    ) -> Written | Refusal | Conflict:
        try:
            return await self.execute(intent.on, intent.command, context)
        except (Refusal, Conflict) as outcome:
            return outcome

    async def state[S](self, on: StreamId[Any, S, Any]) -> tuple[S, int]:
        """The present state of a stream, and its version: 0 when it has no event."""
        history = await self.load(on)
        return fold(on.of, (r.event for r in history)), history[-1].version if history else 0

    async def states[S](self, on: Sequence[StreamId[Any, S, Any]]) -> list[S]:
        """The present states of these streams, in their order, in one reading."""
        histories = await self._load_all({one.name for one in on})
        return [fold(one.of, (r.event for r in histories.get(one.name, ()))) for one in on]

    async def load(self, on: StreamId[Any, Any, Any] | str) -> list[Recorded[E]]:
        """The events of one stream, in order."""
        return (await self._load_all((_name(on),))).get(_name(on), [])

    async def _load_all(self, names: Iterable[str]) -> dict[str, list[Recorded[E]]]:
        async with self.database.raw() as connection:
            found = await connection.fetch(
                f"""select {_COLUMNS} from events where stream = any($1::text[])
                    order by stream, version""",  # noqa: S608
                list(names),
                record_class=RawEvent,
            )
        # A command may see for a minute a text that another process has just erased: it writes none of it.
        histories: dict[str, list[Recorded[E]]] = {}
        for recorded in await self.decode(found, cached=True):
            histories.setdefault(recorded.stream, []).append(recorded)
        return histories

    async def streams_with[C, S, T](
        self, stream: Stream[C, S, T], event: type[T], **fields: object
    ) -> list[StreamId[C, S, T]]:
        """The streams of this kind with such an event, oldest first: `fields` are clear ones, as stored.

        Reads the whole journal: for what is rare (an erasure) and must not trust a table that may be late.
        """
        wanted = orjson.dumps(fields, default=str).decode()
        async with self.database.raw() as connection:
            names = await connection.fetch(
                """select stream from events where type = $1 and data @> $2::text::jsonb
                   group by stream order by min(position)""",
                event.__name__,
                wanted,
                timeout=BULK_SECONDS,
            )
        return [stream.named(row["stream"]) for row in names]

    async def holder(self, claim: Claim) -> str | None:
        """Name of the stream that holds what must be unique; None when it is free."""
        async with self.database.raw() as connection:
            return await connection.fetchval(
                "select stream from claims where kind = $1 and key = $2", claim.kind, claim.key
            )

    async def held(self, on: StreamId[Any, Any, Any], kinds: Sequence[str]) -> list[Claim]:
        """What a stream holds, of these kinds."""
        async with self.database.raw() as connection:
            rows = await connection.fetch(
                """select kind, key from claims where stream = $1 and kind = any($2::text[])
                   order by kind, key""",
                on.name,
                list(kinds),
            )
        return [Claim(row["kind"], row["key"]) for row in rows]

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
        on: StreamId[Any, Any, Any] | str,
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
        Raises Conflict, ClaimTaken, Overloaded, PersonErased.
        """
        if not events:
            raise ValueError("rien à écrire")
        position = await self._write(
            lambda: self._rows(_name(on), expected, events, context, ids), claims, releases, erasures
        )
        for erasure in erasures:
            if self.vault is not None:
                self.vault.forget(erasure.kind, erasure.person)
        return Written(expected + len(events), position, changed=True)

    async def _write(
        self,
        make: Callable[[], Awaitable[list[Row]]],
        claims: Sequence[Claim] = (),
        releases: Sequence[Claim] = (),
        erasures: Sequence[Erasure] = (),
    ) -> Position:
        """While the server is away, tries again with the same ids for 10 s: an append whose outcome was lost
        is never written twice."""
        started = time.perf_counter()
        rows: list[Row] | None = None
        deadline = started + _RETRY_SECONDS
        delay = 0.05
        while True:
            try:
                # Once: the same ids go out again. Sealing asks the server too, for a person's first key.
                if rows is None:
                    rows = await make()
                position = await self._appender.write(rows, claims, releases, erasures)
                break
            except Exception as error:
                if not is_unavailable(error) or time.perf_counter() > deadline:
                    raise
            await asyncio.sleep(delay)
            delay = min(delay * 2, 1.0)
        metrics.append_seconds.observe(time.perf_counter() - started)
        return position

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
        rows = await self._rows_of(appends, context)
        if rows:
            await self._appender.write(rows)
        return len(rows)

    async def _rows_of(self, appends: Sequence[tuple[str, int, Sequence[E]]], context: Context) -> list[Row]:
        """The rows of one transaction. Raises Conflict when a stream comes again with a gap."""
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
        return rows

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


def _name(on: StreamId[Any, Any, Any] | str) -> str:
    return on if isinstance(on, str) else on.name
