"""Maintenance : on lit, on n'écrit plus, et chaque page dit pourquoi. Un seul flux pour la plateforme."""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never

from events.stream import Stream, StreamId
from events.types import Public

from identity.domain.vocabulaire import CompteId

# --- Événements ---


@dataclass(frozen=True, slots=True)
class MaintenanceCommencee:
    """Les écritures sont coupées. message : ce que chacun lit."""

    message: Public
    par: CompteId
    commencee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class MaintenanceTerminee:
    """On écrit de nouveau."""

    par: CompteId
    terminee_le: dt.datetime


type Event = MaintenanceCommencee | MaintenanceTerminee

# --- État : celle qui dure, s'il y en a une ---

type State = MaintenanceCommencee | None
initial: State = None


def evolve(state: State, event: Event) -> State:
    match event:
        case MaintenanceCommencee():
            return event
        case MaintenanceTerminee():
            return None
        case _:
            assert_never(event)


# --- Commandes ---


@dataclass(frozen=True, slots=True)
class CommencerMaintenance:
    """Couper les écritures, ou changer le message."""

    message: str
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class TerminerMaintenance:
    """Les rouvrir."""

    par: CompteId
    maintenant: dt.datetime


type Command = CommencerMaintenance | TerminerMaintenance


def decide(command: Command, state: State) -> list[Event]:
    match command:
        case CommencerMaintenance(message, par, maintenant):
            deja = state is not None and state.message == message
            return [] if deja else [MaintenanceCommencee(message, par, maintenant)]
        case TerminerMaintenance(par, maintenant):
            return [] if state is None else [MaintenanceTerminee(par, maintenant)]
        case _:
            assert_never(command)


MAINTENANCE = Stream("maintenance", initial, decide, evolve)
PLATEFORME: StreamId[Command, State, Event] = MAINTENANCE("plateforme")
