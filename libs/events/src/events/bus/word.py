"""The relay's word: how far it has published, said after each page, again when idle, and when asked.

A reader wakes at it, and measures by it what the stream holds: a message beyond the word waits for it, and a
position beyond the word's is nobody's fact. Asked about numbers that are missing between two messages, the
relay says whether the journal has a published fact there.
"""

from typing import NamedTuple

from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from events.projection.source import Checkpoint
from events.types import Position

FRESH_SECONDS = 10.0
"""A word older than that is no longer relied upon: its relay is away. Said again every 2 s when idle."""
_MAX_BYTES = 130
_WHOLE, _HOLED = b"entier", b"perdu"


class Word(NamedTuple):
    """at : of the last message published.   end : of the journal's last fact, public or not."""

    at: Checkpoint
    end: Position


def said(service: str) -> str:
    """Where the relay says it. Four tokens at most: the stream does not keep it."""
    return f"{service}.publie"


def asked(service: str) -> str:
    """Where it answers."""
    return f"{service}.publie.demande"


def written(told: Word) -> bytes:
    return f"{told.at.position} {told.at.sequence} {told.end}".encode()


def read(data: bytes) -> Word:
    """Raises ValueError on what `written` cannot have written."""
    position, sequence, end = data[:_MAX_BYTES].decode("ascii").split(" ")
    return Word(Checkpoint(Position.parse(position), int(sequence)), Position.parse(end))


async def ask(nats: Client, service: str) -> Word | None:
    """How far the relay has published; None when it does not answer."""
    try:
        return read((await nats.request(asked(service), timeout=1)).data)
    except (NoRespondersError, NatsTimeout, ValueError):
        return None


async def whole(nats: Client, service: str, after: Position, before: Position) -> bool | None:
    """False when the stream has lost a fact between these two; None when the relay does not answer."""
    try:
        answer = await nats.request(asked(service), f"{after} {before}".encode(), timeout=1)
    except (NoRespondersError, NatsTimeout):
        return None
    return {_WHOLE: True, _HOLED: False}.get(answer.data)


def gap(question: bytes) -> tuple[Position, Position]:
    """What `whole` asks. Raises ValueError on anything else."""
    after, before = question[:_MAX_BYTES].decode("ascii").split(" ")
    return Position.parse(after), Position.parse(before)


def answer(*, is_whole: bool) -> bytes:
    return _WHOLE if is_whole else _HOLED
