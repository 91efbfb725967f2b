"""Commands that follow from facts: reads the service's own feed and calls a handler, at least once.

The handler must be idempotent (a decider that answers no event the second time is): the checkpoint moves
after it. Same retries and parking as a projection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from events.database import is_unavailable
from events.projection import ATTEMPTS, Overtaken, move_checkpoint, park, read_checkpoint
from events.source import Checkpoint, Delivery, FeedSource
from events.store import Store
from events.types import Recorded

log = structlog.get_logger()


class Reaction:
    """One task per reaction. name : of its checkpoint."""

    def __init__(
        self, store: Store[Any], service: str, name: str, handle: Callable[[Recorded[Any]], Awaitable[None]]
    ) -> None:
        self.name = name
        self._store = store
        self._source: FeedSource[Any] = FeedSource(store, service)
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
        before = await read_checkpoint(self._store.database, self.name)
        page = await self._source.page(before, 200)
        for delivery in page:
            await self._react(before, delivery)
            before = delivery.checkpoint
        return len(page)

    async def _react(self, before: Checkpoint, delivery: Delivery) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                [recorded] = await self._store.decode([delivery.raw])
                await self._handle(recorded)
                return await self._move(before, delivery)
            except Overtaken:
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
        async with self._store.database.engine.connect() as connection:
            await move_checkpoint(connection, self.name, source, before, delivery.checkpoint)
            if error is not None:
                await park(connection, self.name, source, delivery, ATTEMPTS, error)
            await connection.commit()
