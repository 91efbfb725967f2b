"""Compte : une personne qui se connecte, ses identités chez ProConnect, ses adresses et son rôle."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from events.decider import Refusal
from events.stream import Stream

from identity.domain.compte_faits import (
    CguAcceptees,
    Champ,
    CompteEfface,
    CompteOuvert,
    CourrielAjoute,
    CourrielRetire,
    Event,
    IdentiteLiee,
    IdentitePersonneModifiee,
    RoleChoisi,
)
from identity.domain.vocabulaire import CompteId, CoordinateurId, MediateurId, Role

# --- État : ce dont les décisions ont besoin ; un état est un type ---


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
class EnInscription:
    """La personne n'a pas encore choisi de rôle. secondaires : ses autres adresses, qui la trouvent aussi."""

    compte_id: CompteId
    personne: Personne
    identites: frozenset[Identite] = frozenset()
    cgu: str | None = None
    secondaires: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Inscrit:
    """La personne a au moins un rôle."""

    compte_id: CompteId
    personne: Personne
    identites: frozenset[Identite]
    cgu: str | None
    mediateur_id: MediateurId | None = None
    coordinateur_id: CoordinateurId | None = None
    secondaires: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Efface:
    """La personne est effacée, définitivement."""


type Vivant = EnInscription | Inscrit
type State = Inconnu | EnInscription | Inscrit | Efface
initial: State = Inconnu()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case CompteOuvert(), _:
            return EnInscription(event.compte_id, _personne(event))
        case _, Inconnu():
            raise AssertionError("un compte commence par CompteOuvert")
        case CompteEfface(), _:
            return Efface()
        case _, Efface():
            return state
        case IdentiteLiee(), _:
            return replace(state, identites=state.identites | {Identite(event.emetteur, event.sub)})
        case IdentitePersonneModifiee(), _:
            return replace(state, personne=_personne(event))
        case CourrielAjoute(), _:
            return replace(state, secondaires=state.secondaires | {event.courriel})
        case CourrielRetire(), _:
            return replace(state, secondaires=state.secondaires - {event.courriel})
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
        case RoleChoisi(), Inscrit():
            return replace(
                state,
                mediateur_id=event.mediateur_id or state.mediateur_id,
                coordinateur_id=event.coordinateur_id or state.coordinateur_id,
            )
        case _:
            assert_never((event, state))


def roles(state: State) -> tuple[Role, ...]:
    """Les rôles tenus, dans un ordre fixe."""
    if not isinstance(state, Inscrit):
        return ()
    tenus = ((Role.MEDIATEUR, state.mediateur_id), (Role.COORDINATEUR, state.coordinateur_id))
    return tuple(role for role, identifiant in tenus if identifiant is not None)


def _personne(event: CompteOuvert | IdentitePersonneModifiee) -> Personne:
    return Personne(event.prenom, event.nom, event.courriel, event.telephone, event.siret)


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class OuvrirCompte:
    """Ouvrir un compte à une personne inconnue qui vient de se connecter."""

    compte_id: CompteId
    personne: Personne
    identite: Identite
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class LierIdentite:
    """Ouvrir à une identité un compte préparé (import, invitation), encore sans identité."""

    personne: Personne
    identite: Identite
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ReprendrePersonne:
    """Reprendre ce que ProConnect dit de la personne à une connexion."""

    personne: Personne
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class AjouterCourriel:
    """Ajouter une adresse dont la personne vient d'ouvrir la boîte. courriel : forme normale."""

    courriel: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RetirerCourriel:
    """Retirer une de ses autres adresses."""

    courriel: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ChoisirRole:
    """Choisir son rôle. identifiant : mediateur_id ou coordinateur_id, tiré par le client."""

    role: Role
    mediateur_id: MediateurId | None
    coordinateur_id: CoordinateurId | None
    cgu_acceptees: bool
    version_cgu: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerCompte:
    """Effacer la personne ; ses clés sont détruites dans la même transaction."""

    maintenant: dt.datetime


type Command = (
    OuvrirCompte
    | LierIdentite
    | ReprendrePersonne
    | AjouterCourriel
    | RetirerCourriel
    | ChoisirRole
    | EffacerCompte
)

COURRIELS_AU_PLUS = 5
"""Adresses d'un compte, celle de ProConnect comprise."""


class CompteInconnu(Refusal):
    """Ce compte n'existe pas."""


class CompteDejaOuvert(Refusal):
    """Ce compte est déjà ouvert."""


class IdentiteDejaLiee(Refusal):
    """Ce compte est déjà ouvert à une autre identité."""


class CourrielDejaAjoute(Refusal):
    """Cette adresse est déjà la vôtre."""


class CourrielPrincipal(Refusal):
    """Cette adresse vient de ProConnect : elle se change là-bas."""


class CourrielDUnAutreCompte(Refusal):
    """Cette adresse trouve déjà un autre compte. S’il est le vôtre aussi, écrivez au support."""


class TropDeCourriels(Refusal):
    """Un compte porte cinq adresses au plus : retirez-en une d’abord."""


class CguNonAcceptees(Refusal):
    """Pour continuer, vous devez accepter les conditions générales d'utilisation."""


class VersionDeCguInconnue(Refusal):
    """Cette version des conditions générales n'est pas celle qui est en vigueur."""


class RoleDejaChoisi(Refusal):
    """Un rôle est déjà choisi pour ce compte."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case OuvrirCompte(), Inconnu():
            return _ouvrir(command)
        case OuvrirCompte(), EnInscription() | Inscrit():
            if command.identite in state.identites:
                return []
            raise CompteDejaOuvert
        case EffacerCompte(), Efface():
            return []
        case _, Inconnu() | Efface():
            # Un compte effacé ne se distingue plus d'un compte qui n'a jamais existé.
            raise CompteInconnu
        case EffacerCompte(), EnInscription(compte_id=compte_id) | Inscrit(compte_id=compte_id):
            return [CompteEfface(compte_id, command.maintenant)]
        case LierIdentite(), EnInscription() | Inscrit():
            return _lier(command, state)
        case ReprendrePersonne(), EnInscription() | Inscrit():
            return _reprendre(state, command.personne, command.maintenant)
        case AjouterCourriel(), EnInscription() | Inscrit():
            return _ajouter(command, state)
        case RetirerCourriel(), EnInscription() | Inscrit():
            return _retirer(command, state)
        case ChoisirRole(), EnInscription() | Inscrit():
            return _choisir(command, state)
        case _:
            assert_never((command, state))


def _ouvrir(command: OuvrirCompte) -> list[Event]:
    p = command.personne
    return [
        CompteOuvert(
            command.compte_id, p.prenom, p.nom, p.courriel, p.telephone, p.siret, command.maintenant
        ),
        IdentiteLiee(command.compte_id, command.identite.emetteur, command.identite.sub, command.maintenant),
    ]


def _lier(command: LierIdentite, state: Vivant) -> list[Event]:
    if command.identite in state.identites:
        return _reprendre(state, command.personne, command.maintenant)
    # Un compte qui a déjà une identité ne s'ouvre pas à une autre sur la foi d'un courriel : étape 4 du
    # rapprochement (docs/domaine/proconnect.md §9).
    if state.identites:
        raise IdentiteDejaLiee
    liee = IdentiteLiee(state.compte_id, command.identite.emetteur, command.identite.sub, command.maintenant)
    return [liee, *_reprendre(state, command.personne, command.maintenant)]


def _reprendre(state: Vivant, personne: Personne, maintenant: dt.datetime) -> list[Event]:
    # Un téléphone ou un SIRET que ProConnect ne donne plus n'efface pas celui que nous avons.
    p = replace(
        personne,
        telephone=personne.telephone or state.personne.telephone,
        siret=personne.siret or state.personne.siret,
    )
    champs = tuple(c for c in Champ if getattr(p, c.value) != getattr(state.personne, c.value))
    if not champs:
        return []
    modifiee = IdentitePersonneModifiee(
        state.compte_id, champs, p.prenom, p.nom, p.courriel, p.telephone, p.siret, maintenant
    )
    if p.courriel not in state.secondaires:
        return [modifiee]
    # One of the account's other addresses becomes the one of ProConnect: they change places.
    return [
        CourrielRetire(state.compte_id, p.courriel, maintenant),
        modifiee,
        CourrielAjoute(state.compte_id, state.personne.courriel, maintenant),
    ]


def adresses(state: Vivant) -> Iterator[str]:
    """Celles qui trouvent ce compte, celle de ProConnect d'abord."""
    yield state.personne.courriel
    yield from sorted(state.secondaires)


def admettre(courriel: str, state: Vivant) -> None:
    """Lève CourrielDejaAjoute, TropDeCourriels : inutile alors d'écrire à cette adresse."""
    if courriel in adresses(state):
        raise CourrielDejaAjoute(field="/courriel")
    if len(state.secondaires) + 1 >= COURRIELS_AU_PLUS:
        raise TropDeCourriels(field="/courriel")


def _ajouter(command: AjouterCourriel, state: Vivant) -> list[Event]:
    if command.courriel in adresses(state):
        return []
    admettre(command.courriel, state)
    return [CourrielAjoute(state.compte_id, command.courriel, command.maintenant)]


def _retirer(command: RetirerCourriel, state: Vivant) -> list[Event]:
    if command.courriel == state.personne.courriel:
        raise CourrielPrincipal(field="/courriel")
    if command.courriel not in state.secondaires:
        return []
    return [CourrielRetire(state.compte_id, command.courriel, command.maintenant)]


def _choisir(command: ChoisirRole, state: Vivant) -> list[Event]:
    if isinstance(state, Inscrit):
        tenu = state.mediateur_id if command.role is Role.MEDIATEUR else state.coordinateur_id
        demande = command.mediateur_id if command.role is Role.MEDIATEUR else command.coordinateur_id
        if tenu is not None and tenu == demande:
            return []
        # Un coordinateur peut ajouter la médiation ; un médiateur ne se nomme pas coordinateur lui-même.
        if tenu is not None or command.role is Role.COORDINATEUR:
            raise RoleDejaChoisi
    if not command.cgu_acceptees:
        raise CguNonAcceptees(field="/cgu_acceptees")
    choisi = RoleChoisi(
        state.compte_id, command.role, command.mediateur_id, command.coordinateur_id, command.maintenant
    )
    if state.cgu == command.version_cgu:
        return [choisi]
    return [CguAcceptees(state.compte_id, command.version_cgu, command.maintenant), choisi]


COMPTE = Stream("compte", initial, decide, evolve)
