"""Usurpation : le support voit la plateforme comme une personne la voit, sans rien y changer (F5)."""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never

from events.decider import Refusal
from events.stream import Stream

from identity.domain import acces
from identity.domain.acces import Raison, RaisonAbsente
from identity.domain.vocabulaire import CompteId, Droit, SessionId

DUREE = dt.timedelta(minutes=30)

# --- Événements : dans le flux de la personne vue, qui les lit dans son histoire ---


@dataclass(frozen=True, slots=True)
class UsurpationCommencee:
    """Ce compte est vu, en lecture, par un autre. session_id : la session ouverte pour cela."""

    compte_id: CompteId
    usurpateur: CompteId
    session_id: SessionId
    raison: Raison
    jusqu_a: dt.datetime
    commencee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class UsurpationTerminee:
    """Il ne l'est plus."""

    compte_id: CompteId
    usurpateur: CompteId
    session_id: SessionId
    terminee_le: dt.datetime


type Event = UsurpationCommencee | UsurpationTerminee


# --- État : celles qui durent encore ---

type State = tuple[UsurpationCommencee, ...]
initial: State = ()


def evolve(state: State, event: Event) -> State:
    match event:
        case UsurpationCommencee():
            return (*state, event)
        case UsurpationTerminee():
            return tuple(une for une in state if une.session_id != event.session_id)
        case _:
            assert_never(event)


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class CommencerUsurpation:
    """Voir la plateforme comme ce compte. vu : son accès, au moment de décider."""

    compte_id: CompteId
    vu: acces.State
    usurpateur: CompteId
    session_id: SessionId
    raison: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class TerminerUsurpation:
    """Revenir à soi, ou le terme est passé."""

    session_id: SessionId
    maintenant: dt.datetime


type Command = CommencerUsurpation | TerminerUsurpation


class UsurpationImpossible(Refusal):
    """Ce compte ne se voit pas ainsi : c'est le vôtre, il a un droit, ou il est suspendu."""


def decide(command: Command, state: State) -> list[Event]:
    match command:
        case CommencerUsurpation():
            if not command.raison.strip():
                raise RaisonAbsente(field="/raison")
            # Nobody gains a right by it.
            soi, vu = command.usurpateur == command.compte_id, command.vu
            if soi or vu.suspendu or vu.droit is not Droit.AUCUN:
                raise UsurpationImpossible
            return [
                UsurpationCommencee(
                    command.compte_id,
                    command.usurpateur,
                    command.session_id,
                    command.raison,
                    command.maintenant + DUREE,
                    command.maintenant,
                )
            ]
        case TerminerUsurpation():
            return [
                UsurpationTerminee(une.compte_id, une.usurpateur, une.session_id, command.maintenant)
                for une in state
                if une.session_id == command.session_id
            ]
        case _:
            assert_never(command)


USURPATION = Stream("usurpation", initial, decide, evolve)
