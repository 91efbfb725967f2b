"""What the writers asked and were answered, one line per attempt; what the others were told."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID


class Operation(StrEnum):
    """What is asked of one activité; each at most once per activité, in this order.

    ERASE : its texts, because whoever wrote it is erased, even of a deleted one.
    """

    RECORD = "enregistrer"
    CORRECT = "corriger"
    DELETE = "supprimer"
    ERASE = "effacer"


class Outcome(StrEnum):
    """acknowledged : must be stored.   refused : must not.   unknown : may be, once at most."""

    ACKNOWLEDGED = "acquittée"
    REFUSED = "refusée"
    UNKNOWN = "incertaine"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. start, end : seconds since the load's start.

    status : of HTTP, 0 without an answer; None when it did not go through the API.
    """

    operation: Operation
    id: UUID
    start: float
    end: float
    status: int | None
    outcome: Outcome
    expected: Mapping[str, Any]
    """Fields of the stored event that tell what was asked."""


@dataclass(slots=True)
class History:
    """Kept in memory and in a file, so that a loss can be read again."""

    file: Path
    attempts: list[Attempt] = field(default_factory=list[Attempt])

    def add(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        with self.file.open("a") as out:
            out.write(json.dumps(asdict(attempt), default=str, ensure_ascii=False) + "\n")


@dataclass(frozen=True, slots=True)
class Command:
    """All the attempts of one command, summed up."""

    operation: Operation
    id: UUID
    outcome: Outcome
    expected: Mapping[str, Any]


def commands(attempts: Iterable[Attempt]) -> list[Command]:
    """One answer of success is enough; one unknown attempt forbids to call the command refused, for it may
    still be carried out after a later refusal."""
    grouped: dict[tuple[Operation, UUID], list[Attempt]] = {}
    for attempt in attempts:
        grouped.setdefault((attempt.operation, attempt.id), []).append(attempt)
    found: list[Command] = []
    for (operation, activite_id), tries in grouped.items():
        outcomes = {attempt.outcome for attempt in tries}
        for outcome in (Outcome.ACKNOWLEDGED, Outcome.UNKNOWN, Outcome.REFUSED):
            if outcome in outcomes:
                found.append(Command(operation, activite_id, outcome, tries[0].expected))
                break
    return found


def longest_stall(attempts: Sequence[Attempt]) -> float:
    """Seconds: the longest time without any acknowledgement, all writers together, while some asked."""
    if not attempts:
        return 0.0
    times = [min(a.start for a in attempts)]
    times += sorted(a.end for a in attempts if a.outcome is Outcome.ACKNOWLEDGED)
    times.append(max(a.end for a in attempts))
    return max(b - a for a, b in pairwise(times))


@dataclass(frozen=True, slots=True)
class Deed:
    """What a journal said it had written: this version of this stream."""

    service: str
    stream: str
    version: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that opened a session. who : the person.   address : the one that the federation gave.

    compte_id : the account that it opened.
    """

    who: str
    address: str
    compte_id: UUID


@dataclass(frozen=True, slots=True)
class Erased:
    """A person, or the contacts of a lieu, erased where their fact is. mark : was in each of their texts."""

    service: str
    kind: str
    person: UUID
    mark: str


@dataclass(slots=True)
class Told:
    """What was acknowledged beside the commands of the writers."""

    deeds: list[Deed] = field(default_factory=list[Deed])
    sign_ins: list[SignIn] = field(default_factory=list[SignIn])
    tried: dict[str, str] = field(default_factory=dict[str, str])
    """Person -> the address with which they last tried to sign in, let in or not."""
    erased: list[Erased] = field(default_factory=list[Erased])
