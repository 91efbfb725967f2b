"""Load a stream, append to it, and `execute`: load, fold, decide, append."""

import asyncio
import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import uuid_utils.compat as uuid_utils

from events import metrics
from events.appender import Appender, Claim, ClaimTaken, Conflict, Overloaded, Row
from events.codec import Codec
from events.database import Database, is_unavailable
from events.decider import Decider, fold
from events.types import Position, Recorded
from events.vault import Vault

__all__ = [
    "Claim",
    "ClaimTaken",
    "Conflict",
    "Context",
    "Overloaded",
    "RawEvent",
    "Store",
    "Written",
    "execute",
]

_RETRY_SECONDS = 10.0
_RETRIES = 8
_COLUMNS = """xid::text::bigint as xid, position, id, stream, version, type, schema_version, data::text,
              personal::text, metadata::text, recorded_at"""
# `events.xid`, not the column's readable form of the same name: the index gives this order, no sort.
PAGE_SQL = f"""select {_COLUMNS} from events
               where (events.xid, events.position) > ($1::text::xid8, $2)
                 and events.xid < pg_snapshot_xmin(pg_current_snapshot())
               order by events.xid, events.position limit $3"""  # noqa: S608 - constants
"""The next page of the feed: after (xid, position), below the watermark."""


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
class RawEvent:
    """A stored event, not decoded. data, personal, metadata : JSON texts."""

    position: Position
    id: UUID
    stream: str
    version: int
    type: str
    schema_version: int
    data: str
    personal: str | None
    metadata: str
    recorded_at: dt.datetime


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
            )
        return await self.decode([_raw(row) for row in found])

    async def page(self, after: Position, limit: int = 500) -> list[RawEvent]:
        """The next events of the feed: committed, below the watermark, in (xid, position) order."""
        async with self.database.raw() as connection:
            found = await connection.fetch(PAGE_SQL, str(after.xid), after.number, limit)
        return [_raw(row) for row in found]

    async def hidden_seconds(self) -> float:
        """Age of the oldest committed event that the watermark still hides from `page`; 0 when none."""
        async with self.database.raw() as connection:
            age = await connection.fetchval(
                """select extract(epoch from clock_timestamp() - min(recorded_at)) from events
                   where xid >= pg_snapshot_xmin(pg_current_snapshot())"""
            )
        return float(age or 0)

    async def decode(self, raws: Sequence[RawEvent]) -> list[Recorded[E]]:
        """Decrypt and decode a page; keys are fetched once for all of it."""
        sealed = [raw.personal for raw in raws if raw.personal is not None]
        if sealed and self.vault is not None:
            await self.vault.load_keys(sealed)
        return [self._decode(raw) for raw in raws]

    def _decode(self, raw: RawEvent) -> Recorded[E]:
        secrets = None
        if raw.personal is not None:
            if self.vault is None:
                raise RuntimeError("un événement porte des données personnelles : il faut un coffre")
            secrets = self.vault.open(raw.id, raw.type, raw.personal)
        event = self.codec.decode(raw.type, raw.schema_version, raw.data, secrets)
        return Recorded(
            event,
            raw.id,
            raw.stream,
            raw.version,
            raw.position,
            raw.recorded_at,
            orjson.loads(raw.metadata),
        )

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
    ) -> Written:
        """Write the events after version `expected`, all or nothing, and answer after the commit.

        ids : one per event, made by the caller; the same ids again store nothing and answer the same.
        Raises Conflict, ClaimTaken, Overloaded, PersonErased. While the server is away, tries again with the
        same ids for 10 s: an append whose outcome was lost is never written twice.
        """
        if not events:
            raise ValueError("rien à écrire")
        started = time.perf_counter()
        rows = await self._rows(stream, expected, events, context, ids)
        deadline = started + _RETRY_SECONDS
        delay = 0.05
        while True:
            try:
                position = await self._appender.write(rows, claims, releases)
                break
            except Exception as error:
                if not is_unavailable(error) or time.perf_counter() > deadline:
                    raise
            await asyncio.sleep(delay)
            delay = min(delay * 2, 1.0)
        metrics.append_seconds.observe(time.perf_counter() - started)
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
        firsts: dict[str, int] = {}
        for stream, expected, events in appends:
            # A stream may come again in the same transaction: the guard against holes looks before it.
            first = firsts.setdefault(stream, expected + 1)
            rows += await self._rows(stream, expected, events, context, first=first)
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
        for offset, event in enumerate(events):
            event_id = ids[offset] if ids is not None else uuid_utils.uuid7()
            encoded = self.codec.encode(event)
            personal = None
            if encoded.secrets:
                if self.vault is None:
                    raise RuntimeError("un événement porte des données personnelles : il faut un coffre")
                personal = await self.vault.seal(event_id, encoded.type, encoded.secrets)
            metadata = {
                "id": str(event_id),
                "author": context.author,
                "request_id": context.request_id,
                "causation": str(context.causation) if context.causation else None,
            }
            rows.append(
                Row(
                    event_id,
                    stream,
                    expected + offset + 1,
                    encoded.type,
                    encoded.schema_version,
                    orjson.dumps(encoded.data).decode(),
                    personal,
                    orjson.dumps(metadata).decode(),
                    first=first or expected + 1,
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
            return await store.append(stream, version, events, context, claims=claims, releases=releases)
        except Conflict:
            if expected is not None or attempt == _RETRIES - 1:
                raise
            await asyncio.sleep(0.002 * attempt)
    raise Conflict


def _raw(row: Any) -> RawEvent:
    return RawEvent(
        Position(row["xid"], row["position"]),
        UUID(bytes=row["id"].bytes),
        row["stream"],
        row["version"],
        row["type"],
        row["schema_version"],
        row["data"],
        row["personal"],
        row["metadata"],
        row["recorded_at"],
    )
