"""Équipe : des médiateurs autour d'un coordinateur. L'équipe est l'objet ; les mandats passent (D7)."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Annotated, assert_never

from events.decider import Refusal
from events.stream import Stream
from events.types import ERASED, Personal

from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId

NOM_LONGUEUR_MAX = 120
EQUIPES_MAX = 20
"""Équipes qu'une personne coordonne à la fois."""
_LIEN = re.compile(r"://|\bwww\.|@|[^\W_]\.[^\W\d_]{2,}", re.IGNORECASE)
"""Une adresse web, un nom de domaine, un courriel."""


# --- Events ---
@dataclass(frozen=True, slots=True)
class EquipeCreee:
    """Un coordinateur a créé une équipe ; son mandat, le premier, est ouvert.

    nom : 1 à 120 caractères, écrit librement (donc peut-être un nom de personne : chiffré, clé du créateur).
    coordinateur_id, compte_id : le premier coordinateur et son compte.   depuis : ouverture de son mandat.
    """

    equipe_id: EquipeId
    nom: Annotated[str, Personal("compte", "compte_id")]
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    depuis: dt.datetime


@dataclass(frozen=True, slots=True)
class CoordinateurEfface:
    """Le coordinateur est effacé : son mandat prend fin, le nom qu'il avait donné à l'équipe disparaît.

    depuis : ouverture du mandat qui se ferme.
    """

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    depuis: dt.datetime
    efface_le: dt.datetime


type Event = EquipeCreee | CoordinateurEfface


# --- State ---
@dataclass(frozen=True, slots=True)
class Mandat:
    """La charge de coordonner l'équipe, depuis un instant."""

    coordinateur_id: CoordinateurId
    compte_id: CompteId
    depuis: dt.datetime


@dataclass(frozen=True, slots=True)
class Absente:
    """Personne n'a créé d'équipe sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class Existante:
    """L'équipe existe ; `mandats` : ceux qui sont en cours."""

    nom: str
    mandats: tuple[Mandat, ...]


type State = Absente | Existante
initial: State = Absente()


def evolve(state: State, event: Event) -> State:
    match event:
        case EquipeCreee():
            mandat = Mandat(event.coordinateur_id, event.compte_id, event.depuis)
            return Existante(event.nom, (mandat,))
        case CoordinateurEfface():
            if isinstance(state, Absente):
                raise AssertionError("une équipe commence par EquipeCreee")
            restent = tuple(m for m in state.mandats if m.compte_id != event.compte_id)
            return replace(state, nom=ERASED, mandats=restent)
        case _:
            assert_never(event)


def coordinateurs(state: State) -> frozenset[CoordinateurId]:
    """Ceux dont le mandat est en cours ; personne si l'équipe n'existe pas."""
    match state:
        case Absente():
            return frozenset()
        case Existante(mandats=mandats):
            return frozenset(mandat.coordinateur_id for mandat in mandats)
        case _:
            assert_never(state)


# --- Commands and refusals ---
@dataclass(frozen=True, slots=True)
class CreerEquipe:
    """Le coordinateur connecté veut une équipe ; il en sera le premier coordinateur.

    coordonnees : combien d'équipes il coordonne déjà.
    """

    equipe_id: EquipeId
    nom: str
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    maintenant: dt.datetime
    coordonnees: int = 0


@dataclass(frozen=True, slots=True)
class EffacerCoordinateur:
    """Suite de l'effacement d'un compte."""

    equipe_id: EquipeId
    compte_id: CompteId
    maintenant: dt.datetime


type Command = CreerEquipe | EffacerCoordinateur


class EquipeInconnue(Refusal):
    """Cette équipe n'existe pas, ou vous n'y avez pas accès."""


class EquipeDejaCreee(Refusal):
    """Cet identifiant d'équipe est déjà utilisé."""


class NomInvalide(Refusal):
    """Le nom de l'équipe compte de 1 à 120 caractères visibles, sur une ligne, sans adresse web."""


class TropDEquipes(Refusal):
    """Vous coordonnez déjà le plus grand nombre d'équipes permis."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case CreerEquipe(), Absente():
            if command.coordonnees >= EQUIPES_MAX:
                raise TropDEquipes
            return [
                EquipeCreee(
                    command.equipe_id,
                    _nom_propre(command.nom),
                    command.coordinateur_id,
                    command.compte_id,
                    command.maintenant,
                )
            ]
        case CreerEquipe(), Existante():
            if command.coordinateur_id not in coordinateurs(state) or _nom_propre(command.nom) != state.nom:
                raise EquipeDejaCreee
            return []
        case EffacerCoordinateur(), Absente():
            raise EquipeInconnue
        case EffacerCoordinateur(compte_id=compte_id), Existante(mandats=mandats):
            return [
                CoordinateurEfface(
                    command.equipe_id, mandat.coordinateur_id, compte_id, mandat.depuis, command.maintenant
                )
                for mandat in mandats
                if mandat.compte_id == compte_id
            ]
        case _:
            assert_never((command, state))


def _nom_propre(nom: str) -> str:
    """Sans espaces superflus. Refuse ce qui ne s'affiche pas : caractères de contrôle, moitiés de paires."""
    if any(unicodedata.category(lettre) in {"Cc", "Cs"} for lettre in nom):
        raise NomInvalide(field="/nom")
    propre = " ".join(nom.split())
    # Ce nom est montré à des personnes qui n'ont rien demandé : il n'y mène nulle part.
    if _LIEN.search(propre):
        raise NomInvalide(field="/nom")
    if not 1 <= len(propre) <= NOM_LONGUEUR_MAX:
        raise NomInvalide(field="/nom")
    return propre


EQUIPE = Stream("equipe", initial, decide, evolve)
