"""Reading another service's contracts from JetStream, in order and from our own checkpoint (ENGINE §3).

The truth about where we are is the checkpoint in our database, committed with the effect. The durable
consumer (AckAll) is a cursor made again from it at each start or doubt: redelivery never reorders.
"""

import asyncio
import contextlib
import datetime as dt
import json
from collections import deque
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from events.contracts.base import Contract
from events.source import Checkpoint, Delivery
from events.types import Position

log = structlog.get_logger()

BATCH = 500
_HEARTBEAT = 5.0
_EXPIRES = 30.0


def subject_filter(contract: type[Contract], service: str) -> str:
    """Every message of a contract: any partition, any département."""
    return f"{service}.{contract.event_name()}.v{contract.version()}.>"


class BusSource:
    """The contracts of one service, as a `Source` for projectors and statistics."""

    def __init__(
        self, nats: Client, service: str, contracts: Sequence[type[Contract]], consumer: str
    ) -> None:
        """consumer : first part of the durable consumer's name; each process has its own, so that replicas
        never take one from each other (the checkpoint's compare-and-set keeps their effects single)."""
        self.name = service
        self._nats = nats
        self._stream = service.upper()
        self._consumer = f"{consumer}-{uuid4().hex[:8]}"
        self._types = {f"{service}.{c.event_name()}.v{c.version()}": c for c in contracts}
        self._filters = [subject_filter(c, service) for c in contracts]
        self._buffer: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._subscription: Any = None
        self._requests: deque[int] = deque()
        self._inbox = ""
        self._last_sequence = 0
        self._last_sign = 0.0
        self._broken = False
        self._reconnections = 0

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        if self._doubtful(after):
            await self._start(after)
        while self._buffer and self._buffer[0].checkpoint.sequence <= after.sequence:
            self._buffer.popleft()
        # A message at or before our position is a republication by the relay: its effect is there already.
        fresh = [d for d in self._buffer if d.checkpoint.position > after.position]
        if self._buffer and not fresh:
            self._buffer.clear()
            await self._request()
        return fresh[:limit]

    async def decode(self, deliveries: Sequence[Delivery]) -> list[Any]:
        # A newer publisher may have added an optional field: not a reason to stop reading.
        return [self._types[d.type].model_validate_json(d.raw.data, extra="ignore") for d in deliveries]

    async def taken(self, upto: Delivery) -> None:
        while self._buffer and self._buffer[0].checkpoint.sequence <= upto.checkpoint.sequence:
            self._buffer.popleft()
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

    async def close(self) -> None:
        """Stop listening; the checkpoint stays."""
        if self._subscription is not None and not self._nats.is_closed:
            await self._subscription.unsubscribe()
        self._subscription = None

    def _doubtful(self, after: Checkpoint) -> bool:
        silent = asyncio.get_running_loop().time() - self._last_sign > 3 * _HEARTBEAT
        overtaken = after.sequence > self._last_sequence
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
        info = await js.stream_info(self._stream)
        sequence = after.sequence
        if sequence > info.state.last_seq:
            # The stream was made again (restored, emptied): read it whole, positions tell what is known.
            sequence = 0
        await js.add_consumer(
            self._stream,
            ConsumerConfig(
                durable_name=self._consumer,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=sequence + 1,
                ack_policy=AckPolicy.ALL,
                ack_wait=60,
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
        await self._request()
        await self._request()
        log.info("bus_reader_started", consumer=self._consumer, stream=self._stream, sequence=sequence)

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
        metadata = message.metadata
        sequence = metadata.sequence.stream
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
