"""L'état d'une équipe : ce dont ses décisions ont besoin."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import assert_never

from events.types import ERASED

from equipes.domain.equipe_faits import (
    CoordinateurEfface,
    DepartAnnonce,
    DepartAnnule,
    EquipeCreee,
    EquipeReclamee,
    Event,
    MandatFini,
    MandatOuvert,
    NomEfface,
    PassationAcceptee,
    PassationDeclinee,
    ReclamationEcartee,
    SuccesseurDesigne,
    VoixDonnee,
)
from equipes.domain.vocabulaire import CompteId, CoordinateurId


@dataclass(frozen=True, slots=True)
class Mandat:
    """La charge de coordonner l'équipe, depuis un instant."""

    coordinateur_id: CoordinateurId
    compte_id: CompteId
    depuis: dt.datetime


@dataclass(frozen=True, slots=True)
class Depart:
    """Un départ annoncé, pas encore arrivé."""

    coordinateur_id: CoordinateurId
    effet_le: dt.datetime


@dataclass(frozen=True, slots=True)
class Successeur:
    """La personne désignée. coordinateur_id : absent tant que son accord manque."""

    compte_id: CompteId
    coordinateur_id: CoordinateurId | None


@dataclass(frozen=True, slots=True)
class Reclamation:
    """Qui réclame l'équipe, et les membres qui en veulent ou n'en veulent pas."""

    coordinateur_id: CoordinateurId
    compte_id: CompteId
    pour: frozenset[CompteId] = frozenset()
    contre: frozenset[CompteId] = frozenset()


@dataclass(frozen=True, slots=True)
class Absente:
    """Personne n'a créé d'équipe sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class Existante:
    """L'équipe existe. mandats : ceux qui sont en cours.   nom_de : sous la clé de qui son nom se lit.

    successeur : désigné pour le départ annoncé ; sans départ, l'équipe n'a plus de coordinateur et l'attend.
    proposees : instants où elle fut proposée ou réclamée, le dernier jour ; chacun a fait écrire à quelqu'un.
    """

    nom: str
    nom_de: CompteId | None
    mandats: tuple[Mandat, ...]
    depart: Depart | None = None
    successeur: Successeur | None = None
    reclamation: Reclamation | None = None
    proposees: tuple[dt.datetime, ...] = ()


type State = Absente | Existante
initial: State = Absente()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case EquipeCreee(), _:
            mandat = Mandat(event.coordinateur_id, event.compte_id, event.depuis)
            return Existante(event.nom, event.compte_id, (mandat,))
        case _, Absente():
            raise AssertionError("une équipe commence par EquipeCreee")
        case DepartAnnonce(), _:
            return replace(state, depart=Depart(event.coordinateur_id, event.effet_le), successeur=None)
        case SuccesseurDesigne(), _:
            successeur = Successeur(event.compte_id, event.coordinateur_id)
            return replace(state, successeur=successeur, proposees=_avec(state, event.designe_le))
        case PassationAcceptee(), _:
            return replace(state, successeur=Successeur(event.compte_id, event.coordinateur_id))
        case PassationDeclinee(), _:
            return replace(state, successeur=None)
        case DepartAnnule(), _:
            return replace(state, depart=None, successeur=None)
        case MandatFini(), _:
            return _fini(state, event.coordinateur_id)
        case MandatOuvert(), _:
            mandat = Mandat(event.coordinateur_id, event.compte_id, event.depuis)
            mandats = (*state.mandats, mandat)
            return Existante(event.nom, event.compte_id, mandats, proposees=state.proposees)
        case EquipeReclamee(), _:
            reclamation = Reclamation(event.coordinateur_id, event.compte_id)
            return replace(state, reclamation=reclamation, proposees=_avec(state, event.reclamee_le))
        case VoixDonnee(), _:
            return replace(state, reclamation=_avec_voix(state.reclamation, event))
        case ReclamationEcartee(), _:
            return replace(state, reclamation=None)
        case CoordinateurEfface(), _:
            fini = _fini(state, event.coordinateur_id)
            return replace(fini, nom=ERASED, nom_de=None) if state.nom_de == event.compte_id else fini
        case NomEfface(), _:
            return replace(state, nom=ERASED, nom_de=None)
        case _:
            assert_never((event, state))


def _fini(state: Existante, coordinateur_id: CoordinateurId) -> Existante:
    """Without this mandat; who was to succeed, and has not answered, still may."""
    restent = tuple(mandat for mandat in state.mandats if mandat.coordinateur_id != coordinateur_id)
    parti = state.depart is not None and state.depart.coordinateur_id == coordinateur_id
    return replace(state, mandats=restent, depart=None if parti else state.depart)


def _avec(state: Existante, instant: dt.datetime) -> tuple[dt.datetime, ...]:
    return (*proposees_du_jour(state, instant), instant)


def proposees_du_jour(state: Existante, maintenant: dt.datetime) -> tuple[dt.datetime, ...]:
    """Les instants du dernier jour où l'équipe fut proposée ou réclamée."""
    return tuple(un for un in state.proposees if un > maintenant - dt.timedelta(days=1))


def _avec_voix(reclamation: Reclamation | None, voix: VoixDonnee) -> Reclamation | None:
    """The last word of each member counts."""
    if reclamation is None:
        return None
    elle = frozenset({voix.compte_id})
    pour, contre = reclamation.pour - elle, reclamation.contre - elle
    return replace(
        reclamation, pour=pour | elle if voix.pour else pour, contre=contre if voix.pour else contre | elle
    )


def coordinateurs(state: State) -> frozenset[CoordinateurId]:
    """Ceux dont le mandat est en cours ; personne si l'équipe n'existe pas."""
    match state:
        case Absente():
            return frozenset()
        case Existante(mandats=mandats):
            return frozenset(mandat.coordinateur_id for mandat in mandats)
        case _:
            assert_never(state)
