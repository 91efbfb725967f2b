"""From events to rows, sealed; and writing them, whatever happens to the server meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import orjson
import uuid_utils.compat as uuid_utils

from events import metrics
from events.codec import Codec
from events.postgres.database import Database, is_unavailable
from events.store.appender import Appender, Claim, Conflict, Row
from events.store.words import Context
from events.types import Position
from events.vault.erasure import Erasure
from events.vault.vault import Vault

_RETRY_SECONDS = 10.0


class Writer[E]:
    """Writes to the journal of one service."""

    def __init__(self, database: Database, codec: Codec[E], vault: Vault | None) -> None:
        self._codec = codec
        self._vault = vault
        self._appender = Appender(database)

    async def write(
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

    async def write_bulk(self, appends: Sequence[tuple[str, int, Sequence[E]]], context: Context) -> int:
        """One transaction, tried once. Returns the events written."""
        rows = await self.rows_of(appends, context)
        if rows:
            await self._appender.write(rows)
        return len(rows)

    async def rows_of(self, appends: Sequence[tuple[str, int, Sequence[E]]], context: Context) -> list[Row]:
        """The rows of one transaction. Raises Conflict when a stream comes again with a gap."""
        if self._vault is not None:
            await self._vault.prepare(
                {p for _, _, events in appends for e in events for p in self._codec.persons(e)}
            )
        rows: list[Row] = []
        written: dict[str, tuple[int, int]] = {}
        for stream, expected, events in appends:
            # A stream may come again in the same transaction: the guard against holes looks before it.
            first, last = written.get(stream, (expected + 1, expected))
            if expected != last:
                raise Conflict
            rows += await self.rows(stream, expected, events, context, first=first)
            written[stream] = (first, expected + len(events))
        return rows

    async def rows(
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
            encoded = self._codec.encode(event)
            personal = None
            if encoded.secrets:
                if self._vault is None:
                    raise RuntimeError("un événement porte des données personnelles : il faut un coffre")
                personal = await self._vault.seal(event_id, encoded.type, encoded.secrets)
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
