"""Intervention : ce qu'un administrateur fait d'un compte à la place de sa personne, et pourquoi.

Ce qui change est un fait de son propre flux (compte, emploi) ; celui d'ici, écrit avec lui, dit qui l'a fait
et pourquoi.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from events.stream import Stream
from events.types import Personal
from referentiels.nomenclature import Nomenclature

from identity.domain.acces import RaisonAbsente, SonPropreCompte
from identity.domain.vocabulaire import CompteId

# --- Événements ---


class Geste(Nomenclature):
    """Ce qui est fait."""

    EMPLOI_AJOUTE = "emploi_ajoute", "Emploi ajouté"
    EMPLOI_CORRIGE = "emploi_corrige", "Emploi corrigé"
    EMPLOI_TERMINE = "emploi_termine", "Emploi terminé"
    EMPLOI_RETIRE = "emploi_retire", "Emploi retiré"
    IDENTITE_LIEE = "identite_liee", "Identité ProConnect liée"
    IDENTITE_RETIREE = "identite_retiree", "Identité ProConnect retirée"
    ROLES_CHANGES = "roles_changes", "Rôles changés"
    COMPTE_FERME = "compte_ferme", "Compte fermé"
    COMPTE_ROUVERT = "compte_rouvert", "Compte rouvert"


@dataclass(frozen=True, slots=True)
class InterventionFaite:
    """par : le compte qui agit, None pour l'exploitant (`coop`)."""

    compte_id: CompteId
    geste: Geste
    par: CompteId | None
    raison: Annotated[str, Personal("compte", "compte_id")]
    faite_le: dt.datetime


type Event = InterventionFaite

# --- État : rien de ce qui s'est fait ne décide de la suite ---

type State = None
initial: State = None


def evolve(state: State, event: Event) -> State:
    return state


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class Intervenir:
    """Agir pour une personne, et dire pourquoi."""

    compte_id: CompteId
    geste: Geste
    par: CompteId | None
    raison: str
    maintenant: dt.datetime


type Command = Intervenir


def permettre(command: Intervenir) -> None:
    """Lève SonPropreCompte, avant toute autre faute : un autre administrateur s'en charge."""
    if command.par == command.compte_id:
        raise SonPropreCompte


def decide(command: Command, state: State) -> list[Event]:
    permettre(command)
    if not command.raison.strip():
        raise RaisonAbsente(field="/raison")
    return [
        InterventionFaite(
            command.compte_id, command.geste, command.par, command.raison.strip(), command.maintenant
        )
    ]


INTERVENTION = Stream("intervention", initial, decide, evolve)
