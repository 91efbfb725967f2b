"""A service's JetStream stream put right by hand: messages found and removed, from its first or last facts.

The stream only repeats the journal. After a restore it may know facts that the journal lost; these are found
by their event's id and removed, so that nobody else builds on them.
"""

import datetime as dt
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import APIError

from events.bus.direct import SEQUENCE, DirectReader
from events.bus.envelope import opened
from events.postgres.database import Database
from events.projection.source import Rejected
from events.types import START, Position


@dataclass(frozen=True, slots=True)
class Head:
    """What the headers of a message say. sequence : in the stream.   time : of the fact."""

    sequence: int
    position: Position
    id: UUID
    type: str
    time: dt.datetime


async def _pages(
    bus: Client, service: str, since: dt.datetime | None = None, after: int = 0
) -> AsyncIterator[list[Msg]]:
    stream = DirectReader(bus, service)
    try:
        while messages := await stream.read(after, since=since):
            after, since = _sequence(messages[-1]), None
            yield messages
            if not stream.pending:
                return
    finally:
        await stream.close()


async def heads(
    bus: Client, service: str, *, since: dt.datetime | None = None, after: int = 0
) -> AsyncIterator[list[Head]]:
    """What the headers of the messages of a stream say, page by page; those that are no fact are left out.

    since : published then or later; else after : beyond that sequence.
    """
    async for page in _pages(bus, service, since, after):
        yield [head for message in page if (head := _head(message)) is not None]


def _head(message: Msg) -> Head | None:
    try:
        said = opened(message.headers)
    except Rejected:
        return None
    return Head(_sequence(message), said.position, said.id, said.type, said.time)


def _sequence(message: Msg) -> int:
    return int((message.headers or {})[SEQUENCE])


async def last_position(bus: Client, service: str) -> Position:
    """Of the last fact published; the start when the stream is empty."""
    stream = DirectReader(bus, service)
    try:
        message = await stream.last()
        while message is not None:
            head = _head(message)
            if head is not None:
                return head.position
            message = await stream.at(_sequence(message) - 1)
        return START
    finally:
        await stream.close()


async def position_at(bus: Client, service: str, sequence: int) -> Position | None:
    """Of the fact that stands at a sequence; None when there is none."""
    stream = DirectReader(bus, service)
    try:
        message = await stream.at(sequence)
    finally:
        await stream.close()
    head = None if message is None else _head(message)
    return None if head is None else head.position


async def unknown(bus: Client, service: str, database: Database, since: dt.datetime | None) -> list[int]:
    """Sequences of the messages whose event the journal does not hold, or that are no fact at all."""
    found: list[int] = []
    async for page in _pages(bus, service, since):
        said = {_sequence(message): _head(message) for message in page}
        async with database.raw() as connection:
            rows = await connection.fetch(
                "select id from events where id = any($1::uuid[])", [h.id for h in said.values() if h]
            )
        held = {UUID(bytes=row["id"].bytes) for row in rows}
        found += [sequence for sequence, head in said.items() if head is None or head.id not in held]
    return found


async def after(bus: Client, service: str, position: Position) -> list[int]:
    """Sequences of the messages that stand after a position of the journal."""
    return [head.sequence async for page in heads(bus, service) for head in page if head.position > position]


async def remove(bus: Client, service: str, sequences: Sequence[int]) -> None:
    """Remove messages, as a user who may (the platform's). The stream's numbering goes on as before.

    The latest first, one after the other: stopped anywhere, a removal of the stream's last messages leaves no
    hole behind the new end, which is where the relay goes on from. Calling it again finishes.
    """
    stream = DirectReader(bus, service)
    try:
        for sequence in sorted(sequences, reverse=True):
            error = await _delete(bus, service, sequence)
            # The server has three words for a message that is not there, and one of them says other things
            # too: what it shows decides.
            if error is not None and await stream.at(sequence) is not None:
                raise APIError(
                    code=error.get("code"),
                    description=error.get("description"),
                    err_code=error.get("err_code"),
                )
    finally:
        await stream.close()


async def _delete(bus: Client, service: str, sequence: int) -> dict[str, Any] | None:
    """Without the erasure of its bytes on disk, which the server fails on a message that it has just written:
    nothing personal is on the bus. What it answers of its failure, else None."""
    answer = await bus.request(
        f"$JS.API.STREAM.MSG.DELETE.{service.upper()}",
        json.dumps({"seq": sequence, "no_erase": True}).encode(),
        timeout=10,
    )
    return json.loads(answer.data).get("error")
