"""Reading another service's contracts from JetStream, in order and from our own checkpoint (ADR 0007).

The truth about where we are is the checkpoint in our database, committed with the effect: nothing of it is
on the server. Every message is hostile until its headers, its place and the relay's word have said otherwise;
one that cannot be a fact is handed over all the same, to be parked with its reason.
"""

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from events import metrics
from events.bus import word
from events.bus.direct import SUBJECT, DirectReader
from events.bus.envelope import opened
from events.bus.gaps import FAR
from events.bus.gaps import sequence_of as _sequence
from events.bus.subjects import PARTITIONS
from events.contract import Contract
from events.projection.source import Checkpoint, Delivery, Rejected
from events.types import START, Position, Recorded

log = structlog.get_logger()

_LOOK_SECONDS = 20.0
"""Between two comparisons with the stream's end."""
_POLL_SECONDS = 1.0
_MAX_TYPE = 100
_MAX_LEAP = 10**11
"""Transactions between two facts, beyond which nobody is believed even while the relay is away: three years
of a thousand a second."""


@dataclass(frozen=True, slots=True)
class Share:
    """The streams whose partition gives `index` when divided by `count`: all of them by default.

    Several projectors may keep one table, each from its share and with its own checkpoint: a stream's events
    stay in order, as long as no row is fed by two streams of different shares.
    """

    index: int = 0
    count: int = 1

    def name(self, table: str) -> str:
        """Of the checkpoint: `table`, or `table#0/2` for the first of two shares."""
        return table if self.count == 1 else f"{table}#{self.index}/{self.count}"

    def partitions(self) -> frozenset[str]:
        """The tokens of the subjects to read."""
        return frozenset(str(p) for p in range(PARTITIONS) if p % self.count == self.index)


class BusSource:
    """The contracts of one service, as a `Source` for projectors and statistics."""

    def __init__(
        self,
        nats: Client,
        service: str,
        contracts: Sequence[type[Contract]],
        reader: str,
        share: Share = Share(),
    ) -> None:
        """reader : names this reading in the metrics and the log."""
        self.name = service
        self.names: frozenset[str] = frozenset()
        self._nats = nats
        self._reader = reader
        self._types = {type_of(service, c): c for c in contracts}
        self._partitions = share.partitions()
        self._stream = DirectReader(nats, service)
        self._side = DirectReader(nats, service)
        self._coming: asyncio.Task[list[Msg]] | None = None
        self._held: deque[Msg] = deque()
        self._buffer: deque[Delivery] = deque()
        self._subscription: Any = None
        self._heard = asyncio.Event()
        self._word: tuple[word.Word, float] | None = None
        self._idle = 0
        self._looked = 0.0
        self._read = 0
        self._taken = 0
        self._position = START
        self._previous = Checkpoint()
        self._numbered_again: Position | None = None
        self._faults: set[str] = set()

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        read = self._sequence(after)
        # Moved by another reader, forward, or by an operator, back.
        if self._subscription is None or not self._taken <= read <= self._read:
            await self._start(after)
            read = self._sequence(after)
        while self._buffer and self._buffer[0].checkpoint.sequence <= read:
            self._taken = self._buffer.popleft().checkpoint.sequence
        if not self._buffer:
            await self._fill()
        self._idle = 0 if self._buffer else self._idle + 1
        return list(islice(self._buffer, limit))

    async def decode(self, deliveries: Sequence[Delivery]) -> list[Any]:
        return [self._contract(delivery) for delivery in deliveries]

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[Any]]:
        contracts = await self.decode(deliveries)
        return [
            Recorded(contract, d.id, d.stream, d.version, d.checkpoint.position, d.recorded_at)
            for contract, d in zip(contracts, deliveries, strict=True)
        ]

    async def taken(self, upto: Delivery) -> None:
        while self._buffer and self._buffer[0].checkpoint.sequence <= upto.checkpoint.sequence:
            self._taken = self._buffer.popleft().checkpoint.sequence
        metrics.consumer_pending.labels(self._reader).set(len(self._buffer) + self._stream.pending)

    async def wait(self) -> None:
        if self._buffer:
            return
        # A replica of the stream may be a little behind the word.
        behind = self._word is not None and self._word[0].at.sequence > self._read
        pause = min(0.005 * 2 ** min(self._idle, 8), _POLL_SECONDS) if behind else _POLL_SECONDS
        try:
            async with asyncio.timeout(pause):
                await self._heard.wait()
        except TimeoutError:
            pass
        self._heard.clear()
        now = asyncio.get_running_loop().time()
        if self._subscription is not None and now - self._looked > _LOOK_SECONDS:
            self._looked = now
            await self._compare()

    @property
    def looked(self) -> Checkpoint:
        """How far messages were read, whoever they are for."""
        return Checkpoint(self._previous.position, self._read)

    async def ended(self) -> bool:
        if self._subscription is None or self._buffer or self._held or self._coming:
            return False
        told = await word.ask(self._nats, self.name)
        if told is None or told.at.position < told.end:
            # The relay is away, or is publishing (again): more may come.
            return False
        last = await self._side.last()
        return last is None or _sequence(last) <= self._read

    async def close(self) -> None:
        """Stop listening; the checkpoint stays."""
        self._drop_coming()
        if self._subscription is not None and not self._nats.is_closed:
            await self._subscription.unsubscribe()
        self._subscription = None
        await self._stream.close()
        await self._side.close()

    async def retire(self) -> None:
        """Read no more, somebody else does: what was wrong is theirs to tell."""
        await self.close()
        for fault in tuple(self._faults):
            self._fault(fault, present=False)

    # --- Where to read from ---

    async def _start(self, after: Checkpoint) -> None:
        await self.close()
        self._buffer.clear()
        self._held.clear()
        # Made again (emptied, restored), the stream numbers its messages otherwise: read it whole, positions
        # tell what is known. Until ours moves, its sequence says nothing.
        self._numbered_again = after.position if await self._other_numbers(after) else None
        self._read = self._taken = self._sequence(after)
        self._position = after.position
        self._previous = Checkpoint(after.position if self._read else START, self._read)
        self._subscription = await self._nats.subscribe(word.said(self.name), cb=self._told)
        told = await word.ask(self._nats, self.name)
        self._hear(told)
        self._looked = asyncio.get_running_loop().time()
        log.info("bus_reader_started", reader=self._reader, stream=self.name, sequence=self._read)

    def _sequence(self, at: Checkpoint) -> int:
        return 0 if at.position == self._numbered_again else at.sequence

    async def _other_numbers(self, at: Checkpoint) -> bool:
        """True when what stands at the checkpoint's sequence comes after its position, or past the end."""
        if at.sequence == 0:
            return False
        message = await self._side.at(at.sequence)
        if message is None:
            # Removed since, by age or by hand: the others kept their numbers.
            last = await self._side.last()
            return last is not None and _sequence(last) < at.sequence
        try:
            return opened(message.headers).position > at.position
        except Rejected:
            return False

    # --- Messages judged one by one ---

    async def _fill(self) -> None:
        """Buffer what follows; nothing at the stream's end, or beyond the relay's word."""
        while not self._buffer:
            if not self._held:
                self._held.extend(await self._next())
            if not self._held:
                return
            if not await self._judge():
                return

    async def _next(self) -> list[Msg]:
        """The next batch; while it is worked on, the one after is on its way."""
        coming, self._coming = self._coming, None
        messages = await (coming or self._stream.read(self._read))
        if messages and self._stream.pending:
            self._coming = asyncio.create_task(self._stream.read(_sequence(messages[-1])))
            self._coming.add_done_callback(_looked_at)
        return messages

    async def _judge(self) -> bool:
        """From the held messages to the buffer, up to the relay's word while it is fresh, or to a hole that
        nobody has explained; False when it stopped there."""
        told = self._fresh_word()
        while self._held:
            sequence = _sequence(self._held[0])
            if told is not None and sequence > told.at.sequence:
                return False
            if sequence != self._read + 1 and not await self._whole(self._held[0]):
                return False
            message = self._held.popleft()
            self._read = sequence
            try:
                delivery = await self._fact(message, sequence, told)
            except Rejected as reason:
                delivery = self._rejected(message, sequence, reason)
            if delivery is not None:
                self._buffer.append(delivery)
        return True

    async def _fact(self, message: Msg, sequence: int, told: word.Word | None) -> Delivery | None:
        """None for what others read, or what we know already. Raises Rejected."""
        position, event_id, stream, version, kind, time = opened(message.headers)
        where, partition, _ = (message.headers or {})[SUBJECT].rsplit(".", 2)
        if where != kind:
            raise Rejected("ce-type d’un autre sujet")
        if told is not None and position > told.at.position:
            raise Rejected("coop-position au-delà du journal")
        if position.xid > self._previous.position.xid + _MAX_LEAP:
            raise Rejected("coop-position invraisemblable")
        if position <= self._previous.position and await self._side.at(self._previous.sequence) is not None:
            # Published again after a removal, the one before would be gone.
            raise Rejected("coop-position en arrière")
        self._previous = Checkpoint(position, sequence)
        if position <= self._position or kind not in self._types or partition not in self._partitions:
            return None
        self._position = position
        return Delivery(Checkpoint(position, sequence), event_id, stream, version, kind, time, message)

    def _rejected(self, message: Msg, sequence: int, reason: Rejected) -> Delivery:
        """What will be parked: past its sequence, without moving the position."""
        metrics.rejected.labels(self._reader).inc()
        log.error(
            "message_rejected", reader=self._reader, stream=self.name, sequence=sequence, reason=str(reason)
        )
        headers = message.headers or {}
        return Delivery(
            Checkpoint(self._position, sequence),
            uuid5(NAMESPACE_OID, f"{self.name}:{sequence}:{headers['Nats-Time-Stamp']}"),
            "",
            0,
            ".".join(headers[SUBJECT].split(".")[:3])[:_MAX_TYPE],
            dt.datetime.fromisoformat(headers["Nats-Time-Stamp"]),
            reason,
        )

    def _contract(self, delivery: Delivery) -> Any:
        if isinstance(delivery.raw, Rejected):
            raise delivery.raw
        # A newer publisher may have added an optional field: not a reason to stop reading.
        return self._types[delivery.type].model_validate_json(delivery.raw.data, extra="ignore")

    # --- The relay's word, and the stream's end ---

    async def _told(self, message: Msg) -> None:
        try:
            self._hear(word.read(message.data))
        except ValueError:
            log.error("word_unreadable", reader=self._reader, stream=self.name)

    def _hear(self, told: word.Word | None) -> None:
        self._word = None if told is None else (told, asyncio.get_running_loop().time())
        self._heard.set()

    def _fresh_word(self) -> word.Word | None:
        if self._word is None or asyncio.get_running_loop().time() - self._word[1] > word.FRESH_SECONDS:
            return None
        return self._word[0]

    async def _whole(self, coming: Msg) -> bool:
        """Numbers are missing before this message: gone with facts that were lost, or removed by an operator
        to be published again. False as long as they may have held a fact that we do not know."""
        after = self._previous.position
        try:
            before = opened(coming.headers).position
        except Rejected:
            before = FAR
        # Published again from further back: all that follows is there.
        whole = before <= after or await word.whole(self._nats, self.name, after, before)
        # What is held may have been removed since, and published again with what was lost.
        whole = whole and await self._side.at(_sequence(coming)) is not None
        self._fault("hole", not whole)
        if whole:
            missing = _sequence(coming) - self._read - 1
            metrics.stream_holes.labels(self._reader).inc(missing)
            log.warning("stream_gap", reader=self._reader, stream=self.name, after=self._read, count=missing)
        else:
            self._held.clear()
            self._drop_coming()
        return bool(whole)

    def _drop_coming(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
        self._coming = None

    async def _compare(self) -> None:
        """Idle, look whether the stream and the journal are still those that were read."""
        last = await self._side.last()
        end = 0 if last is None else _sequence(last)
        told = self._fresh_word()
        self._fault("ahead", told is not None and self._position > told.end)
        remade = end < self._read
        if last is not None and end == self._previous.sequence:
            try:
                remade = opened(last.headers).position != self._previous.position
            except Rejected:
                remade = True
        self._fault("remade", remade)
        if remade:
            # Read again from where the positions say.
            await self.close()

    def _fault(self, name: str, present: bool) -> None:
        """Shown as long as it lasts, said once."""
        metrics.bus_fault.labels(self._reader, name).set(present)
        if present and name not in self._faults:
            log.error(
                "bus_fault", fault=name, reader=self._reader, stream=self.name, position=str(self._position)
            )
        (self._faults.add if present else self._faults.discard)(name)


def type_of(service: str, contract: type[Contract]) -> str:
    """The CloudEvents type of a service's contract."""
    return f"{service}.{contract.event_name()}.v{contract.version()}"


def _looked_at(task: asyncio.Task[list[Msg]]) -> None:
    """A batch that nobody came for may have failed: that is no news."""
    if not task.cancelled():
        task.exception()
