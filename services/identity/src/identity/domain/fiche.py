"""Fiche : ce qu'une personne dit d'elle aux autres professionnels, et ce qu'elle accepte de montrer.

Rien ne se montre sans accord. Chaque accord, donné ou retiré, est un fait daté, champ par champ.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from events.stream import Stream

from identity.domain.vocabulaire import Competence, CompteId, Montrable

# --- Événements ---


@dataclass(frozen=True, slots=True)
class CompetencesDeclarees:
    """La personne dit ce qu'elle sait faire. competences : toutes, sans doublon, ou aucune."""

    compte_id: CompteId
    competences: tuple[Competence, ...]
    declarees_le: dt.datetime


@dataclass(frozen=True, slots=True)
class AccordDonne:
    """La personne accepte que ceci se montre aux autres professionnels."""

    compte_id: CompteId
    montrable: Montrable
    donne_le: dt.datetime


@dataclass(frozen=True, slots=True)
class AccordRetire:
    """La personne n'accepte plus que ceci se montre : l'effet est immédiat."""

    compte_id: CompteId
    montrable: Montrable
    retire_le: dt.datetime


type Event = CompetencesDeclarees | AccordDonne | AccordRetire


# --- État ---


@dataclass(frozen=True, slots=True)
class Fiche:
    """Celle d'une personne qui n'a rien dit est vide : rien ne se montre."""

    competences: tuple[Competence, ...] = ()
    accords: frozenset[Montrable] = frozenset()


type State = Fiche
initial: State = Fiche()


def evolve(state: State, event: Event) -> State:
    match event:
        case CompetencesDeclarees():
            return replace(state, competences=event.competences)
        case AccordDonne():
            return replace(state, accords=state.accords | {event.montrable})
        case AccordRetire():
            return replace(state, accords=state.accords - {event.montrable})
        case _:
            assert_never(event)


# --- Commandes : la personne dispose de sa fiche, rien ne lui est refusé ---


@dataclass(frozen=True, slots=True)
class DeclarerCompetences:
    """Dire ce que l'on sait faire, à la place de ce que l'on disait."""

    compte_id: CompteId
    competences: frozenset[Competence]
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ChoisirCeQuiSeMontre:
    """Donner ou retirer ses accords. montre : tout ce que l'on accepte ; le reste ne se montre pas."""

    compte_id: CompteId
    montre: frozenset[Montrable]
    maintenant: dt.datetime


type Command = DeclarerCompetences | ChoisirCeQuiSeMontre


def decide(command: Command, state: State) -> list[Event]:
    match command:
        case DeclarerCompetences():
            # In the order of the nomenclature: the same choice is the same fact.
            competences = tuple(c for c in Competence if c in command.competences)
            if competences == state.competences:
                return []
            return [CompetencesDeclarees(command.compte_id, competences, command.maintenant)]
        case ChoisirCeQuiSeMontre():
            return list(_accords(command, state))
        case _:
            assert_never(command)


def _accords(command: ChoisirCeQuiSeMontre, state: State) -> Iterator[Event]:
    for montrable in Montrable:
        if montrable in command.montre - state.accords:
            yield AccordDonne(command.compte_id, montrable, command.maintenant)
        if montrable in state.accords - command.montre:
            yield AccordRetire(command.compte_id, montrable, command.maintenant)


FICHE = Stream("fiche", initial, decide, evolve)
