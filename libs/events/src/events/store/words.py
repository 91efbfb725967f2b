"""What is said to the journal, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from events.decider import Refusal
from events.stream import StreamId
from events.types import Position


@dataclass(frozen=True, slots=True)
class Context:
    """Who acts, and why: stored with each event. author : an account's id or a process's name."""

    author: str
    request_id: str
    causation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a command. version : the stream's. position : of its last event, None when it has none.

    changed : False when the command found nothing to change (a retry).
    """

    version: int
    position: Position | None
    changed: bool


@dataclass(frozen=True, slots=True)
class Intent[C, S, E]:
    """A command and the stream it is for, to be decided together with others (`Store.execute_many`).

    expected : the version that the command was made from; another one is a Conflict, as in `Store.execute`.
    """

    on: StreamId[C, S, E]
    command: C
    expected: int | None = None


class SomeRefused(Exception):
    """Commands that go together, all or none: some are refused, so none is carried out."""

    def __init__(self, refusals: Mapping[int, Refusal]) -> None:
        """refusals : by the place of the command among the others."""
        super().__init__(f"{len(refusals)} refused")
        self.refusals = dict(refusals)
