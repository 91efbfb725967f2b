"""A service's JetStream stream put right by hand: messages found and removed, from its first or last facts.

The stream only repeats the journal. After a restore it may know facts that the journal lost; these are found
by their event's id and removed, so that nobody else builds on them.
"""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from events.postgres.database import Database
from events.types import START, Position

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Head:
    """What the headers of a message say. sequence : in the stream.   time : of the fact."""

    sequence: int
    position: Position
    id: UUID
    time: dt.datetime


async def heads(
    bus: Client,
    service: str,
    *,
    since: dt.datetime | None = None,
    after: int = 0,
    subjects: Sequence[str] | None = None,
) -> AsyncIterator[list[Head]]:
    """The headers of the messages of a stream, page by page.

    since : published then or later; else after : beyond that sequence.   subjects : filters, all without.
    """
    js = bus.jetstream(timeout=10)
    stream = service.upper()
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_TIME if since else DeliverPolicy.BY_START_SEQUENCE,
        opt_start_time=since,
        opt_start_seq=None if since else after + 1,
        filter_subjects=list(subjects) if subjects else None,
        ack_policy=AckPolicy.NONE,
        headers_only=True,
        mem_storage=True,
        inactive_threshold=60,
    )
    info = await js.add_consumer(stream, config)
    left = info.num_pending or 0
    subscription = await js.pull_subscribe_bind(info.name, stream)
    try:
        while left > 0:
            try:
                page = await subscription.fetch(min(_PAGE, left), timeout=10)
            except NatsTimeout:
                # Messages that went away since they were counted.
                left = (await subscription.consumer_info()).num_pending or 0
                continue
            left -= len(page)
            yield [_head(message) for message in page]
    finally:
        await subscription.unsubscribe()
        with contextlib.suppress(NotFoundError):
            await js.delete_consumer(stream, info.name)


def _head(message: Msg) -> Head:
    headers = message.headers or {}
    return Head(
        message.metadata.sequence.stream,
        Position.parse(headers["coop-position"]),
        UUID(headers["ce-id"]),
        dt.datetime.fromisoformat(headers["ce-time"]),
    )


async def last_position(bus: Client, service: str) -> Position:
    """Of the last fact published; the start when the stream is empty."""
    try:
        last = await bus.jetstream(timeout=10).get_last_msg(service.upper(), f"{service}.>")
    except NotFoundError:
        return START
    return Position.parse((last.headers or {})["coop-position"])


async def unknown(bus: Client, service: str, database: Database, since: dt.datetime | None) -> list[int]:
    """Sequences of the messages whose event the journal does not hold."""
    found: list[int] = []
    async for page in heads(bus, service, since=since):
        async with database.raw() as connection:
            rows = await connection.fetch(
                "select id from events where id = any($1::uuid[])", [head.id for head in page]
            )
        held = {UUID(bytes=row["id"].bytes) for row in rows}
        found += [head.sequence for head in page if head.id not in held]
    return found


async def after(bus: Client, service: str, position: Position) -> list[int]:
    """Sequences of the messages that stand after a position of the journal."""
    return [head.sequence async for page in heads(bus, service) for head in page if head.position > position]


async def remove(bus: Client, service: str, sequences: Sequence[int]) -> None:
    """Remove messages, as a user who may (the platform's). The stream's numbering goes on as before.

    The latest first, one after the other: stopped anywhere, a removal of the stream's last messages leaves no
    hole behind the new end, which is where the relay goes on from. Calling it again finishes.
    """
    js = bus.jetstream(timeout=10)
    for sequence in sorted(sequences, reverse=True):
        await js.delete_msg(service.upper(), sequence)
