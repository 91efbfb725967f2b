"""A service's own stream compared with its journal: where it ends, what it lost, what it knows too much.

The stream is a prefix of the journal's public facts, in order. PostgreSQL is the truth; but a database
restarted from a copy that lags gives positions a second time, and facts that others have already read are no
longer in it: that is seen here, by the identity of the last message, before anything more is published.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StreamInfo

from events import metrics
from events.bus.direct import DirectReader
from events.bus.envelope import opened
from events.bus.gaps import Gap, gaps, sequence_of
from events.projection.source import Rejected
from events.store import search
from events.store.store import Store
from events.types import START, Position, Recorded

log = structlog.get_logger()

_PLAUSIBLE = 1 << 32
"""Transactions beyond the journal's end within which a fact that it does not know may be one that it lost:
years of them. Further away it is a forgery."""
_PAGE = 1000


class JournalBehind(Exception):
    """The stream holds a fact that the journal does not know: the database went back in time (a copy that
    lagged, a restore), or somebody forged it. Nothing is published until an operator has decided."""


class Shape(NamedTuple):
    """What never changes while the relay alone writes. missing : sequences without a message."""

    created: dt.datetime | None
    missing: int


def shape_of(info: StreamInfo) -> Shape:
    return Shape(info.created, info.state.last_seq - info.state.messages)


class OwnedStream:
    """Read with the journal beside. Close it."""

    def __init__(
        self, store: Store[Any], nats: Client, service: str, public: Callable[[Recorded[Any]], bool]
    ) -> None:
        """public : whether an event has a message in the stream."""
        self._store = store
        self._service = service
        self._public = public
        self._stream = DirectReader(nats, service)

    async def close(self) -> None:
        await self._stream.close()

    async def end(self) -> tuple[Position, int]:
        """The position of our last message, START when there is none, and the sequence of the stream's last
        one, ours or not. Raises JournalBehind."""
        message = await self._stream.last()
        upto = sequence = 0 if message is None else sequence_of(message)
        while sequence > 0:
            if message is not None:
                ours = await self._ours(message)
                if ours is not None:
                    return ours, upto
                metrics.foreign.labels(self._service).inc()
                log.error("foreign_message", service=self._service, sequence=sequence)
            sequence -= 1
            message = await self._stream.at(sequence) if sequence > 0 else None
        return START, upto

    async def holes(self, last: int, upto: Position) -> tuple[Gap, ...]:
        """The gaps in which the journal has public facts, up to a position.  last : of the last message."""
        found: list[Gap] = []
        async for gap in gaps(self._stream, last):
            within = Gap(gap.after, min(gap.before, upto))
            if await self.published_between(*within):
                found.append(within)
        return tuple(found)

    async def published_between(self, after: Position, before: Position) -> bool:
        """Whether the journal has a public fact strictly between them."""
        while after < before:
            raws = await self._store.page(after, _PAGE)
            inside = [raw for raw in raws if raw.position < before]
            if any(self._public(recorded) for recorded in await self._store.decode(inside)):
                return True
            if len(inside) < _PAGE:
                return False
            after = inside[-1].position
        return False

    async def _ours(self, message: Msg) -> Position | None:
        """The position of a message that repeats a fact of the journal; None for any other message."""
        try:
            said = opened(message.headers)
        except Rejected:
            return None
        async with self._store.database.raw() as connection:
            found = await connection.fetchval(
                "select (xid, position) = ($2::text::xid8, $3) from events where id = $1",
                said.id,
                str(said.position.xid),
                said.position.number,
            )
        if found is None:
            watermark = await search.watermark(self._store.database)
            if said.position.xid < watermark.xid + _PLAUSIBLE:
                raise JournalBehind(f"{self._service} : {said.type} {said.position}")
        return said.position if found else None
