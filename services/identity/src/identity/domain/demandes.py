"""Demandes : ce qu'une personne demande sur ses données (accès, rectification, limitation), et quand."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, assert_never
from uuid import UUID, uuid5

from events.decider import Refusal
from events.stream import Stream
from events.types import Personal

from identity.domain.acces import RaisonAbsente, SonPropreCompte
from identity.domain.vocabulaire import CompteId, RectificationId

ARCHIVES_PAR_JOUR = 5
RECTIFICATIONS_PAR_JOUR = 5
_RECTIFICATIONS = UUID("0d8b8f0e-3a64-5f0c-9a0e-6f0b1c9d2e37")
"""Espace de noms fixe. Ne change jamais."""
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
class RectificationTraitee:
    """Un administrateur a répondu. acceptee : ce qui était faux est corrigé.   reponse : ce qu'il en dit."""

    compte_id: CompteId
    rectification_id: RectificationId
    acceptee: bool
    par: CompteId
    reponse: Annotated[str, Personal("compte", "compte_id")]
    traitee_le: dt.datetime


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


type Event = (
    DonneesExportees | RectificationDemandee | RectificationTraitee | LimitationDemandee | LimitationLevee
)


def identifiant(demandee: RectificationDemandee) -> RectificationId:
    """Celui de cette demande, tiré d'elle : une personne n'en fait pas deux au même instant."""
    instant = demandee.demandee_le.astimezone(dt.UTC).isoformat()
    return RectificationId(uuid5(_RECTIFICATIONS, f"{demandee.compte_id}/{instant}"))


def rectifications(
    faits: Iterable[Event],
) -> dict[RectificationId, tuple[RectificationDemandee, RectificationTraitee | None]]:
    """Chaque rectification d'une personne et sa réponse, la première demandée d'abord."""
    lues: dict[RectificationId, tuple[RectificationDemandee, RectificationTraitee | None]] = {}
    for fait in faits:
        match fait:
            case RectificationDemandee():
                lues[identifiant(fait)] = fait, None
            case RectificationTraitee(rectification_id=rid):
                lues[rid] = lues[rid][0], fait
            case _:
                pass
    return lues


# --- État ---


@dataclass(frozen=True, slots=True)
class State:
    """limite : le nom ne se montre plus.   archives, rectifications : instants de celles du dernier jour.

    ouvertes, traitees : les rectifications qui attendent une réponse, et les autres.
    """

    limite: bool = False
    archives: tuple[dt.datetime, ...] = ()
    rectifications: tuple[dt.datetime, ...] = ()
    ouvertes: frozenset[RectificationId] = frozenset()
    traitees: frozenset[RectificationId] = frozenset()


initial = State()


def evolve(state: State, event: Event) -> State:
    match event:
        case DonneesExportees(exportees_le=instant):
            return replace(state, archives=_du_jour(state.archives, instant))
        case RectificationDemandee(demandee_le=instant):
            return replace(
                state,
                rectifications=_du_jour(state.rectifications, instant),
                ouvertes=state.ouvertes | {identifiant(event)},
            )
        case RectificationTraitee(rectification_id=rid):
            return replace(state, ouvertes=state.ouvertes - {rid}, traitees=state.traitees | {rid})
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
class TraiterRectification:
    """Répondre à une rectification, pour un administrateur."""

    compte_id: CompteId
    rectification_id: RectificationId
    acceptee: bool
    par: CompteId
    reponse: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class LimiterDonnees:
    """Limiter l'usage de ses données, ou lever la limitation."""

    compte_id: CompteId
    limiter: bool
    maintenant: dt.datetime


type Command = ExporterDonnees | DemanderRectification | TraiterRectification | LimiterDonnees


class TropDArchives(Refusal):
    """Cinq archives par jour suffisent : revenez demain."""


class TropDeRectifications(Refusal):
    """Cinq demandes par jour suffisent : revenez demain."""


class RectificationInconnue(Refusal):
    """Cette demande n’existe pas."""


class RectificationDejaTraitee(Refusal):
    """Cette demande a déjà sa réponse."""


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
        case TraiterRectification():
            return [_traitee(command, state)]
        case LimiterDonnees(limiter=limiter):
            if limiter == state.limite:
                return []
            limitee = LimitationDemandee(compte_id, maintenant)
            return [limitee if limiter else LimitationLevee(compte_id, maintenant)]
        case _:
            assert_never(command)


def _traitee(command: TraiterRectification, state: State) -> RectificationTraitee:
    if command.par == command.compte_id:
        raise SonPropreCompte
    if command.rectification_id in state.traitees:
        raise RectificationDejaTraitee
    if command.rectification_id not in state.ouvertes:
        raise RectificationInconnue
    if not command.reponse.strip():
        raise RaisonAbsente(field="/raison")
    return RectificationTraitee(
        command.compte_id,
        command.rectification_id,
        command.acceptee,
        command.par,
        command.reponse.strip(),
        command.maintenant,
    )


DEMANDES = Stream("demandes", initial, decide, evolve)
