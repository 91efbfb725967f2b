"""Équipe : des médiateurs autour d'un coordinateur. L'équipe est l'objet ; les mandats passent (D7)."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from functools import reduce
from typing import assert_never

from events.decider import Refusal
from events.stream import Stream
from referentiels.textes import mene_ailleurs

from equipes.domain import passation, reclamation
from equipes.domain.equipe_etat import Absente, Existante, State, coordinateurs, evolve, initial
from equipes.domain.equipe_faits import EquipeCreee, Event
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId

NOM_LONGUEUR_MAX = 120
EQUIPES_MAX = 20
"""Équipes qu'une personne coordonne à la fois."""
_DOMAINE = re.compile(r"[^\W_]\.[^\W\d_]{2,}")


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


type Command = CreerEquipe | passation.Command | reclamation.Command


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
        case _, Absente():
            raise EquipeInconnue
        case _, Existante():
            # What the hour has already done is written first: whoever is gone decides nothing more.
            echus = passation.echus(command.equipe_id, state, command.maintenant)
            after = _apres(state, echus)
            if isinstance(command, reclamation.ReclamerEquipe | reclamation.DonnerVoix):
                return [*echus, *reclamation.reclamer(command, after)]
            return [*echus, *passation.passer(command, after)]
        case _:
            assert_never((command, state))


def a_l_instant(equipe_id: EquipeId, state: State, maintenant: dt.datetime) -> State:
    """L'équipe telle que l'heure la fait : un départ dont la date est venue a eu lieu, même pas écrit."""
    if isinstance(state, Absente):
        return state
    return _apres(state, passation.echus(equipe_id, state, maintenant))


def _apres(state: Existante, faits: list[Event]) -> Existante:
    after = reduce(evolve, faits, state)
    assert isinstance(after, Existante)
    return after


def _nom_propre(nom: str) -> str:
    """Sans espaces superflus. Refuse ce qui ne s'affiche pas : caractères de contrôle, moitiés de paires."""
    if any(unicodedata.category(lettre) in {"Cc", "Cs"} for lettre in nom):
        raise NomInvalide(field="/nom")
    propre = " ".join(nom.split())
    # Ce nom est montré à des personnes qui n'ont rien demandé : il n'y mène nulle part.
    if mene_ailleurs(propre) or _DOMAINE.search(propre):
        raise NomInvalide(field="/nom")
    if not 1 <= len(propre) <= NOM_LONGUEUR_MAX:
        raise NomInvalide(field="/nom")
    return propre


EQUIPE = Stream("equipe", initial, decide, evolve)
