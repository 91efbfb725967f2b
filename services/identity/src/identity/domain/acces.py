"""Accès : le droit d'application d'un compte (support, admin), et sa suspension."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Annotated, assert_never

from events.decider import Refusal
from events.stream import Stream
from events.types import Personal

from identity.domain.vocabulaire import CompteId, Droit

type Raison = Annotated[str, Personal("compte", "compte_id")]
"""Pourquoi : un texte libre sur la personne, chiffré sous la clé de son compte."""

# --- Événements : `par` est le compte qui agit, None pour l'exploitant (`coop`) ---


@dataclass(frozen=True, slots=True)
class DroitDonne:
    """Le compte a désormais ce droit, à la place du précédent."""

    compte_id: CompteId
    droit: Droit
    par: CompteId | None
    raison: Raison
    donne_le: dt.datetime


@dataclass(frozen=True, slots=True)
class DroitRetire:
    """Le compte n'a plus aucun droit d'application. droit : celui qu'il avait."""

    compte_id: CompteId
    droit: Droit
    par: CompteId | None
    raison: Raison
    retire_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CompteSuspendu:
    """Le compte n'ouvre plus rien : ses sessions sont closes, une connexion est refusée."""

    compte_id: CompteId
    par: CompteId | None
    raison: Raison
    suspendu_le: dt.datetime


@dataclass(frozen=True, slots=True)
class SuspensionLevee:
    """La personne peut de nouveau se connecter."""

    compte_id: CompteId
    par: CompteId | None
    raison: Raison
    levee_le: dt.datetime


type Event = DroitDonne | DroitRetire | CompteSuspendu | SuspensionLevee


# --- État ---


@dataclass(frozen=True, slots=True)
class State:
    """droit : celui donné, qui ne sert à rien tant que le compte est suspendu."""

    droit: Droit = Droit.AUCUN
    suspendu: bool = False


initial = State()


def evolve(state: State, event: Event) -> State:
    match event:
        case DroitDonne():
            return replace(state, droit=event.droit)
        case DroitRetire():
            return replace(state, droit=Droit.AUCUN)
        case CompteSuspendu():
            return replace(state, suspendu=True)
        case SuspensionLevee():
            return replace(state, suspendu=False)
        case _:
            assert_never(event)


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class ChangerDroit:
    """Donner un droit d'application, en changer, ou le retirer (aucun)."""

    compte_id: CompteId
    droit: Droit
    par: CompteId | None
    raison: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class Suspendre:
    """Fermer la plateforme à ce compte."""

    compte_id: CompteId
    par: CompteId | None
    raison: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class LeverSuspension:
    """La lui rouvrir."""

    compte_id: CompteId
    par: CompteId | None
    raison: str
    maintenant: dt.datetime


type Command = ChangerDroit | Suspendre | LeverSuspension


class RaisonAbsente(Refusal):
    """Dites pourquoi : la raison est gardée avec ce qui est fait."""


class SonPropreCompte(Refusal):
    """Un autre administrateur doit s'en charger : ce compte est le vôtre."""


class DroitSuspendu(Refusal):
    """Ce compte est suspendu : levez d'abord la suspension."""


def decide(command: Command, state: State) -> list[Event]:
    if not command.raison.strip():
        raise RaisonAbsente(field="/raison")
    # Nobody shuts the last door behind them, nor opens one for themselves.
    if command.par == command.compte_id:
        raise SonPropreCompte
    compte_id, par, raison, maintenant = command.compte_id, command.par, command.raison, command.maintenant
    match command:
        case ChangerDroit(droit=droit) if droit == state.droit:
            return []
        case ChangerDroit(droit=Droit.AUCUN):
            return [DroitRetire(compte_id, state.droit, par, raison, maintenant)]
        case ChangerDroit(droit=droit):
            if state.suspendu:
                raise DroitSuspendu
            return [DroitDonne(compte_id, droit, par, raison, maintenant)]
        case Suspendre():
            return [] if state.suspendu else [CompteSuspendu(compte_id, par, raison, maintenant)]
        case LeverSuspension():
            return [SuspensionLevee(compte_id, par, raison, maintenant)] if state.suspendu else []
        case _:
            assert_never(command)


ACCES = Stream("acces", initial, decide, evolve)
