"""Étiquette : un mot posé sur des comptes rendus, à soi ou à plusieurs (docs/domaine/activites.md §6).

Rien n'est réécrit dans les comptes rendus : qui les lit suit les fusions, et ne montre que ce qu'il voit.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated, assert_never

from events.decider import Refusal, refuse
from events.stream import Stream
from events.types import Personal
from referentiels.cles import cle
from referentiels.textes import mene_ailleurs

from activites.domain.place import Etendue, Place
from activites.domain.refus import (
    DescriptionTropLongue,
    FusionAvecElleMeme,
    FusionVersPlusEtroit,
    NomDeTagAvecLien,
    NomDeTagTropLong,
    NomTropCourt,
    TagDejaCree,
    TagDejaSupprime,
    TagInconnu,
    TagNonVisible,
)
from activites.domain.vocabulaire import CompteId, EquipeId, PorteeDeTag, TagId

NOM_MIN, NOM_MAX, DESCRIPTION_MAX = 3, 80, 280

type Mots = Annotated[str, Personal("tag", "tag_id")]
"""Tapé par une personne, et peut en nommer une : chiffré sous la clé de l'étiquette."""
type MotsOuRien = Annotated[str | None, Personal("tag", "tag_id")]


# --- Les faits ---
@dataclass(frozen=True, slots=True, kw_only=True)
class TagCree:
    """Une étiquette existe. par : le compte qui l'a créée."""

    tag_id: TagId
    etendue: Etendue
    nom: Mots
    description: MotsOuRien = None
    par: CompteId
    cree_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDecrit:
    """Son nom et sa description sont désormais ceux-ci."""

    tag_id: TagId
    nom: Mots
    description: MotsOuRien = None
    decrit_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PorteeChangee:
    """Elle est désormais à d'autres : qui ne la voit plus ne la lit plus sur ses comptes rendus."""

    tag_id: TagId
    etendue: Etendue
    changee_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFusionne:
    """Elle n'est plus que l'autre nom d'une étiquette, vers."""

    tag_id: TagId
    vers: TagId
    fusionne_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TagAccueilli:
    """Une autre étiquette, de, se lit désormais comme celle-ci."""

    tag_id: TagId
    de: TagId
    accueilli_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSupprime:
    """Elle ne se lit plus nulle part."""

    tag_id: TagId
    supprime_le: dt.datetime


type Event = TagCree | TagDecrit | PorteeChangee | TagFusionne | TagAccueilli | TagSupprime


# --- State ---
@dataclass(frozen=True, slots=True)
class Absent:
    """Rien n'a été créé sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class Vif:
    """Une étiquette qui se pose."""

    etendue: Etendue
    nom: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Fusionne:
    """Une étiquette qui en est devenue une autre."""

    etendue: Etendue
    vers: TagId


@dataclass(frozen=True, slots=True)
class Supprime:
    """Une étiquette qui n'est plus."""

    etendue: Etendue


type State = Absent | Vif | Fusionne | Supprime
initial: State = Absent()


def evolve(state: State, event: Event) -> State:
    match event:
        case TagCree():
            return Vif(event.etendue, event.nom, event.description)
        case TagDecrit():
            if not isinstance(state, Vif):
                return state
            return replace(state, nom=event.nom, description=event.description)
        case PorteeChangee():
            return replace(state, etendue=event.etendue) if isinstance(state, Vif) else state
        case TagFusionne():
            return Fusionne(state.etendue, event.vers) if isinstance(state, Vif) else state
        case TagSupprime():
            return Supprime(state.etendue) if isinstance(state, Vif | Fusionne) else state
        case TagAccueilli():
            return state
        case _:
            assert_never(event)


def etendue_de(state: State) -> Etendue | None:
    """À qui elle est, ou fut."""
    return None if isinstance(state, Absent) else state.etendue


# --- Commands ---
@dataclass(frozen=True, slots=True, kw_only=True)
class _Decrire:
    """place : d'où agit qui le demande.   equipe_id : si la portée est celle d'une équipe."""

    tag_id: TagId
    portee: PorteeDeTag
    equipe_id: EquipeId | None = None
    nom: str
    description: str | None = None
    place: Place
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreerTag(_Decrire):
    """Créer une étiquette."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierTag(_Decrire):
    """Redire tout d'une étiquette : nom, description, portée."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionnerTag:
    """Faire d'une étiquette une autre, vers."""

    tag_id: TagId
    vers: TagId
    place: Place
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccueillirTag:
    """Le pendant de `FusionnerTag`, sur la destination : les deux vont ensemble, ou aucune.

    portee : celle de la source, de.   Un fait de chaque côté : deux fusions croisées ne passent pas ensemble.
    """

    tag_id: TagId
    de: TagId
    portee: PorteeDeTag
    place: Place
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupprimerTag:
    """Supprimer une étiquette."""

    tag_id: TagId
    place: Place
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OublierTag:
    """Le compte est effacé : supprimer l'étiquette, si elle n'est qu'à lui."""

    tag_id: TagId
    compte_id: CompteId
    maintenant: dt.datetime


type Command = CreerTag | ModifierTag | FusionnerTag | AccueillirTag | SupprimerTag | OublierTag


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case CreerTag(), Absent():
            return [_cree(command)]
        case CreerTag(), Vif():
            # A retry of the same creation changes nothing.
            if command.place.tient(state.etendue) and _decrite(command, state) == state:
                return []
            raise TagDejaCree
        case CreerTag(), Fusionne(etendue) | Supprime(etendue) if command.place.tient(etendue):
            raise TagDejaSupprime("Elle l’a été sous cet identifiant : il ne sert plus.")
        case CreerTag(), Fusionne() | Supprime():
            raise TagDejaCree
        case OublierTag(compte_id=compte_id), Vif(etendue) | Fusionne(etendue):
            if etendue.compte_id != compte_id:
                return []
            return [TagSupprime(tag_id=command.tag_id, supprime_le=command.maintenant)]
        case OublierTag(), _:
            return []
        case ModifierTag(), Vif():
            _reserver(command.place, state)
            return _modifie(command, state)
        case FusionnerTag(vers=vers), Vif():
            _reserver(command.place, state)
            if vers == command.tag_id:
                raise FusionAvecElleMeme(field="/vers")
            return [TagFusionne(tag_id=command.tag_id, vers=vers, fusionne_le=command.maintenant)]
        case AccueillirTag(), Vif(etendue) if command.place.voit(etendue):
            if etendue.portee.rang < command.portee.rang:
                raise FusionVersPlusEtroit(field="/vers")
            return [TagAccueilli(tag_id=command.tag_id, de=command.de, accueilli_le=command.maintenant)]
        case AccueillirTag(), _:
            raise TagNonVisible(field="/vers")
        case SupprimerTag(), Vif():
            _reserver(command.place, state)
            return [TagSupprime(tag_id=command.tag_id, supprime_le=command.maintenant)]
        case SupprimerTag(), Supprime():
            return []  # a retry changes nothing
        case ((ModifierTag() | FusionnerTag() | SupprimerTag()), _):
            raise TagInconnu
        case _:
            assert_never((command, state))


def _cree(command: CreerTag) -> TagCree:
    etendue = etendue_voulue(command, initial)
    refuse([*_fautes(command), *command.place.fautes(etendue)])
    return TagCree(
        tag_id=command.tag_id,
        etendue=etendue,
        nom=command.nom,
        description=command.description,
        par=command.place.comptes[0],
        cree_le=command.maintenant,
    )


def _modifie(command: ModifierTag, state: Vif) -> list[Event]:
    apres = _decrite(command, state)
    change = apres.etendue != state.etendue
    refuse([*_fautes(command), *(command.place.fautes(apres.etendue) if change else ())])
    faits: list[Event] = []
    if (apres.nom, apres.description) != (state.nom, state.description):
        faits.append(
            TagDecrit(
                tag_id=command.tag_id,
                nom=apres.nom,
                description=apres.description,
                decrit_le=command.maintenant,
            )
        )
    if change:
        faits.append(
            PorteeChangee(tag_id=command.tag_id, etendue=apres.etendue, changee_le=command.maintenant)
        )
    return faits


def etendue_voulue(command: CreerTag | ModifierTag, state: State) -> Etendue:
    """À qui elle sera. Une portée redite ne change rien : ni de propriétaire, ni de département."""
    avant = etendue_de(state)
    meme_equipe = command.portee != PorteeDeTag.EQUIPE or (avant and avant.equipe_id == command.equipe_id)
    if avant is not None and avant.portee == command.portee and meme_equipe:
        return avant
    return command.place.etendue(command.portee, command.equipe_id)


def _decrite(command: CreerTag | ModifierTag, state: Vif) -> Vif:
    return Vif(etendue_voulue(command, state), command.nom, command.description)


def _fautes(command: _Decrire) -> Iterator[Refusal]:
    if len(command.nom) < NOM_MIN:
        yield NomTropCourt(field="/nom")
    if len(command.nom) > NOM_MAX:
        yield NomDeTagTropLong(field="/nom")
    if mene_ailleurs(command.nom):
        # Others read it who asked for nothing.
        yield NomDeTagAvecLien(field="/nom")
    if len(command.description or "") > DESCRIPTION_MAX:
        yield DescriptionTropLongue(field="/description")


def _reserver(place: Place, state: Vif) -> None:
    if not place.tient(state.etendue):
        raise TagInconnu


PRIS = "nom-de-tag"
"""Sorte de ce qu'un nom occupe."""


def unique(etendue: Etendue, nom: str) -> bytes:
    """Ce qu'un seul nom occupe chez ses propriétaires : sans accent ni majuscule."""
    return sha256(f"{etendue}:{cle(nom) or nom.casefold()}".encode()).digest()


TAG = Stream("tag", initial, decide, evolve)
