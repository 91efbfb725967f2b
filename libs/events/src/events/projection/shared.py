"""One reading of a journal or of a stream for all the workers of a process (ADR 0017).

A fact is fetched once, decoded once, and kept for a few seconds. A worker whose checkpoint is among the facts
kept reads them there; any other (it starts, it was held, its checkpoint was moved) reads by itself until it
is. Each keeps its own checkpoint: what is shared is never more than what the source itself would answer.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from events.projection.source import Checkpoint, Delivery, Source
from events.store.store import RawEvent
from events.types import Recorded

PAGE = 500
_KEPT = 2_000
_KEPT_SECONDS = 10.0
_BREATH = 0.004
_LONGEST_BREATH = 0.25
_LOOK_SECONDS = 1.0


class Looking[E](Source[E], Protocol):
    """A source that says how far it has looked, and that somebody else may replace."""

    @property
    def looked(self) -> Checkpoint:
        """After an empty page: nothing that it would deliver stands before."""
        ...

    async def retire(self) -> None: ...


@dataclass(slots=True)
class _Page:
    """first : rank of its first fact among all those that were read."""

    first: int
    facts: list[Delivery]
    read_at: float
    decoded: dict[UUID, Recorded[Any]] = field(default_factory=dict[UUID, Recorded[Any]])


class Shared[E]:
    """The reading. No task of its own: the first worker that waits reads for all."""

    def __init__(self, source: Looking[E]) -> None:
        """source : delivers whatever any of the workers reads."""
        self.source = source
        self.joined: set[Tap[E]] = set()
        self._pages: deque[_Page] = deque()
        self._ranks: dict[Checkpoint, int] = {}
        self._end = Checkpoint()
        self._count = 0
        self._looked: Checkpoint | None = None
        self._read_at: float | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready = 0.0

    def tap(self, own: Callable[[], Looking[E]], names: frozenset[str] | None = None) -> "Tap[E]":
        """What one worker reads from.   own : makes a reading of its own, for when it is elsewhere.

        names : the types that it reads, when those of the others must not reach it.
        """
        return Tap(self, own, names)

    # --- For the taps ---

    @property
    def count(self) -> int:
        """How many facts were read: the rank of the next one."""
        return self._count

    def rank_after(self, at: Checkpoint) -> int | None:
        """The rank of what follows; None when this is not a place known here."""
        return self._ranks.get(at)

    def from_rank(self, rank: int, names: frozenset[str] | None, limit: int) -> list[Delivery] | None:
        """What is read from this rank on; None when some of it is no longer kept."""
        if rank < (self._pages[0].first if self._pages else self._count):
            return None
        found: list[Delivery] = []
        for page in self._pages:
            if page.first + len(page.facts) <= rank:
                continue
            facts = page.facts[rank - page.first :] if rank > page.first else page.facts
            # What cannot be a fact is put aside by everybody who reads the stream.
            found += [d for d in facts if names is None or d.type in names or isinstance(d.raw, Exception)]
            if len(found) >= limit:
                break
        return found[:limit]

    def join(self, at: Checkpoint, looked: Checkpoint) -> int | None:
        """A worker at its end: the rank of what will follow. Starts here when nobody reads any more."""
        if looked == self._looked:
            return self._count
        now = asyncio.get_running_loop().time()
        if self._read_at is None or now - self._read_at > 2 * _LOOK_SECONDS:
            # A rank is skipped: those of before lead nowhere.
            self._count += 1
            self._pages.clear()
            self._ranks = {at: self._count}
            self._end, self._looked, self._read_at = at, None, now
            return self._count
        return None

    async def more(self) -> None:
        """Return when there may be more. Raises what the source raises, to everybody who waits."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(_looked_at)
        await asyncio.shield(self._reading)

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[E]]:
        """Decoded once for all. What is sealed is opened each time: its key may have been destroyed since."""
        pages = [self._page_of(delivery) for delivery in deliveries]
        missing = [
            d for d, page in zip(deliveries, pages, strict=True) if page is None or d.id not in page.decoded
        ]
        fresh = {r.id: r for r in await self.source.recorded(missing)} if missing else {}
        found: list[Recorded[E]] = []
        for delivery, page in zip(deliveries, pages, strict=True):
            recorded = fresh.get(delivery.id) or (page.decoded[delivery.id] if page is not None else None)
            assert recorded is not None, "it was missing, and is fresh"
            if page is not None and not _sealed(delivery):
                page.decoded[delivery.id] = recorded
            found.append(recorded)
        return found

    def _page_of(self, delivery: Delivery) -> _Page | None:
        rank = self._ranks.get(delivery.checkpoint)
        if rank is None:
            return None
        return next((p for p in reversed(self._pages) if p.first < rank <= p.first + len(p.facts)), None)

    # --- Reading ---

    async def _read(self) -> None:
        """One page, or a second without any."""
        clock = asyncio.get_running_loop().time
        if (pause := self._ready - clock()) > 0:
            await asyncio.sleep(pause)
        until = clock() + _LOOK_SECONDS
        while True:
            end = self._end
            facts = await self.source.page(end, PAGE)
            if self._end is not end:
                # Started elsewhere meanwhile.
                return
            self._read_at = clock()
            self._looked = None if facts else self.source.looked
            if facts:
                await self._keep(facts)
                return
            self._forget()
            if clock() > until:
                return
            await self.source.wait()

    async def _keep(self, facts: list[Delivery]) -> None:
        now = asyncio.get_running_loop().time()
        self._pages.append(_Page(self._count, facts, now))
        for delivery in facts:
            self._count += 1
            self._ranks[delivery.checkpoint] = self._count
        self._end = facts[-1].checkpoint
        self._forget()
        # The more tables to write, the more facts go together in each write.
        self._ready = now + min(_LONGEST_BREATH, _BREATH * (len(self.joined) - 1))
        await self.source.taken(facts[-1])

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._pages and (
            self._count - self._pages[0].first > _KEPT or now - self._pages[0].read_at > _KEPT_SECONDS
        ):
            for delivery in self._pages.popleft().facts:
                if delivery.checkpoint != self._end:
                    self._ranks.pop(delivery.checkpoint, None)


class Tap[E]:
    """The source of one worker: the shared reading when it stands there, else one of its own."""

    def __init__(
        self, shared: Shared[E], own: Callable[[], Looking[E]], names: frozenset[str] | None
    ) -> None:
        self.name = shared.source.name
        self.names = shared.source.names
        self._shared = shared
        self._make_own = own
        self._own: Looking[E] | None = None
        self._wanted = names
        self._after: Checkpoint | None = None
        """Where this worker stands, when the rank of what follows is not that of what it took last."""
        self._rank = 0

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        rank = self._rank if after == self._after else self._shared.rank_after(after)
        found = None if rank is None else self._shared.from_rank(rank, self._wanted, limit)
        if found is None:
            return await self._alone(after, limit)
        await self._join()
        if not found:
            # Whatever was read up to here is for others.
            self._after, self._rank = after, self._shared.count
        return found

    async def _alone(self, after: Checkpoint, limit: int) -> list[Delivery]:
        self._shared.joined.discard(self)
        self._after = None
        if self._own is None:
            self._own = self._make_own()
        page = await self._own.page(after, limit)
        if not page and (rank := self._shared.join(after, self._own.looked)) is not None:
            self._after, self._rank = after, rank
            await self._join()
        return page

    async def _join(self) -> None:
        self._shared.joined.add(self)
        own, self._own = self._own, None
        if own is not None:
            await own.retire()

    async def decode(self, deliveries: Sequence[Delivery]) -> list[E]:
        return [recorded.event for recorded in await self.recorded(deliveries)]

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[E]]:
        return await self._shared.recorded(deliveries)

    async def taken(self, upto: Delivery) -> None:
        if self._own is not None:
            await self._own.taken(upto)

    async def wait(self) -> None:
        await self._shared.more()

    async def ended(self) -> bool:
        return await self._shared.source.ended()


def _sealed(delivery: Delivery) -> bool:
    return isinstance(delivery.raw, RawEvent) and delivery.raw.personal is not None


def _looked_at(task: asyncio.Task[None]) -> None:
    """A reading for which nobody waits any more may have failed: that is no news."""
    if not task.cancelled():
        task.exception()
