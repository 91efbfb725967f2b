"""Where a projection reads from: its own service's feed (here), or another service's stream (bus.py)."""

import asyncio
import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from events.store.store import RawEvent, Store
from events.types import START, Position, Recorded


class Checkpoint(NamedTuple):
    """How far a reader is. sequence : JetStream's, 0 on a feed."""

    position: Position = START
    sequence: int = 0


class Delivery(NamedTuple):
    """One event or contract, delivered but not yet decoded."""

    checkpoint: Checkpoint
    """Where the reader stands once this one is taken."""
    id: UUID
    stream: str
    version: int
    type: str
    recorded_at: dt.datetime
    raw: Any


class Rejected(Exception):
    """A message that cannot be a fact of its service: parked at once, whatever the projection's policy.

    The text is the reason, one of ours: it never quotes the message.
    """


class VersionGap(Exception):
    """A stream's versions were not delivered one after the other: the feed would have skipped an event."""


class Source[E](Protocol):
    """What a projector reads."""

    @property
    def name(self) -> str:
        """The service whose positions these are: what `X-Position` names."""
        ...

    @property
    def names(self) -> frozenset[str]:
        """The types of all its deliveries; empty when it delivers only what it was asked for."""
        ...

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        """The next deliveries in order; empty when there is none for now."""
        ...

    async def decode(self, deliveries: Sequence[Delivery]) -> list[E]: ...

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[E]]:
        """Decoded, with what the store or the bus says of each."""
        ...

    async def taken(self, upto: Delivery) -> None:
        """Called after the effect and the checkpoint are committed."""
        ...

    async def wait(self) -> None:
        """Return when there may be something new."""
        ...

    async def ended(self) -> bool:
        """True when everything was taken, surely: a reader that stands further read what is gone since."""
        ...


def delivered(raw: RawEvent) -> Delivery:
    """A stored event, as its own service's feed delivers it."""
    return Delivery(Checkpoint(raw.position), raw.id, raw.stream, raw.version, raw.type, raw.recorded_at, raw)


class FeedSource[E]:
    """The service's own journal, below the watermark. Checks that versions are contiguous (ADR 0001)."""

    def __init__(self, store: Store[E], service: str) -> None:
        self.name = service
        self.names = store.codec.names
        self.store = store
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._upto = START
        self._idle = 0
        self._commits = 0
        self._coming: tuple[Position, int, asyncio.Task[list[RawEvent]]] | None = None

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        if after.position != self._upto:
            # Another copy, or a rebuild, moved the checkpoint: what this one saw no longer precedes.
            self._seen.clear()
        self._commits = self.store.database.wakeup.commits
        raws = await self._fetch(after.position, limit)
        self._upto = raws[-1].position if raws else after.position
        self._idle = 0 if raws else self._idle + 1
        await self._check(raws, after.position)
        return [delivered(raw) for raw in raws]

    async def _fetch(self, after: Position, limit: int) -> list[RawEvent]:
        """This page; while it is worked on, the next one is already on its way when this one is full."""
        coming, self._coming = self._coming, None
        if coming is not None and coming[:2] == (after, limit):
            raws = await coming[2]
        else:
            if coming is not None:
                coming[2].cancel()
            raws = await self.store.page(after, limit)
        if len(raws) == limit > 1:
            last = raws[-1].position
            self._coming = (last, limit, asyncio.create_task(self.store.page(last, limit)))
            self._coming[2].add_done_callback(_looked_at)
            # Asked for in one turn of the loop, sent in the next: before the CPU is busy with this page.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return raws

    async def decode(self, deliveries: Sequence[Delivery]) -> list[E]:
        return [recorded.event for recorded in await self.recorded(deliveries)]

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[E]]:
        return await self.store.decode([delivery.raw for delivery in deliveries])

    async def taken(self, upto: Delivery) -> None:
        pass

    @property
    def looked(self) -> Checkpoint:
        return Checkpoint(self._upto)

    async def retire(self) -> None:
        """Read no more: let go of the page that was on its way."""
        if self._coming is not None:
            self._coming[2].cancel()
            self._coming = None

    async def ended(self) -> bool:
        # A journal loses nothing: whoever stands further is to be caught up.
        return False

    async def wait(self) -> None:
        # A breath first, in which commits gather. Then woken by the next one; meanwhile look again soon, then
        # less often: another transaction may hold the watermark, which ends without a word.
        if self._idle == 1:
            await asyncio.sleep(0.002)
        else:
            pause = min(0.002 * 2 ** min(self._idle, 9), 1.0)
            await self.store.database.wakeup.wait(pause, self._commits)

    async def _check(self, raws: list[RawEvent], after: Position) -> None:
        unknown: list[RawEvent] = []
        for raw in raws:
            before = self._seen.get(raw.stream)
            # Re-reading after a failure shows versions again: only a hole is a fault.
            if before is not None and raw.version > before + 1:
                raise VersionGap(f"{raw.stream} : {before} puis {raw.version}")
            if before is None and raw.version > 1:
                unknown.append(raw)
            if before is None or raw.version > before:
                self._seen[raw.stream] = raw.version
            self._seen.move_to_end(raw.stream)
        while len(self._seen) > 100_000:
            self._seen.popitem(last=False)
        if unknown:
            await self._check_predecessors(unknown, after)

    async def _check_predecessors(self, raws: list[RawEvent], after: Position) -> None:
        async with self.store.database.raw() as connection:
            found = await connection.fetchval(
                """select count(*) from unnest($1::text[], $2::int[]) as w(stream, version)
                   join events e using (stream, version)
                   where (e.xid, e.position) <= ($3, $4)""",
                [r.stream for r in raws],
                [r.version - 1 for r in raws],
                after.xid,
                after.number,
            )
        if int(found or 0) != len(raws):
            for raw in raws:
                self._seen.pop(raw.stream, None)
            raise VersionGap(f"{len(raws) - int(found or 0)} flux sans leur version précédente")


def _looked_at(task: asyncio.Task[list[RawEvent]]) -> None:
    """A page that nobody came for may have failed: that is no news."""
    if not task.cancelled():
        task.exception()
