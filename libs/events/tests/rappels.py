"""A process manager for the engine's own tests: each note asks for a reminder, until it is closed."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from carnet import CarnetFerme, CarnetId, NoteAjoutee
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.types import Public

MIDI = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Suivi:
    """notes : how many the notebook has; somme : of their ranks, wrong as soon as one is taken twice."""

    notes: int
    somme: int


@dataclass(frozen=True, slots=True)
class Compter:
    """At once."""

    carnet_id: CarnetId
    titre: Public


@dataclass(frozen=True, slots=True)
class Rappeler:
    """As many days later as the note's rank."""

    carnet_id: CarnetId
    rang: int


type Ordre = Compter | Rappeler
READS = (NoteAjoutee, CarnetFerme)


def key(event: NoteAjoutee | CarnetFerme) -> UUID:
    return event.carnet_id


def react(row: Suivi | None, event: NoteAjoutee | CarnetFerme) -> Then[Suivi, Ordre]:
    match event:
        case NoteAjoutee(titre="poison"):
            raise KeyError("Zoé Canari ne passe pas")
        case NoteAjoutee(carnet_id=carnet_id, rang=rang, titre=titre):
            avant = row or Suivi(0, 0)
            return Then(
                Suivi(avant.notes + 1, avant.somme + rang),
                [
                    Order(Compter(carnet_id, titre)),
                    Order(Rappeler(carnet_id, rang), at=MIDI + dt.timedelta(days=rang)),
                ],
            )
        case CarnetFerme():
            return Then(None)


async def perform(tools: Callable[[Asked[Ordre]], Awaitable[None]], asked: Asked[Ordre]) -> None:
    """What the test says."""
    await tools(asked)
