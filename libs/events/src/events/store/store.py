"""The journal of a service: `execute` (load, fold, decide, append), `state`, and reading its feed."""

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson

from events.codec import Codec
from events.decider import Refusal, fold
from events.postgres.database import BULK_SECONDS, Database
from events.store.appender import Conflict, Overloaded
from events.store.rows import Claim, ClaimTaken
from events.store.stored import COLUMNS, LATEST_SQL, PAGE_SQL, RawEvent, decode
from events.store.words import Context, Intent, SomeRefused, Written
from events.store.writing import Writer
from events.stream import Stream, StreamId
from events.types import END, START, Position, Recorded
from events.vault.erasure import Erasure
from events.vault.vault import Vault

__all__ = [
    "PAGE_SQL",
    "Claim",
    "ClaimTaken",
    "Conflict",
    "Context",
    "Erasure",
    "Intent",
    "Overloaded",
    "RawEvent",
    "SomeRefused",
    "Store",
    "Written",
]

_RETRIES = 8
_TOGETHER = 500


class Store[E]:
    """The journal of one service."""

    def __init__(self, database: Database, codec: Codec[E], vault: Vault | None = None) -> None:
        """vault : needed as soon as an event has a `Personal` field."""
        self.database = database
        self.codec = codec
        self.vault = vault
        self._writer = Writer(database, codec, vault)

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

    async def execute_whole(
        self,
        intents: Sequence[Intent[Any, Any, Any]],
        context: Context,
        *,
        claims: Sequence[Claim] = (),
        releases: Sequence[Claim] = (),
        erasures: Sequence[Erasure] = (),
    ) -> list[Written]:
        """Decide many commands and carry them all out, in one append, or none.

        claims, releases : what the first intent's stream takes and gives back, when it writes.
        erasures : what the same transaction destroys, when anything is written.
        A concurrent write on one of their streams makes them all be decided again, a bounded number of times;
        not when one of them expects a version.
        Raises SomeRefused, Conflict, ClaimTaken, Overloaded.
        """
        for attempt in range(_RETRIES):
            try:
                outcomes = await self._execute_together(
                    intents, context, whole=True, claims=claims, releases=releases, erasures=erasures
                )
            except Conflict:
                if any(intent.expected is not None for intent in intents):
                    raise
                await asyncio.sleep(0.002 * attempt)
            else:
                return [outcome for outcome in outcomes if isinstance(outcome, Written)]
        raise Conflict

    async def _execute_together(
        self,
        intents: Sequence[Intent[Any, Any, Any]],
        context: Context,
        *,
        whole: bool = False,
        claims: Sequence[Claim] = (),
        releases: Sequence[Claim] = (),
        erasures: Sequence[Erasure] = (),
    ) -> list[Written | Refusal | Conflict]:
        """whole : a refusal raises SomeRefused before anything is written."""
        histories = await self._load_all({intent.on.name for intent in intents})
        states = {
            intent.on.name: fold(intent.on.of, (r.event for r in histories.get(intent.on.name, ())))
            for intent in intents
        }
        versions = {name: found[-1].version for name, found in histories.items()}
        if any(i.expected not in (None, versions.get(i.on.name, 0)) for i in intents):
            raise Conflict
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
        refusals = {place: found for place, found in enumerate(outcomes) if isinstance(found, Refusal)}
        if whole and refusals:
            raise SomeRefused(refusals)
        if not appends:
            return outcomes
        # An append takes, and gives back, for the stream that it writes first.
        if appends[0][0] != intents[0].on.name:
            claims, releases = (), ()
        position = await self._writer.write(
            lambda: self._writer.rows_of(appends, context), claims, releases, erasures
        )
        self._forget(erasures)
        return [
            replace(o, position=position) if isinstance(o, Written) and o.changed else o for o in outcomes
        ]

    async def _execute_alone(
        self, intent: Intent[Any, Any, Any], context: Context
    ) -> Written | Refusal | Conflict:
        try:
            return await self.execute(intent.on, intent.command, context, expected=intent.expected)
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

    async def load_all(self, on: Sequence[StreamId[Any, Any, Any]]) -> list[Recorded[E]]:
        """The events of these streams, in the order of the feed."""
        histories = await self._load_all({one.name for one in on})
        return sorted((r for found in histories.values() for r in found), key=lambda r: r.position)

    async def latest(
        self, on: Sequence[StreamId[Any, Any, Any]], limit: int, before: Position | None = None
    ) -> list[Recorded[E]]:
        """The last events of these streams, the latest first; `before` : only those before this position."""
        async with self.database.raw() as connection:
            found = await connection.fetch(
                LATEST_SQL,
                [one.name for one in on],
                *(before or END),
                limit,
                record_class=RawEvent,
            )
        return await self.decode(found, cached=True)

    async def _load_all(self, names: Iterable[str]) -> dict[str, list[Recorded[E]]]:
        async with self.database.raw() as connection:
            found = await connection.fetch(
                f"""select {COLUMNS} from events where stream = any($1::text[])
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

    async def complete_until(self, at: Position) -> dt.datetime:
        """When the first event after this position was recorded, seen by the feed or still hidden; now, when
        there is none."""
        async with self.database.raw() as connection:
            instant: Any = await connection.fetchval(
                """select coalesce((select recorded_at from events where (xid, position) > ($1, $2)
                                    order by xid, position limit 1), clock_timestamp())""",
                *at,
            )
        return instant

    async def decode(self, raws: Sequence[RawEvent], *, cached: bool = False) -> list[Recorded[E]]:
        """Decrypt and decode a page; keys are fetched once for all of it.

        cached : the vault may answer from its memory. Not for what writes a read model."""
        return await decode(self.codec, self.vault, raws, cached=cached)

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
        position = await self._writer.write(
            lambda: self._writer.rows(_name(on), expected, events, context, ids), claims, releases, erasures
        )
        self._forget(erasures)
        return Written(expected + len(events), position, changed=True)

    def _forget(self, erasures: Sequence[Erasure]) -> None:
        """Committed: this process uses these keys no more."""
        if self.vault is not None:
            for erasure in erasures:
                self.vault.forget(erasure.kind, erasure.person)

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
                count += await self._writer.write_bulk(waiting, context)
                waiting, size = [], 0
        if waiting:
            count += await self._writer.write_bulk(waiting, context)
        return count


def _name(on: StreamId[Any, Any, Any] | str) -> str:
    return on if isinstance(on, str) else on.name
