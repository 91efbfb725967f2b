"""Commands that follow from facts, the service's own or another's: calls a handler, at least once, in order.

The handler must be idempotent (a decider that answers no event the second time is): the checkpoint moves
after it. Same retries and parking as a projection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from events.codec import UnknownEventType
from events.postgres.database import Database, is_unavailable
from events.projection.checkpoints import Overtaken, advance, read_checkpoint
from events.projection.parking import ATTEMPTS, park
from events.projection.source import Checkpoint, Delivery, Source
from events.types import Recorded

log = structlog.get_logger()

_PAGE = 200


class Reaction:
    """One task per reaction. name : of its checkpoint."""

    def __init__(
        self,
        database: Database,
        source: Source[Any],
        name: str,
        handle: Callable[[Recorded[Any]], Awaitable[None]],
    ) -> None:
        """handle : receives the event of a feed, or the contract of the bus (without metadata)."""
        self.name = name
        self._database = database
        self._source = source
        self._handle = handle

    async def run(self) -> None:
        """React for ever. Waits while a server is away."""
        while True:
            try:
                if await self.step() == 0:
                    await self._source.wait()
            except Overtaken:
                continue
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("reaction_waits", reaction=self.name, error=type(error).__name__)
                await asyncio.sleep(0.5)

    async def step(self) -> int:
        """React to one page. Returns the number of events read."""
        before = await read_checkpoint(self._database, self.name)
        page = await self._source.page(before, _PAGE)
        for delivery in page:
            await self._react(before, delivery)
            await self._source.taken(delivery)
            before = delivery.checkpoint
        return len(page)

    async def _react(self, before: Checkpoint, delivery: Delivery) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                [recorded] = await self._source.recorded([delivery])
                await self._handle(recorded)
                return await self._move(before, delivery)
            except (Overtaken, UnknownEventType):
                raise
            except Exception as error:
                if is_unavailable(error):
                    raise
                log.warning("reaction_failed", reaction=self.name, event_type=delivery.type, attempt=attempt)
                if attempt == ATTEMPTS:
                    return await self._move(before, delivery, error)
            await asyncio.sleep(0.05 * 2**attempt)
        return None

    async def _move(self, before: Checkpoint, delivery: Delivery, error: Exception | None = None) -> None:
        """Past the event; parks it when `error` says that it could not be handled."""
        source = self._source.name
        async with self._database.raw() as connection, connection.transaction():
            await advance(connection, self.name, source, before, delivery.checkpoint)
            if error is not None:
                await park(connection, self.name, source, delivery, ATTEMPTS, error)
