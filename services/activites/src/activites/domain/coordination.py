"""Coordination : une animation, un évènement ou un partenariat, dont un coordinateur rend compte."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, assert_never

from events.decider import Refusal, refuse
from events.named import fields_of, named
from events.stream import Stream
from events.types import ERASED

from activites.domain.activite import REPENTIR
from activites.domain.coordination_faits import (
    Contenu,
    CoordinationCorrigee,
    CoordinationDecrite,
    CoordinationEnregistree,
    CoordinationRestauree,
    CoordinationSupprimee,
    Event,
    TextesDeCoordinationEffaces,
    contenu_de,
    normaliser,
    rattachement,
)
from activites.domain.coordination_refus import (
    CoordinationDejaEnregistree,
    CoordinationDejaSupprimee,
    CoordinationDUnAutre,
    CoordinationEffacee,
    CoordinationInconnue,
    PersonneHorsAnnuaire,
)
from activites.domain.coordination_regles import PERSONNES_MAX, fautes
from activites.domain.coordination_vocabulaire import CoordinateurId, CoordinationId
from activites.domain.pose import avec_les_invisibles, tags_refuses
from activites.domain.refus import SuppressionDefinitive, TypeNonModifiable
from activites.domain.vocabulaire import CompteId, TagId


# --- State: only what decide needs; a state is a type, not a flag ---
@dataclass(frozen=True, slots=True)
class Absente:
    """Rien n'a été enregistré sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class _Ecrite:
    """premiere : le compte rendu tel qu'enregistré ; derniere : tel que corrigé."""

    premiere: CoordinationEnregistree
    derniere: CoordinationEnregistree | CoordinationCorrigee

    @property
    def enregistree_le(self) -> dt.datetime:
        return self.premiere.enregistree_le

    @property
    def corrigee_le(self) -> dt.datetime | None:
        return self.derniere.corrigee_le if isinstance(self.derniere, CoordinationCorrigee) else None


@dataclass(frozen=True, slots=True)
class Active(_Ecrite):
    """Un compte rendu que son auteur lit et corrige."""


@dataclass(frozen=True, slots=True)
class Effacee(_Ecrite):
    """Un compte rendu dont les textes libres sont effacés : il ne se corrige plus."""


@dataclass(frozen=True, slots=True)
class Supprimee:
    """Un compte rendu retiré par son auteur. avant : ce qu'il redevient s'il revient sur son geste."""

    avant: Active | Effacee
    supprimee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class Auteur:
    """Qui a rendu compte, et son compte d'alors : ce qui suit sur l'activité reste à ceux-là."""

    coordinateur_id: CoordinateurId
    compte_id: CompteId


type State = Absente | Active | Effacee | Supprimee
initial: State = Absente()

TEXTES = (
    "type_animation_autre",
    "thematique_animation_autre",
    "nom",
    "type_evenement_autre",
    "organisateur_autre",
    "nature_partenariat_autre",
    "notes",
    "concernees_noms",
    "partenaires_noms",
    "partenaires_types_autres",
)


def evolve(state: State, event: Event) -> State:
    match event:
        case CoordinationEnregistree():
            return Active(event, event)
        case CoordinationCorrigee():
            return Active(state.premiere, event) if isinstance(state, Active) else state
        case CoordinationSupprimee(supprimee_le=supprimee_le):
            return Supprimee(state, supprimee_le) if isinstance(state, Active | Effacee) else state
        case CoordinationRestauree():
            return state.avant if isinstance(state, Supprimee) else state
        case TextesDeCoordinationEffaces():
            match state:
                case Active():
                    return _effacee(state)
                case Supprimee(Active() as avant, supprimee_le):
                    return Supprimee(_effacee(avant), supprimee_le)
                case _:
                    return state
        case _:
            assert_never(event)


def auteur(state: State) -> Auteur | None:
    """Le coordinateur qui a rendu compte ; personne tant que rien n'est enregistré."""
    match state:
        case Absente():
            return None
        case Active(derniere=derniere) | Effacee(derniere=derniere):
            return Auteur(derniere.coordinateur_id, derniere.compte_id)
        case Supprimee(avant):
            return auteur(avant)
        case _:
            assert_never(state)


def _effacee(active: Active) -> Effacee:
    return Effacee(_sans_textes(active.premiere), _sans_textes(active.derniere))


def _sans_textes[E: CoordinationDecrite](fait: E) -> E:
    """Erased here too: another process may still have the key for a moment."""
    return replace(fait, **{nom: ERASED for nom in TEXTES if getattr(fait, nom) is not None})


# --- Commands ---
@dataclass(frozen=True, slots=True, kw_only=True)
class _RendreCompte:
    """tags_visibles : de celles qui sont saisies, ou que le compte rendu porte, les étiquettes qu'il voit.
    connues : celles des personnes saisies qui sont de l'annuaire.   aujourd_hui : jour civil du coordinateur.
    maintenant : instant UTC.
    """

    coordination_id: CoordinationId
    par: CoordinateurId
    compte_id: CompteId
    contenu: Contenu
    tags_visibles: frozenset[TagId] = frozenset()
    connues: frozenset[CompteId] = frozenset()
    aujourd_hui: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnregistrerCoordination(_RendreCompte):
    """Rendre compte d'une animation, d'un évènement ou d'un partenariat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrigerCoordination(_RendreCompte):
    """Remplacer tout le contenu d'un compte rendu."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupprimerCoordination:
    """Retirer un compte rendu."""

    coordination_id: CoordinationId
    par: CoordinateurId
    compte_id: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RestaurerCoordination:
    """Revenir sur une suppression."""

    coordination_id: CoordinationId
    par: CoordinateurId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OublierCoordination:
    """Le temps de revenir sur la suppression est passé : effacer les textes, s'il l'est bien."""

    coordination_id: CoordinationId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EffacerTextesDeCoordination:
    """Effacer les textes libres ; leur clé est détruite dans la même transaction."""

    coordination_id: CoordinationId
    maintenant: dt.datetime


type CommandeDeCoordinateur = (
    EnregistrerCoordination | CorrigerCoordination | SupprimerCoordination | RestaurerCoordination
)
type Command = CommandeDeCoordinateur | OublierCoordination | EffacerTextesDeCoordination


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case EnregistrerCoordination(), Absente():
            return [CoordinationEnregistree(**_decrire(command), enregistree_le=command.maintenant)]
        case EnregistrerCoordination(), Active(premiere) if _meme_saisie(command, premiere):
            return []  # a retry of the same recording changes nothing, even after a correction
        case EnregistrerCoordination(), Supprimee(avant) if avant.derniere.coordinateur_id == command.par:
            raise CoordinationDejaSupprimee("Elle a été supprimée sous cet identifiant : il ne sert plus.")
        case EnregistrerCoordination(), Active() | Effacee() | Supprimee():
            raise CoordinationDejaEnregistree
        case OublierCoordination(), Supprimee(Active() as avant, supprimee_le) if (
            command.maintenant >= supprimee_le + REPENTIR
        ):
            return [_textes_effaces(avant, command.maintenant)]
        case EffacerTextesDeCoordination(), (Active() as active) | Supprimee(Active() as active):
            return [_textes_effaces(active, command.maintenant)]
        case ((OublierCoordination() | EffacerTextesDeCoordination()), Active() | Effacee() | Supprimee()):
            return []
        case _, Absente():
            raise CoordinationInconnue
        case (
            CorrigerCoordination() | SupprimerCoordination() | RestaurerCoordination() as sienne,
            Active() | Effacee() | Supprimee() as connue,
        ):
            derniere = connue.avant.derniere if isinstance(connue, Supprimee) else connue.derniere
            if derniere.coordinateur_id != sienne.par:
                raise CoordinationDUnAutre
            return _de_son_auteur(sienne, connue)
        case _:
            assert_never((command, state))


def _de_son_auteur(
    command: CorrigerCoordination | SupprimerCoordination | RestaurerCoordination,
    state: Active | Effacee | Supprimee,
) -> list[Event]:
    match command, state:
        case CorrigerCoordination(), Active(_, derniere):
            if command.contenu.type != derniere.type:
                raise TypeNonModifiable(field="/type")
            if _meme_saisie(_sans_oter(command, derniere), derniere):
                return []
            return [CoordinationCorrigee(**_decrire(command, derniere), corrigee_le=command.maintenant)]
        case CorrigerCoordination(), Effacee():
            raise CoordinationEffacee
        case CorrigerCoordination(), Supprimee():
            raise CoordinationDejaSupprimee
        case SupprimerCoordination(), Active(_, derniere) | Effacee(_, derniere):
            return [
                CoordinationSupprimee(
                    coordination_id=command.coordination_id,
                    coordinateur_id=command.par,
                    compte_id=command.compte_id,
                    type=derniere.type,
                    date=derniere.date,
                    supprimee_le=command.maintenant,
                )
            ]
        case RestaurerCoordination(), Supprimee(avant, supprimee_le):
            if command.maintenant >= supprimee_le + REPENTIR:
                raise SuppressionDefinitive
            return [_restauree(avant, command.maintenant)]
        case (SupprimerCoordination(), Supprimee()) | (RestaurerCoordination(), Active() | Effacee()):
            return []  # a retry changes nothing
        case _:
            assert_never((command, state))


def _restauree(avant: Active | Effacee, maintenant: dt.datetime) -> CoordinationRestauree:
    sans = dict.fromkeys(TEXTES) if isinstance(avant, Effacee) else {}
    return CoordinationRestauree(
        **named(fields_of(CoordinationDecrite), avant.derniere, **sans),
        enregistree_le=avant.enregistree_le,
        corrigee_le=avant.corrigee_le,
        restauree_le=maintenant,
    )


def _textes_effaces(active: Active, maintenant: dt.datetime) -> TextesDeCoordinationEffaces:
    return TextesDeCoordinationEffaces(
        coordination_id=active.derniere.coordination_id,
        coordinateur_id=active.derniere.coordinateur_id,
        effaces_le=maintenant,
    )


def _decrire(command: _RendreCompte, avant: CoordinationDecrite | None = None) -> dict[str, Any]:
    """Les champs de `CoordinationDecrite` : un fait n'y ajoute que sa date. Lève tous les refus.

    avant : l'activité que l'on corrige ; qui y était, connu ou non, y reste.
    """
    contenu = normaliser(command.contenu)
    personnes, tags = (avant.personnes, avant.tags) if avant is not None else ((), ())
    refuse(
        [
            *fautes(contenu, command.aujourd_hui),
            *_inconnues(command.contenu, command.connues | frozenset(personnes)),
            *tags_refuses(command.contenu.tags, command.tags_visibles, tags),
        ]
    )
    contenu = replace(contenu, tags=avec_les_invisibles(contenu.tags, command.tags_visibles, tags))
    lien = rattachement(contenu, command.coordination_id, command.par, command.compte_id)
    return named(fields_of(CoordinationDecrite), lien, contenu)


def _inconnues(saisie: Contenu, connues: frozenset[CompteId]) -> Iterator[Refusal]:
    """Chacune à la place où elle fut saisie ; trop nombreuses, c'est ce qui est dit."""
    if len(saisie.personnes) <= PERSONNES_MAX:
        for rang, personne in enumerate(saisie.personnes):
            if personne not in connues:
                yield PersonneHorsAnnuaire(field=f"/personnes/{rang}")


def _sans_oter(command: CorrigerCoordination, derniere: CoordinationDecrite) -> CorrigerCoordination:
    """La même saisie, avec les étiquettes que son auteur ne voit plus."""
    tags = avec_les_invisibles(command.contenu.tags, command.tags_visibles, derniere.tags)
    return replace(command, contenu=replace(command.contenu, tags=tags))


def _meme_saisie(command: _RendreCompte, fait: CoordinationDecrite) -> bool:
    return command.par == fait.coordinateur_id and normaliser(command.contenu) == contenu_de(fait)


COORDINATION = Stream("coordination", initial, decide, evolve)
