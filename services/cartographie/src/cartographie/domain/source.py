"""Source : un producteur de fiches de lieux, et ce que son dernier import a donné."""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never
from uuid import uuid5

from events.decider import Refusal
from events.stream import Stream
from events.types import Public

from cartographie.domain.lieu import ESPACE_DE_NOMS
from cartographie.domain.vocabulaire import SourceId


def identifier(source: str) -> SourceId:
    """L'identifiant d'une source, tiré de son code (« france-services »)."""
    return SourceId(uuid5(ESPACE_DE_NOMS, source))


@dataclass(frozen=True, slots=True)
class Bilan:
    """Le compte des lignes d'un import : lues = referencees + mises_a_jour + inchangees + refusees.

    refus : motif (nom du refus) et nombre de lignes, par motif.   reparations : nombre de corrections faites.
    disparus : lieux publiés de la source que ce fichier ne dit plus ; ils restent publiés.
    effacees : champ et nombre de lieux dont la valeur publiée n'est plus donnée, par champ.
    """

    lues: int
    referencees: int
    mises_a_jour: int
    inchangees: int
    refusees: int
    reparations: int
    refus: tuple[tuple[Public, int], ...]
    disparus: int = 0
    effacees: tuple[tuple[Public, int], ...] = ()

    def equilibre(self) -> bool:
        """Aucune ligne perdue en route."""
        acceptees = self.referencees + self.mises_a_jour + self.inchangees
        return self.lues == acceptees + self.refusees and self.refusees == sum(n for _, n in self.refus)


@dataclass(frozen=True, slots=True)
class SourceImportee:
    """Le fichier d'une source a été importé. edition : jour d'édition du fichier."""

    source_id: SourceId
    source: Public
    nom: Public
    licence: Public
    fichier: Public
    fichier_sha256: Public
    edition: dt.date
    bilan: Bilan
    importee_le: dt.datetime


type Event = SourceImportee


@dataclass(frozen=True, slots=True)
class Nouvelle:
    """La source n'a jamais été importée."""


@dataclass(frozen=True, slots=True)
class Connue:
    """La source a été importée. fichier_sha256, refusees, reparations : ceux du dernier import."""

    fichier_sha256: str
    refusees: int
    reparations: int


type State = Nouvelle | Connue
initial: State = Nouvelle()


def evolve(state: State, event: Event) -> State:
    bilan = event.bilan
    return Connue(event.fichier_sha256, bilan.refusees, bilan.reparations)


@dataclass(frozen=True, slots=True)
class ConstaterImport:
    """Garder trace d'un import terminé."""

    source_id: SourceId
    source: str
    nom: str
    licence: str
    fichier: str
    fichier_sha256: str
    edition: dt.date
    bilan: Bilan
    maintenant: dt.datetime


type Command = ConstaterImport


class LignesPerdues(Refusal):
    """Le compte des lignes de l'import n'est pas juste."""


def decide(command: Command, state: State) -> list[Event]:
    bilan = command.bilan
    if not bilan.equilibre():
        raise LignesPerdues(f"{bilan.lues} lignes lues, mais {bilan}.")
    match state:
        case Connue() if _rien_de_neuf(command, state):
            return []
        case Nouvelle() | Connue():
            return [
                SourceImportee(
                    command.source_id,
                    command.source,
                    command.nom,
                    command.licence,
                    command.fichier,
                    command.fichier_sha256,
                    command.edition,
                    bilan,
                    command.maintenant,
                )
            ]
        case _:
            assert_never(state)


def _rien_de_neuf(command: ConstaterImport, connue: Connue) -> bool:
    """Le même fichier, relu sans rien changer : ce n'est pas un fait de plus."""
    bilan = command.bilan
    meme = Connue(command.fichier_sha256, bilan.refusees, bilan.reparations) == connue
    return meme and bilan.referencees == bilan.mises_a_jour == 0


SOURCE = Stream("source", initial, decide, evolve)
