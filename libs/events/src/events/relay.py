"""Stored events -> public contracts -> JetStream. One active instance per service.

A session advisory lock elects it, a compare-and-set of the checkpoint fences it. The checkpoint advances
only after the acknowledgements, so a crash anywhere republishes and nothing is skipped. PostgreSQL is the
only truth: JetStream acknowledges before fsync, so at each (re)connection the stream's end is compared with
the checkpoint, and what is missing is published again.
"""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from events import metrics
from events.contracts.base import Contract
from events.database import is_unavailable
from events.projection import Overtaken, move_checkpoint, read_checkpoint
from events.publisher import Message, Publisher, PublishFailed
from events.source import Checkpoint, FeedSource
from events.store import RawEvent, Store
from events.types import START, Position, Recorded

log = structlog.get_logger()

PARTITIONS = 8
NAME = "relay"


def subject_of(service: str, contract: Contract, stream: str) -> str:
    """`<service>.<Event>.v<n>.<partition>.<département or _>` (DESIGN §4)."""
    partition = zlib.crc32(stream.encode()) % PARTITIONS
    departement = getattr(contract, "departement", None) or "_"
    return f"{service}.{contract.event_name()}.v{contract.version()}.{partition}.{departement}"


def message_of(service: str, contract: Contract, recorded: Recorded[Any]) -> Message:
    """The CloudEvents 1.0 message (binary mode) of a contract."""
    kind = f"{service}.{contract.event_name()}.v{contract.version()}"
    return Message(
        subject_of(service, contract, recorded.stream),
        contract.model_dump_json().encode(),
        {
            "Nats-Msg-Id": str(recorded.id),
            "ce-specversion": "1.0",
            "ce-id": str(recorded.id),
            "ce-source": f"/coop/{service}",
            "ce-type": kind,
            "ce-subject": recorded.stream,
            "ce-time": recorded.recorded_at.isoformat(),
            "ce-dataschema": f"/contrats/{kind}.json",
            "content-type": "application/json",
            "coop-position": str(recorded.position),
            "coop-version": str(recorded.version),
        },
    )


class Relay:
    """Publishes one service's contracts."""

    def __init__(
        self, store: Store[Any], nats: Client, service: str, to_contract: Callable[[Any], Contract | None]
    ) -> None:
        """to_contract : the public form of an event; None keeps it private."""
        self._store = store
        self._nats = nats
        self._service = service
        self._to_contract = to_contract
        self._publisher = Publisher(nats)
        self._source: FeedSource[Any] = FeedSource(store, service)
        self._reconnections = -1
        self._watched = 0.0

    async def run(self) -> None:
        """Relay for ever; stand by while another instance does."""
        while True:
            try:
                async with self._elected() as elected:
                    if elected:
                        self._reconnections = -1
                        await self._relay()
            except (Overtaken, PublishFailed) as error:
                metrics.republished.labels(self._service).inc()
                log.warning("relay_again", service=self._service, error=str(error))
            except Exception as error:
                if not is_unavailable(error) and not type(error).__module__.startswith("nats"):
                    raise
                log.warning("relay_waits", service=self._service, error=type(error).__name__)
            await asyncio.sleep(0.5)

    @asynccontextmanager
    async def _elected(self) -> AsyncGenerator[bool]:
        async with self._store.database.raw() as connection:
            key = zlib.crc32(f"{NAME}:{self._service}".encode())
            elected = bool(await connection.fetchval("select pg_try_advisory_lock($1)", key))
            try:
                yield elected
            finally:
                if elected and not connection.is_closed():
                    await connection.execute("select pg_advisory_unlock($1)", key)

    async def _relay(self) -> None:
        before = await read_checkpoint(self._store.database, NAME)
        while True:
            if self._reconnections != self._nats.stats["reconnects"]:
                before = await self._compare(before)
                self._reconnections = self._nats.stats["reconnects"]
            page = await self._source.page(before, 1000)
            if not page:
                await self._source.wait()
                await self._watch()
                continue
            raws: list[RawEvent] = [delivery.raw for delivery in page]
            messages = await self._messages(raws)
            await self._publisher.publish(messages)
            after = page[-1].checkpoint
            async with self._store.database.engine.connect() as connection:
                await move_checkpoint(connection, NAME, self._service, before, after)
                await connection.commit()
            metrics.published.labels(self._service).inc(len(messages))
            before = after

    async def _watch(self) -> None:
        """Measure, once a second at most, how long the watermark has been hiding what is committed."""
        now = asyncio.get_running_loop().time()
        if now - self._watched > 1:
            self._watched = now
            metrics.watermark_age.set(await self._store.hidden_seconds())

    async def _messages(self, raws: list[RawEvent]) -> list[Message]:
        messages: list[Message] = []
        for recorded in await self._store.decode(raws):
            contract = self._to_contract(recorded.event)
            if contract is not None:
                messages.append(message_of(self._service, contract, recorded))
        return messages

    async def _compare(self, before: Checkpoint) -> Checkpoint:
        """Where to publish from: back to the stream's end when it lost messages that it had acknowledged."""
        js = self._nats.jetstream(timeout=5)
        try:
            last = await js.get_last_msg(self._service.upper(), f"{self._service}.>")
            end = Position.parse((last.headers or {})["coop-position"])
        except NotFoundError:
            end = START
        if end >= before.position or await self._nothing_public(end, before.position):
            return before
        log.warning("relay_republishes", service=self._service, from_position=str(end))
        back = Checkpoint(end)
        async with self._store.database.engine.connect() as connection:
            await move_checkpoint(connection, NAME, self._service, before, back)
            await connection.commit()
        return back

    async def _nothing_public(self, end: Position, upto: Position) -> bool:
        """True when only private events stand between the stream's end and the checkpoint."""
        while True:
            raws = [raw for raw in await self._store.page(end, 1000) if raw.position <= upto]
            if not raws:
                return True
            if await self._messages(raws):
                return False
            end = raws[-1].position
