"""Another service's contracts read in its journal itself, not in its stream: for who reaches both databases.

An operator's command so makes a table again, or verifies it, whatever the stream has lost or has not received
yet. A service reads the bus: it knows no other's database.
"""

from collections.abc import Callable, Sequence
from typing import Any

from events.contract import Contract
from events.projection.source import Checkpoint, Delivery, FeedSource
from events.store.store import Store
from events.types import START, Recorded


class ContractFeed:
    """A `Source` that ends where the journal does. The positions are the journal's; there is no sequence."""

    def __init__(
        self,
        store: Store[Any],
        service: str,
        to_contract: Callable[[Any], Contract | None],
        contracts: Sequence[type[Contract]],
    ) -> None:
        """store, to_contract : of the service that publishes.   contracts : those to read."""
        self.name = service
        self.names: frozenset[str] = frozenset()
        self._store = store
        self._feed: FeedSource[Any] = FeedSource(store, service)
        self._to_contract = to_contract
        self._contracts = tuple(contracts)
        self._given = self._read = START
        self._at_end = False

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        # What follows the last contract given and holds none was read already.
        at = self._read if after.position == self._given else after.position
        kept: list[Delivery] = []
        while not kept:
            page = await self._feed.page(Checkpoint(at), limit)
            self._at_end = not page
            if not page:
                return []
            at = page[-1].checkpoint.position
            recorded = await self._store.decode([delivery.raw for delivery in page])
            kept = [
                delivery._replace(
                    type=f"{self.name}.{contract.event_name()}.v{contract.version()}", raw=contract
                )
                for delivery, fact in zip(page, recorded, strict=True)
                if isinstance(contract := self._to_contract(fact.event), self._contracts)
            ]
        self._given, self._read = kept[-1].checkpoint.position, at
        return kept

    async def decode(self, deliveries: Sequence[Delivery]) -> list[Any]:
        return [delivery.raw for delivery in deliveries]

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[Any]]:
        return [
            Recorded(d.raw, d.id, d.stream, d.version, d.checkpoint.position, d.recorded_at)
            for d in deliveries
        ]

    async def taken(self, upto: Delivery) -> None:
        pass

    async def wait(self) -> None:
        await self._feed.wait()

    async def ended(self) -> bool:
        # What the live reader took is below the watermark of this journal, or gone from it.
        return self._at_end
