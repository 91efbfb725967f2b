"""What the workers of one process read: one reading of its service's journal, one of each stream it hears."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from events.bus.reader import BusSource, type_of
from events.contract import Contract
from events.projection.shared import Shared
from events.projection.source import FeedSource, Source
from events.store.store import Store


@dataclass(frozen=True, slots=True)
class Heard:
    """What one worker hears of another service.   name : the worker's."""

    name: str
    service: str
    contracts: Sequence[type[Contract]]


class Readings:
    """Gives each worker its source. Alone on a stream or on the journal, a worker reads it by itself."""

    def __init__(
        self, store: Store[Any], bus: Client, service: str, own: int, heard: Sequence[Heard]
    ) -> None:
        """own : how many workers read the service's journal.   heard : what all the others hear."""
        self._store, self._bus, self._service = store, bus, service
        self._journal = Shared(self._feed()) if own > 1 else None
        self._streams: dict[str, Shared[Any]] = {}
        for name in {one.service for one in heard}:
            listeners = [one for one in heard if one.service == name]
            if len(listeners) > 1:
                contracts = list(dict.fromkeys(c for one in listeners for c in one.contracts))
                self._streams[name] = Shared(BusSource(bus, name, contracts, f"{service}-{name}"))

    def own(self) -> Source[Any]:
        return self._feed() if self._journal is None else self._journal.tap(self._feed)

    def of(self, heard: Heard) -> Source[Any]:
        def alone() -> BusSource:
            return BusSource(self._bus, heard.service, heard.contracts, f"{self._service}-{heard.name}")

        shared = self._streams.get(heard.service)
        if shared is None:
            return alone()
        return shared.tap(alone, frozenset(type_of(heard.service, c) for c in heard.contracts))

    def _feed(self) -> FeedSource[Any]:
        return FeedSource(self._store, self._service)
