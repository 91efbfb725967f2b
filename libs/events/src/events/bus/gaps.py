"""Where numbers are missing in a stream: removed by an operator, or lost by the server with their messages.

Found by halving from what the server counts beyond a sequence: some twenty questions for each gap, whatever
the length of the stream, and none when nothing is missing.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

from nats.aio.msg import Msg

from events.bus.direct import SEQUENCE, DirectReader
from events.bus.envelope import opened
from events.projection.source import Rejected
from events.types import START, Position

_MOST = 1000
"""Gaps looked at one by one; those beyond are taken for one, up to the stream's end."""
FAR = Position(2**63 - 1, 2**63 - 1)


class Gap(NamedTuple):
    """Between the positions of two facts that stand in the stream; START before the first of them."""

    after: Position
    before: Position


async def gaps(stream: DirectReader, last: int) -> AsyncIterator[Gap]:
    """In order. last : sequence of the last message."""
    present, missing = 0, await _missing(stream, 0, last)
    for _ in range(_MOST):
        if missing <= 0:
            return
        present = await _before_gap(stream, present, last, missing)
        found = await stream.read(present, 1)
        if not found:
            return
        after = await _position(stream, present, -1)
        present = sequence_of(found[0])
        yield Gap(after, await _position(stream, present, 1))
        missing = await _missing(stream, present, last)
    yield Gap(await _position(stream, present, -1), FAR)


async def _missing(stream: DirectReader, after: int, last: int) -> int:
    found = await stream.read(after, 1)
    return last - after - (len(found) + stream.pending if found else 0)


async def _before_gap(stream: DirectReader, present: int, last: int, missing: int) -> int:
    """The last sequence from `present` on with nothing missing before it: as many are missing beyond."""
    low, high = present, last
    while low < high:
        middle = (low + high + 1) // 2
        if await _missing(stream, middle, last) == missing:
            low = middle
        else:
            high = middle - 1
    return low


async def _position(stream: DirectReader, sequence: int, step: int) -> Position:
    """Of the fact at this sequence; of its neighbour, that way, when it is none of ours or is missing."""
    while sequence > 0:
        message = await stream.at(sequence)
        if message is None:
            break
        try:
            return opened(message.headers).position
        except Rejected:
            sequence += step
    return START if step < 0 else FAR


def sequence_of(message: Msg) -> int:
    """Where the server put it."""
    return int((message.headers or {})[SEQUENCE])
