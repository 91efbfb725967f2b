"""L'état d'un compte : ce dont ses décisions ont besoin ; un état est un type."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from identity.domain.compte_faits import (
    CguAcceptees,
    CompteEfface,
    CompteFerme,
    CompteOuvert,
    ComptePrepare,
    CompteRenvoye,
    CompteRouvert,
    CourrielAjoute,
    CourrielRetire,
    Event,
    IdentiteLiee,
    IdentitePersonneModifiee,
    IdentiteRetiree,
    RenvoiAnnule,
    RoleChoisi,
    RoleRetire,
    RolesApportes,
    RolesRendus,
    SiretEcarte,
)
from identity.domain.vocabulaire import CompteId, CoordinateurId, MediateurId, RapprochementId, Role


@dataclass(frozen=True, slots=True)
class Personne:
    """Ce que ProConnect dit d'une personne, remis en forme. courriel : forme normale."""

    prenom: str
    nom: str
    courriel: str
    telephone: str | None = None
    siret: str | None = None


@dataclass(frozen=True, slots=True)
class Identite:
    """Une identité de la fédération : le couple (émetteur, sub) est unique."""

    emetteur: str
    sub: str


@dataclass(frozen=True, slots=True)
class Inconnu:
    """Aucun compte à cet identifiant."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Le compte attend la première connexion de cette adresse, qu'une équipe a invitée."""

    compte_id: CompteId
    courriel: str
    prepare_le: dt.datetime


@dataclass(frozen=True, slots=True)
class EnInscription:
    """La personne n'a pas encore choisi de rôle. secondaires : ses autres adresses, qui la trouvent aussi."""

    compte_id: CompteId
    personne: Personne
    identites: frozenset[Identite] = frozenset()
    cgu: str | None = None
    secondaires: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Inscrit:
    """La personne a au moins un rôle. siret_ecarte : celui de ProConnect, s'il n'est pas son employeur."""

    compte_id: CompteId
    personne: Personne
    identites: frozenset[Identite]
    cgu: str | None
    mediateur_id: MediateurId | None = None
    coordinateur_id: CoordinateurId | None = None
    secondaires: frozenset[str] = frozenset()
    siret_ecarte: str | None = None


@dataclass(frozen=True, slots=True)
class Efface:
    """La personne est effacée, définitivement."""


type Vivant = EnInscription | Inscrit


@dataclass(frozen=True, slots=True)
class Renvoye:
    """Le compte d'une personne qui en a un autre. avant : ce qu'il redeviendrait."""

    avant: Vivant
    vers: CompteId
    rapprochement_id: RapprochementId


@dataclass(frozen=True, slots=True)
class Ferme:
    """La personne a fermé son compte, et peut encore le rouvrir. avant : ce qu'il redeviendrait."""

    avant: Vivant
    effacement_le: dt.datetime


type State = Inconnu | Prepare | EnInscription | Inscrit | Renvoye | Ferme | Efface
initial: State = Inconnu()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case ComptePrepare(), _:
            return Prepare(event.compte_id, event.courriel, event.prepare_le)
        case CompteOuvert(), _:
            return EnInscription(event.compte_id, _personne(event))
        case CompteEfface(), Prepare():
            return Efface()
        case _, Inconnu() | Prepare():
            raise AssertionError("un compte commence par CompteOuvert")
        case CompteEfface(), _:
            return Efface()
        case _, Efface():
            return state
        case CompteRenvoye(), _:
            avant = state if isinstance(state, EnInscription | Inscrit) else state.avant
            return Renvoye(avant, event.vers, event.rapprochement_id)
        case RenvoiAnnule(), _:
            return state.avant if isinstance(state, Renvoye) else state
        case CompteFerme(), EnInscription() | Inscrit():
            return Ferme(state, event.effacement_le)
        case CompteRouvert(), Ferme():
            return state.avant
        case CompteFerme() | CompteRouvert(), _:
            return state
        case _, Renvoye() | Ferme():
            return replace(state, avant=_evoluer(state.avant, event))
        case _:
            return _evoluer(state, event)


type _Ordinaire = (
    IdentiteLiee
    | IdentiteRetiree
    | IdentitePersonneModifiee
    | CourrielAjoute
    | CourrielRetire
    | CguAcceptees
    | RoleChoisi
    | RoleRetire
    | RolesApportes
    | RolesRendus
    | SiretEcarte
)
"""Ce qui arrive à un compte sans changer ce qu'il est."""


def _evoluer(state: Vivant, event: _Ordinaire) -> Vivant:
    match event, state:
        case IdentiteLiee(), _:
            return replace(state, identites=state.identites | {Identite(event.emetteur, event.sub)})
        case IdentiteRetiree(), _:
            return replace(state, identites=state.identites - {Identite(event.emetteur, event.sub)})
        case IdentitePersonneModifiee(), _:
            return replace(state, personne=_personne(event))
        case CourrielAjoute(), _:
            # That of ProConnect, which another account held, may become this account's too.
            return replace(
                state, secondaires=state.secondaires | {event.courriel} - {state.personne.courriel}
            )
        case CourrielRetire(), _:
            return _sans(state, event.courriel)
        case CguAcceptees(), _:
            return replace(state, cgu=event.version)
        case RoleChoisi(), EnInscription():
            return Inscrit(
                state.compte_id,
                state.personne,
                state.identites,
                state.cgu,
                event.mediateur_id,
                event.coordinateur_id,
                state.secondaires,
            )
        case ((RoleChoisi() | RolesApportes()), Inscrit()):
            return replace(
                state,
                mediateur_id=event.mediateur_id or state.mediateur_id,
                coordinateur_id=event.coordinateur_id or state.coordinateur_id,
            )
        case RoleRetire(role=Role.MEDIATEUR), Inscrit():
            return replace(state, mediateur_id=None)
        case RoleRetire(), Inscrit():
            return replace(state, coordinateur_id=None)
        case RolesRendus(), Inscrit():
            return replace(
                state,
                mediateur_id=None if event.mediateur_id else state.mediateur_id,
                coordinateur_id=None if event.coordinateur_id else state.coordinateur_id,
            )
        case ((RoleRetire() | RolesApportes() | RolesRendus()), EnInscription()):
            return state
        case SiretEcarte(), Inscrit():
            return replace(state, siret_ecarte=event.siret)
        case SiretEcarte(), EnInscription():
            return state
        case _:
            assert_never((event, state))


def _sans(state: Vivant, courriel: str) -> Vivant:
    if courriel == state.personne.courriel:
        return replace(state, personne=replace(state.personne, courriel=""))
    return replace(state, secondaires=state.secondaires - {courriel})


def _personne(event: CompteOuvert | IdentitePersonneModifiee) -> Personne:
    return Personne(event.prenom, event.nom, event.courriel, event.telephone, event.siret)


def adresses(state: Vivant) -> Iterator[str]:
    """Celles qui trouvent ce compte, celle de ProConnect d'abord."""
    yield state.personne.courriel
    yield from sorted(state.secondaires)
