"""Reading another service's contracts from JetStream, in order and from our own checkpoint (ADR 0007).

The truth about where we are is the checkpoint in our database, committed with the effect. The durable
consumer (AckAll) is a cursor made again from it at each start or doubt: redelivery never reorders.
"""

import asyncio
import contextlib
import datetime as dt
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from events import metrics
from events.bus.subjects import PARTITIONS
from events.contract import Contract
from events.projection.source import Checkpoint, Delivery
from events.types import Position, Recorded

log = structlog.get_logger()

BATCH = 500
MAX_DELIVERIES = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES"
_HEARTBEAT = 5.0
_EXPIRES = 30.0


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

    def partitions(self) -> list[str]:
        """The tokens of the subjects to read."""
        if self.count == 1:
            return ["*"]
        return [str(p) for p in range(PARTITIONS) if p % self.count == self.index]


def subject_filter(contract: type[Contract], service: str, partition: str = "*") -> str:
    """Every message of a contract: any partition unless one is given, any département."""
    return f"{service}.{contract.event_name()}.v{contract.version()}.{partition}.>"


class BusSource:
    """The contracts of one service, as a `Source` for projectors and statistics."""

    def __init__(
        self,
        nats: Client,
        service: str,
        contracts: Sequence[type[Contract]],
        consumer: str,
        share: Share = Share(),
    ) -> None:
        """consumer : first part of the durable consumer's name; each process has its own, so that replicas
        never take one from each other (the checkpoint's compare-and-set keeps their effects single)."""
        self.name = service
        self._nats = nats
        self._stream = service.upper()
        self._reader = consumer
        self._consumer = f"{consumer}-{share.index}-{uuid4().hex[:8]}"
        self._types = {f"{service}.{c.event_name()}.v{c.version()}": c for c in contracts}
        self._filters = [subject_filter(c, service, p) for c in contracts for p in share.partitions()]
        self._buffer: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._subscription: Any = None
        self._advisories: Any = None
        self._requests: deque[int] = deque()
        self._inbox = ""
        self._last_sequence = 0
        self._numbered_again: Position | None = None
        self._left = 0
        self._last_sign = 0.0
        self._broken = False
        self._reconnections = 0

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        if self._doubtful(after):
            await self._start(after)
        read = self._sequence(after)
        while self._buffer and self._buffer[0].checkpoint.sequence <= read:
            self._buffer.popleft()
        # A message at or before our position is a republication by the relay: its effect is there already.
        fresh = [d for d in self._buffer if d.checkpoint.position > after.position]
        if self._buffer and not fresh:
            # Acknowledged all the same: the server stops delivering past so many messages in flight.
            await self._nats.publish(self._buffer[-1].raw.reply, b"+ACK")
            self._buffer.clear()
            await self._request()
        return fresh[:limit]

    async def decode(self, deliveries: Sequence[Delivery]) -> list[Any]:
        # A newer publisher may have added an optional field: not a reason to stop reading.
        return [self._types[d.type].model_validate_json(d.raw.data, extra="ignore") for d in deliveries]

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[Any]]:
        contracts = await self.decode(deliveries)
        return [
            Recorded(contract, d.id, d.stream, d.version, d.checkpoint.position, d.recorded_at)
            for contract, d in zip(contracts, deliveries, strict=True)
        ]

    async def taken(self, upto: Delivery) -> None:
        while self._buffer and self._buffer[0].checkpoint.sequence <= upto.checkpoint.sequence:
            self._buffer.popleft()
        metrics.consumer_pending.labels(self._reader).set(len(self._buffer) + self._left)
        await self._nats.publish(upto.raw.reply, b"+ACK")
        await self._request()

    async def wait(self) -> None:
        self._arrived.clear()
        if self._buffer:
            return
        try:
            async with asyncio.timeout(1.0):
                await self._arrived.wait()
        except TimeoutError:
            pass

    async def ended(self) -> bool:
        if self._subscription is None or self._buffer:
            return False
        info = await self._nats.jetstream(timeout=5).consumer_info(self._stream, self._consumer)
        delivered = info.delivered.stream_seq if info.delivered is not None else 0
        return info.num_pending == 0 and delivered <= self._last_sequence

    async def close(self) -> None:
        """Stop listening; the checkpoint stays."""
        if not self._nats.is_closed:
            for subscription in (self._subscription, self._advisories):
                if subscription is not None:
                    await subscription.unsubscribe()
        self._subscription = self._advisories = None

    def _doubtful(self, after: Checkpoint) -> bool:
        silent = asyncio.get_running_loop().time() - self._last_sign > 3 * _HEARTBEAT
        overtaken = self._sequence(after) > self._last_sequence
        # Pull requests in flight die with the server, though the client reconnects by itself.
        reconnected = self._reconnections != self._nats.stats["reconnects"]
        return self._subscription is None or self._broken or silent or overtaken or reconnected

    async def _start(self, after: Checkpoint) -> None:
        reconnections = self._nats.stats["reconnects"]
        await self.close()
        self._buffer.clear()
        self._requests.clear()
        js = self._nats.jetstream(timeout=5)
        with contextlib.suppress(NotFoundError):
            await js.delete_consumer(self._stream, self._consumer)
        # Made again (emptied, restored), the stream numbers its messages otherwise: read it whole, positions
        # tell what is known. Until ours moves, its sequence says nothing.
        self._numbered_again = after.position if await self._other_numbers(after) else None
        sequence = self._sequence(after)
        await js.add_consumer(
            self._stream,
            ConsumerConfig(
                durable_name=self._consumer,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=sequence + 1,
                ack_policy=AckPolicy.ALL,
                ack_wait=60,
                # Past it JetStream stops delivering in silence, but for its advisory: we start again then.
                max_deliver=10,
                max_ack_pending=20 * BATCH,
                # Left by a process that died: JetStream forgets it.
                inactive_threshold=300,
                filter_subjects=self._filters,
            ),
        )
        self._inbox = self._nats.new_inbox()
        self._broken = False
        self._reconnections = reconnections
        self._last_sequence = sequence
        self._last_sign = asyncio.get_running_loop().time()
        self._subscription = await self._nats.subscribe(self._inbox, cb=self._receive)
        gave_up = f"{MAX_DELIVERIES}.{self._stream}.{self._consumer}"
        self._advisories = await self._nats.subscribe(gave_up, cb=self._abandoned)
        await self._request()
        await self._request()
        log.info("bus_reader_started", consumer=self._consumer, stream=self._stream, sequence=sequence)

    def _sequence(self, at: Checkpoint) -> int:
        return 0 if at.position == self._numbered_again else at.sequence

    async def _other_numbers(self, at: Checkpoint) -> bool:
        """True when what stands at the checkpoint's sequence comes after its position, or past the end."""
        if at.sequence == 0:
            return False
        js = self._nats.jetstream(timeout=5)
        if at.sequence > (await js.stream_info(self._stream)).state.last_seq:
            return True
        try:
            message = await js.get_msg(self._stream, at.sequence)
        except NotFoundError:
            # Removed since, by age or by hand: the others kept their numbers.
            return False
        return Position.parse((message.headers or {})["coop-position"]) > at.position

    async def _request(self) -> None:
        """Keep two pull requests in flight while there is room in the buffer."""
        if len(self._requests) >= 2 or len(self._buffer) > 4 * BATCH or self._subscription is None:
            return
        self._requests.append(BATCH)
        body = {"batch": BATCH, "expires": int(_EXPIRES * 1e9), "idle_heartbeat": int(_HEARTBEAT * 1e9)}
        await self._nats.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}",
            json.dumps(body).encode(),
            reply=self._inbox,
        )

    async def _abandoned(self, _: Msg) -> None:
        log.error("delivery_abandoned", consumer=self._consumer, stream=self._stream)
        self._broken = True
        self._arrived.set()

    async def _receive(self, message: Msg) -> None:
        self._last_sign = asyncio.get_running_loop().time()
        status = (message.headers or {}).get("Status") if not message.reply else None
        if status is None:
            self._count()
            self._keep(message)
        elif status != "100":
            # 408: the request ran out. Anything else (404, 409 deleted, leader change): start again.
            description = (message.headers or {}).get("Description", "")
            if status == "408" or "Batch Completed" in description:
                self._request_ended()
                await self._request()
            else:
                self._broken = True
                self._arrived.set()

    def _keep(self, message: Msg) -> None:
        sequence, pending = _delivered(message.reply)
        if sequence <= self._last_sequence:
            return
        self._last_sequence = sequence
        headers = message.headers or {}
        delivery = Delivery(
            Checkpoint(Position.parse(headers["coop-position"]), sequence),
            UUID(headers["ce-id"]),
            headers["ce-subject"],
            int(headers["coop-version"]),
            headers["ce-type"],
            dt.datetime.fromisoformat(headers["ce-time"]),
            message,
        )
        self._buffer.append(delivery)
        self._left = pending
        self._arrived.set()

    def _count(self) -> None:
        """One message less to come of the oldest request: the server says nothing when it is served."""
        if self._requests:
            self._requests[0] -= 1
            if self._requests[0] == 0:
                self._requests.popleft()

    def _request_ended(self) -> None:
        if self._requests:
            self._requests.popleft()


def _delivered(reply: str) -> tuple[int, int]:
    """(stream sequence, messages left) of a delivery, four times faster than the client's `metadata`.

    `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<sequence>.<its own>.<time>.<left>[.<…>]`
    (ADR-15 of NATS).
    """
    tokens = reply.split(".")
    first = 5 if len(tokens) == 9 else 7
    return int(tokens[first]), int(tokens[first + 3])
