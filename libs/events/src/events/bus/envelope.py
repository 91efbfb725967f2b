"""The headers of a published fact, read back from a message that anybody may have written."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from events.projection.source import Rejected
from events.types import Position

_MAX_TEXT = 200
_MAX_NUMBER = 2**63


class Envelope(NamedTuple):
    """What `relay.message_of` wrote beside the body."""

    position: Position
    id: UUID
    stream: str
    version: int
    type: str
    time: dt.datetime


def opened(headers: Mapping[str, str] | None) -> Envelope:
    """Raises Rejected, which names the header that is missing or that no relay can have written."""
    if headers is None:
        raise Rejected("sans en-tête")
    name = "coop-position"
    try:
        position = Position.parse(headers[name])
        name = "ce-id"
        event_id = UUID(headers[name])
        name = "coop-version"
        version = int(headers[name])
        name = "ce-time"
        time = dt.datetime.fromisoformat(headers[name])
        name = "ce-subject"
        stream = headers[name]
        name = "ce-type"
        kind = headers[name]
    except KeyError:
        raise Rejected(f"{name} absent") from None
    except ValueError:
        raise Rejected(f"{name} illisible") from None
    # What PostgreSQL could not store, or Python not compare, would fail later, for ever.
    if not (0 < position.xid < _MAX_NUMBER and position.number < _MAX_NUMBER):
        raise Rejected("coop-position hors bornes")
    if not 0 < version < 2**31:
        raise Rejected("coop-version hors bornes")
    if time.tzinfo is None:
        raise Rejected("ce-time sans fuseau")
    if not (stream.isprintable() and kind.isprintable() and len(stream) <= _MAX_TEXT >= len(kind)):
        raise Rejected("ce-subject ou ce-type illisible")
    return Envelope(position, event_id, stream, version, kind, time)
