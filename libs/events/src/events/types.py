"""Words shared by every domain: JSON, upcasts, and the classification of texts. Standard library only."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple
from uuid import UUID

type Json = dict[str, Any]
type Upcast = Callable[[Json], Json]
"""The stored form of version n -> the stored form of version n + 1. Pure."""

ERASED = "effacé"
"""What a personal field reads as once its key is destroyed: a normal value, accepted everywhere."""


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a `str` field of an event as personal data: stored encrypted, under the key of one person.

    kind : what the key protects ("compte", "beneficiaire", "activite"), one key per (kind, person).
    person : name of the UUID field of the same event that says whose key it is.
    Only `str` and `str | None` fields may carry it: `ERASED` must be a value of the field.
    """

    kind: str
    person: str


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """Marks a `str` field of an event as reviewed and free of personal data."""


type Public = Annotated[str, NotPersonal()]
"""A text that may be stored and published in clear: a code, a label of a place, an identifier."""


class Position(NamedTuple):
    """Where an event stands in its service's feed: ordered by transaction, then by number (ADR 0001)."""

    xid: int
    number: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read what `str` wrote. Raises ValueError on anything else."""
        xid, _, number = text.partition("-")
        if not (
            xid.isascii() and number.isascii() and xid.isdigit() and number.isdigit() and len(text) <= 40
        ):
            raise ValueError("position illisible")
        return cls(int(xid), int(number))


START = Position(0, 0)
"""Before the first event."""
END = Position(2**63 - 1, 2**63 - 1)
"""After the last one, whatever comes."""


class Recorded[E](NamedTuple):
    """An event as the store holds it.

    A tuple, as `Position`: a replay makes millions of them. metadata_json : of the metadata, read on demand.
    """

    event: E
    id: UUID
    stream: str
    version: int
    position: Position
    recorded_at: dt.datetime
    metadata_json: str = "{}"

    @property
    def metadata(self) -> Json:
        """id, author, request_id, causation: what `Context` gave."""
        return json.loads(self.metadata_json)
