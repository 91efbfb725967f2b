"""The relay's word: how far it has published, said after each page, again when idle, and when asked.

A reader wakes at it, and measures by it what the stream holds: a message beyond the word waits for it, and a
position beyond the word's is nobody's fact.
"""

from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from events.projection.source import Checkpoint
from events.types import Position

FRESH_SECONDS = 10.0
"""A word older than that is no longer relied upon: its relay is away. Said again every 2 s when idle."""


def said(service: str) -> str:
    """Where the relay says it. Four tokens at most: the stream does not keep it."""
    return f"{service}.publie"


def asked(service: str) -> str:
    """Where it answers."""
    return f"{service}.publie.demande"


def written(at: Checkpoint) -> bytes:
    return f"{at.position} {at.sequence}".encode()


def read(data: bytes) -> Checkpoint:
    """Raises ValueError on what `written` cannot have written."""
    position, _, sequence = data[:80].decode("ascii").partition(" ")
    return Checkpoint(Position.parse(position), int(sequence))


async def ask(nats: Client, service: str) -> Checkpoint | None:
    """How far the relay has published; None when it does not answer."""
    try:
        return read((await nats.request(asked(service), timeout=1)).data)
    except (NoRespondersError, NatsTimeout, ValueError):
        return None
