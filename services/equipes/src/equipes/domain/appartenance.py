"""Appartenance : un médiateur dans une équipe, autant de périodes qu'il y revient. Le passé reste daté."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from events.decider import Refusal
from events.stream import Stream

from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId, InvitationId, MediateurId


# --- Events ---
class Depart(StrEnum):
    """Qui a mis fin à l'appartenance."""

    LUI_MEME = "lui_meme"
    RETIRE = "retire"
    COMPTE_EFFACE = "compte_efface"


@dataclass(frozen=True, slots=True)
class MembreRejoint:
    """Un médiateur a rejoint une équipe, de son propre accord.

    invitation_id : celle qu'il a acceptée.   depuis : instant de son acceptation.
    """

    equipe_id: EquipeId
    mediateur_id: MediateurId
    compte_id: CompteId
    invitation_id: InvitationId
    depuis: dt.datetime


@dataclass(frozen=True, slots=True)
class MembreParti:
    """Un médiateur n'est plus membre : il est parti, un coordinateur l'a retiré, ou son compte est effacé.

    depuis : début de la période qui se ferme.   parti_le : sa fin, jamais avant son début.
    """

    equipe_id: EquipeId
    mediateur_id: MediateurId
    compte_id: CompteId
    par: Depart
    depuis: dt.datetime
    parti_le: dt.datetime


type Event = MembreRejoint | MembreParti


# --- State ---
@dataclass(frozen=True, slots=True)
class Jamais:
    """Le médiateur n'a jamais été membre de l'équipe."""


@dataclass(frozen=True, slots=True)
class Membre:
    """Il l'est."""

    rejoint: MembreRejoint


@dataclass(frozen=True, slots=True)
class Ancien:
    """Il l'a été."""

    parti: MembreParti


type State = Jamais | Membre | Ancien
initial: State = Jamais()


def evolve(state: State, event: Event) -> State:
    match event:
        case MembreRejoint():
            return Membre(event)
        case MembreParti():
            return Ancien(event)
        case _:
            assert_never(event)


# --- Commands and refusals ---
@dataclass(frozen=True, slots=True)
class RejoindreEquipe:
    """Suite d'une invitation acceptée : la seule façon d'entrer."""

    equipe_id: EquipeId
    mediateur_id: MediateurId
    compte_id: CompteId
    invitation_id: InvitationId
    acceptee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class QuitterEquipe:
    """Le membre s'en va, ou un coordinateur de l'équipe le retire.

    par : le compte connecté ; coordinateur_id : le sien, s'il en a un.   coordinateurs : ceux de l'équipe.
    siens : les comptes rapprochés du sien.
    """

    par: CompteId
    coordinateur_id: CoordinateurId | None
    coordinateurs: frozenset[CoordinateurId]
    maintenant: dt.datetime
    siens: frozenset[CompteId] = frozenset()


@dataclass(frozen=True, slots=True)
class EffacerMembre:
    """Suite de l'effacement d'un compte."""

    maintenant: dt.datetime


type Command = RejoindreEquipe | QuitterEquipe | EffacerMembre


class MembreInconnu(Refusal):
    """Cette personne n'est pas membre de l'équipe, ou vous n'y avez pas accès."""


class AppartenanceDUnAutre(Refusal):
    """Seuls le membre et les coordinateurs de l'équipe mettent fin à son appartenance."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case RejoindreEquipe(), Membre():
            return []
        case RejoindreEquipe(), Ancien(parti) if command.acceptee_le <= parti.parti_le:
            # An acceptance delivered twice, or older than the departure, brings nobody back.
            return []
        case RejoindreEquipe(), Jamais() | Ancien():
            return [
                MembreRejoint(
                    command.equipe_id,
                    command.mediateur_id,
                    command.compte_id,
                    command.invitation_id,
                    command.acceptee_le,
                )
            ]
        case QuitterEquipe() | EffacerMembre(), Jamais():
            raise MembreInconnu
        case QuitterEquipe(), Membre(rejoint):
            return [_parti(rejoint, _qui(command, rejoint.compte_id), command.maintenant)]
        case EffacerMembre(), Membre(rejoint):
            return [_parti(rejoint, Depart.COMPTE_EFFACE, command.maintenant)]
        case EffacerMembre(), Ancien():
            return []
        case QuitterEquipe(), Ancien(parti):
            _qui(command, parti.compte_id)
            return []
        case _:
            assert_never((command, state))


def _parti(rejoint: MembreRejoint, par: Depart, maintenant: dt.datetime) -> MembreParti:
    parti_le = max(maintenant, rejoint.depuis)
    return MembreParti(
        rejoint.equipe_id, rejoint.mediateur_id, rejoint.compte_id, par, rejoint.depuis, parti_le
    )


def _qui(command: QuitterEquipe, membre: CompteId) -> Depart:
    """Refuse quiconque n'est ni le membre ni un coordinateur."""
    if membre in {command.par, *command.siens}:
        return Depart.LUI_MEME
    if command.coordinateur_id in command.coordinateurs:
        return Depart.RETIRE
    raise AppartenanceDUnAutre


APPARTENANCE = Stream("appartenance", initial, decide, evolve)
