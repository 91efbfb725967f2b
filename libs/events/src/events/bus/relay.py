"""Stored events -> public contracts -> JetStream. One active instance per service.

A session advisory lock elects it, a compare-and-set of the checkpoint fences it, and each message says which
one it follows: the stream is always a prefix of the journal's public facts, in order, each once. The
checkpoint advances after the acknowledgements only. PostgreSQL is the only truth: JetStream acknowledges
before fsync, so at each (re)connection publishing starts again from the stream's real end.
"""

import asyncio
import functools
import zlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StreamInfo

from events import metrics
from events.bus import word
from events.bus.gaps import Gap
from events.bus.owned import JournalBehind, OwnedStream, Shape, shape_of
from events.bus.publisher import BATCH, Message, Publisher, PublishFailed
from events.bus.subjects import subject
from events.contract import Contract
from events.patience import Patience
from events.postgres.database import discard, is_unavailable
from events.projection.checkpoints import Overtaken, advance, read_checkpoint
from events.projection.parking import park
from events.projection.source import Checkpoint, Delivery, FeedSource, Rejected
from events.store import search
from events.store.store import Store
from events.types import Position, Recorded

log = structlog.get_logger()

NAME = "relay"
_IN_FLIGHT = 3
"""Pages on their way at most."""
_CHECK_SECONDS = 2.0
_LOOK_SECONDS = 20.0
_ROOM = 4096
"""Left for the headers in the largest message that the server takes."""
_LINE_BREAKS = 10
"""Between the headers of a message: one more, and a value would be read as a header."""


@functools.cache
def _kind(service: str, cls: type[Contract]) -> tuple[str, str]:
    """The type of a contract's messages, and the headers that they all share."""
    kind = f"{service}.{cls.event_name()}.v{cls.version()}"
    shared = (
        f"ce-specversion: 1.0\r\nce-source: /coop/{service}\r\nce-type: {kind}\r\n"
        f"ce-dataschema: /contrats/{kind}.json\r\ncontent-type: application/json"
    )
    return kind, shared


def message_of(service: str, contract: Contract, recorded: Recorded[Any]) -> Message:
    """The CloudEvents 1.0 message (binary mode) of a contract.

    Raises Rejected when a stream's name could break a header.
    """
    _, event_id, stream, version, position, recorded_at, _ = recorded
    kind, shared = _kind(service, type(contract))
    lines = (
        f"{event_id}\r\nce-id: {event_id}\r\n{shared}\r\nce-subject: {stream}\r\n"
        f"ce-time: {recorded_at.isoformat()}\r\ncoop-position: {position}\r\ncoop-version: {version}"
    )
    if lines.count("\n") != _LINE_BREAKS or "\r" in stream:
        raise Rejected("nom de flux illisible")
    return Message(
        subject(kind, stream, getattr(contract, "departement", None)),
        contract.model_dump_json().encode(),
        lines,
    )


def election(service: str) -> int:
    """The key of the session advisory lock that the relay at work holds."""
    return zlib.crc32(f"{NAME}:{service}".encode())


type _Parked = list[tuple[Delivery, Rejected]]


@dataclass(frozen=True, slots=True)
class _Flight:
    """A page on its way: what moves the checkpoint once acknowledged. number : the publisher's, None when the
    page had nothing public.   parked : facts whose message cannot be published."""

    number: int | None
    after: Checkpoint
    count: int
    parked: _Parked


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
        self._reconnections = 0
        self._atomic = False
        self._checked = 0.0
        self._looked = 0.0
        self._last_id = ""
        self._word = b""
        # A server away; a stream that does not follow. Each told once, then once a minute.
        self._waits = Patience(NAME, service=service)
        self._again = Patience(f"{NAME}_stream", service=service)
        self._shape: Shape | None = None
        self._holes: tuple[Gap, ...] = ()

    async def run(self) -> None:
        """Relay for ever; stand by while another instance does."""
        while True:
            try:
                async with self._elected() as elected:
                    if elected is not None:
                        await self._relay(elected)
            except (Overtaken, PublishFailed) as error:
                metrics.republished.labels(self._service).inc()
                self._again.met(error)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                self._waits.met(error)
            self._publisher.forget()
            await asyncio.sleep(0.2)

    @asynccontextmanager
    async def _elected(self) -> AsyncGenerator[asyncpg.Connection | None]:
        """The session that holds the lock; None when another instance has it."""
        async with self._store.database.raw() as connection:
            key = election(self._service)
            elected = bool(await connection.fetchval("select pg_try_advisory_lock($1)", key))
            try:
                yield connection if elected else None
            finally:
                # The lock ends with its session, whatever state that one is in.
                if elected:
                    discard(connection)

    async def _relay(self, elected: asyncpg.Connection) -> None:
        """From the stream's end on; returns when a connection was made again, to look at that end again."""
        self._reconnections = self._nats.stats["reconnects"]
        done = await self._resume()
        await self._say(done)
        self._waits.over()
        asked = await self._nats.subscribe(word.asked(self._service), cb=self._answer)
        try:
            await self._publish(done, elected)
        finally:
            if not self._nats.is_closed:
                await asked.unsubscribe()

    async def _publish(self, done: Checkpoint, elected: asyncpg.Connection) -> None:
        sent, self._last_id = done, ""
        flights: deque[_Flight] = deque()
        # A server that was restarted ended our session: it may have restarted from an older copy.
        while self._reconnections == self._nats.stats["reconnects"] and not elected.is_closed():
            page = await self._source.page(Checkpoint(sent.position), BATCH)
            if page:
                flights.append(await self._send(page, sent))
                sent = flights[-1].after
            if flights and (len(page) < BATCH or len(flights) == _IN_FLIGHT):
                # Meanwhile the next page is on its way from the journal, and others to JetStream.
                done = await self._settle(flights.popleft(), done)
            elif not page:
                await self._source.wait()
                await self._look(done)

    async def _look(self, done: Checkpoint) -> None:
        """Idle, now and then: an operator may have moved the checkpoint to publish again, somebody else may
        have written to the stream or made it again, the server may have lost some; and the readers are told
        that we are there."""
        now = asyncio.get_running_loop().time()
        if now - self._checked > _CHECK_SECONDS:
            self._checked = now
            if await read_checkpoint(self._store.database, NAME) != done:
                raise Overtaken(NAME)
            await self._say(done)
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            info = await self._info()
            if info.state.last_seq != done.sequence or shape_of(info) != self._shape:
                raise PublishFailed("un autre a touché au flux")

    async def _info(self) -> StreamInfo:
        info = await self._nats.jetstream(timeout=5).stream_info(self._service.upper())
        # With an age, a stream emptied by time looks like one that lost all: everything would be sent again.
        self._fault("max_age", present=bool(info.config.max_age))
        return info

    async def _say(self, done: Checkpoint) -> None:
        self._word = word.written(word.Word(done, await search.end(self._store.database)))
        await self._nats.publish(word.said(self._service), self._word)

    async def _answer(self, question: Msg) -> None:
        if question.reply and not question.data:
            await question.respond(self._word)
        elif question.reply:
            with suppress(ValueError):
                await self._judge(question, *word.gap(question.data))

    async def _judge(self, question: Msg, after: Position, before: Position) -> None:
        """No answer when what is missing changed: it is looked at first, at once."""
        if shape_of(await self._info()) != self._shape:
            self._looked = 0.0
            return
        lost = any(hole.after < before and after < hole.before for hole in self._holes)
        await question.respond(word.answer(is_whole=not lost))

    async def _send(self, page: Sequence[Delivery], sent: Checkpoint) -> _Flight:
        messages, parked = await self._messages(page)
        number = None
        if messages:
            number = await self._publisher.send_after(
                messages, sent.sequence, self._last_id, atomic=self._atomic
            )
            self._last_id = messages[-1].id
        after = Checkpoint(page[-1].checkpoint.position, sent.sequence + len(messages))
        return _Flight(number, after, len(messages), parked)

    async def _settle(self, flight: _Flight, done: Checkpoint) -> Checkpoint:
        if flight.number is not None:
            await self._publisher.acknowledged(flight.number)
            self._again.over()
            await self._say(flight.after)
        await self._move(done, flight.after, flight.parked)
        metrics.published.labels(self._service).inc(flight.count)
        return flight.after

    async def _messages(self, page: Sequence[Delivery]) -> tuple[list[Message], _Parked]:
        """What goes out, and the facts whose message cannot: they are parked, the others go on."""
        messages: list[Message] = []
        parked: _Parked = []
        for delivery, recorded in zip(
            page, await self._store.decode([delivery.raw for delivery in page]), strict=True
        ):
            try:
                message = self._message(recorded)
            except Rejected as reason:
                parked.append((delivery, reason))
            else:
                if message is not None:
                    messages.append(message)
        return messages, parked

    def _message(self, recorded: Recorded[Any]) -> Message | None:
        """None for a private event. Raises Rejected when it cannot be published."""
        contract = self._to_contract(recorded.event)
        if contract is None:
            return None
        message = message_of(self._service, contract, recorded)
        if len(message.data) > self._nats.max_payload - _ROOM:
            raise Rejected("message trop grand")
        return message

    def _is_public(self, recorded: Recorded[Any]) -> bool:
        try:
            return self._message(recorded) is not None
        except Rejected:
            return False

    async def _resume(self) -> Checkpoint:
        """Where to publish from: our last message in the stream says it, or our checkpoint when only private
        events follow that one. What is missing before it is named. Raises JournalBehind."""
        before = await read_checkpoint(self._store.database, NAME)
        info = await self._info()
        self._atomic = bool(info.config.allow_atomic)
        stream = OwnedStream(self._store, self._nats, self._service, self._is_public)
        try:
            try:
                end, last = await stream.end()
            except JournalBehind:
                self._fault("behind", present=True)
                raise
            self._fault("behind", present=False)
            private = end < before.position and not await stream.published_between(
                end, _next(before.position)
            )
            if private:
                end = before.position
            self._shape = shape_of(info)
            self._holes = await stream.holes(last, end)
        finally:
            await stream.close()
        for hole in self._holes:
            log.error("stream_hole", service=self._service, after=str(hole.after), before=str(hole.before))
        self._fault("hole", present=bool(self._holes))
        if end < before.position:
            # JetStream lost messages that it had acknowledged.
            log.warning("relay_republishes", service=self._service, from_position=str(end))
        # Late messages of ours may have been stored since `info`: a position with the sequence of another
        # message would shift the chain, and leave a hole. Above the last message, others were removed.
        resumed = Checkpoint(end, max(last, info.state.last_seq))
        if resumed != before:
            await self._move(before, resumed)
        return resumed

    def _fault(self, name: str, *, present: bool) -> None:
        metrics.bus_fault.labels(f"{self._service}-{NAME}", name).set(present)

    async def _move(self, before: Checkpoint, after: Checkpoint, parked: _Parked | None = None) -> None:
        async with self._store.database.raw() as connection:
            if not parked:
                return await advance(connection, NAME, self._service, before, after)
            async with connection.transaction():
                await advance(connection, NAME, self._service, before, after)
                for delivery, reason in parked:
                    await park(connection, NAME, self._service, delivery, 1, reason)
        metrics.unpublished.labels(self._service).inc(len(parked))
        return None


def _next(position: Position) -> Position:
    return Position(position.xid, position.number + 1)
