"""Demandes : ce qu'une personne demande sur ses données (accès, rectification, limitation), et quand."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Annotated, assert_never

from events.decider import Refusal
from events.stream import Stream
from events.types import Personal

from identity.domain.vocabulaire import CompteId

ARCHIVES_PAR_JOUR = 5
RECTIFICATIONS_PAR_JOUR = 5
_UN_JOUR = dt.timedelta(days=1)

# --- Événements ---


@dataclass(frozen=True, slots=True)
class DonneesExportees:
    """La personne a téléchargé tout ce que le service a d'elle."""

    compte_id: CompteId
    exportees_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RectificationDemandee:
    """La personne dit ce qui est faux et qu'elle ne peut corriger elle-même."""

    compte_id: CompteId
    texte: Annotated[str, Personal("compte", "compte_id")]
    demandee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class LimitationDemandee:
    """La personne demande que ses données ne soient plus montrées : son nom ne se lit plus ailleurs."""

    compte_id: CompteId
    demandee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class LimitationLevee:
    """La personne accepte de nouveau que son nom se lise."""

    compte_id: CompteId
    levee_le: dt.datetime


type Event = DonneesExportees | RectificationDemandee | LimitationDemandee | LimitationLevee

# --- État ---


@dataclass(frozen=True, slots=True)
class State:
    """limite : le nom ne se montre plus.   archives, rectifications : instants de celles du dernier jour."""

    limite: bool = False
    archives: tuple[dt.datetime, ...] = ()
    rectifications: tuple[dt.datetime, ...] = ()


initial = State()


def evolve(state: State, event: Event) -> State:
    match event:
        case DonneesExportees(exportees_le=instant):
            return replace(state, archives=_du_jour(state.archives, instant))
        case RectificationDemandee(demandee_le=instant):
            return replace(state, rectifications=_du_jour(state.rectifications, instant))
        case LimitationDemandee():
            return replace(state, limite=True)
        case LimitationLevee():
            return replace(state, limite=False)
        case _:
            assert_never(event)


def _du_jour(instants: tuple[dt.datetime, ...], dernier: dt.datetime) -> tuple[dt.datetime, ...]:
    return (*_recents(instants, dernier), dernier)


def _recents(instants: tuple[dt.datetime, ...], maintenant: dt.datetime) -> tuple[dt.datetime, ...]:
    return tuple(instant for instant in instants if instant > maintenant - _UN_JOUR)


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class ExporterDonnees:
    """Télécharger ses données."""

    compte_id: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class DemanderRectification:
    """Signaler ce qui est faux."""

    compte_id: CompteId
    texte: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class LimiterDonnees:
    """Limiter l'usage de ses données, ou lever la limitation."""

    compte_id: CompteId
    limiter: bool
    maintenant: dt.datetime


type Command = ExporterDonnees | DemanderRectification | LimiterDonnees


class TropDArchives(Refusal):
    """Cinq archives par jour suffisent : revenez demain."""


class TropDeRectifications(Refusal):
    """Cinq demandes par jour suffisent : revenez demain."""


def decide(command: Command, state: State) -> list[Event]:
    compte_id, maintenant = command.compte_id, command.maintenant
    match command:
        case ExporterDonnees():
            if len(_recents(state.archives, maintenant)) >= ARCHIVES_PAR_JOUR:
                raise TropDArchives
            return [DonneesExportees(compte_id, maintenant)]
        case DemanderRectification():
            if len(_recents(state.rectifications, maintenant)) >= RECTIFICATIONS_PAR_JOUR:
                raise TropDeRectifications
            return [RectificationDemandee(compte_id, command.texte, maintenant)]
        case LimiterDonnees(limiter=limiter):
            if limiter == state.limite:
                return []
            limitee = LimitationDemandee(compte_id, maintenant)
            return [limitee if limiter else LimitationLevee(compte_id, maintenant)]
        case _:
            assert_never(command)


DEMANDES = Stream("demandes", initial, decide, evolve)
