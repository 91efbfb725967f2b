"""Où en est la fiche d'un bénéficiaire : ce que ses faits en ont fait."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from events.named import fields_of, named

from activites.domain.beneficiaire_faits import (
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    BeneficiairesDistingues,
    Choisi,
    CoordonneesCorrigees,
    Correction,
    DoubleAccueilli,
    DoubleSepare,
    Event,
    Fiche,
    FusionAnnulee,
    Joignable,
    NomCorrige,
    Nomme,
    NotesCorrigees,
    SituationCorrigee,
    Situe,
    TextesApportes,
)
from activites.domain.fiche_composee import (
    SANS_CHOIX,
    Choix,
    Composee,
    Couche,
    Dites,
    Double,
    changes,
    composer,
    dite,
    sans,
)
from activites.domain.vocabulaire import BeneficiaireId, MediateurId


# --- State: only what decide needs; a state is a type, not a flag ---
@dataclass(frozen=True, slots=True)
class Absent:
    """Personne n'est enregistré sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class Suivi:
    """Une personne suivie. premiere : sa fiche telle qu'enregistrée ; derniere : telle que corrigée.

    couches : ce qui a fait l'une de l'autre.   empruntes : `Composee`.
    attendus : les champs que va changer un double, venu ou parti.
    """

    mediateur_id: MediateurId
    premiere: Fiche
    derniere: Fiche
    enregistre_le: dt.datetime
    corrige_le: dt.datetime | None = None
    distincts: frozenset[BeneficiaireId] = frozenset()
    couches: tuple[Couche, ...] = ()
    empruntes: Mapping[str, BeneficiaireId] = field(default_factory=dict[str, BeneficiaireId])
    attendus: frozenset[str] = frozenset()

    @property
    def dite(self) -> Composee:
        """Ce qu'elle dit, et d'après qui."""
        return Composee(self.derniere, self.empruntes)

    @property
    def doubles(self) -> tuple[BeneficiaireId, ...]:
        """Les fiches qui ont rejoint celle-ci, dans l'ordre."""
        return tuple(couche.de for couche in self.couches if isinstance(couche, Double))

    def sans(self, de: BeneficiaireId, doubles: Dites) -> Composee:
        """Ce qu'elle dirait sans ce double. doubles : ce que disent les autres."""
        return composer(self.premiere, sans(self.couches, de), doubles)


@dataclass(frozen=True, slots=True)
class Fusionne:
    """Une fiche en double : la personne est une autre. avant : ce qu'elle redevient si l'on s'est trompé."""

    avant: Suivi
    vers: BeneficiaireId
    choix: Choix = SANS_CHOIX

    @property
    def mediateur_id(self) -> MediateurId:
        return self.avant.mediateur_id


@dataclass(frozen=True, slots=True)
class Efface:
    """Une personne dont on ne sait plus qui elle était."""

    mediateur_id: MediateurId


type State = Absent | Suivi | Fusionne | Efface
initial: State = Absent()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case BeneficiaireEnregistre(), _:
            fiche = Fiche(**(_nom(event) | _coordonnees(event) | _situation(event)), notes=event.notes)
            return Suivi(event.mediateur_id, fiche, fiche, event.enregistre_le)
        case BeneficiaireEfface(mediateur_id=mediateur_id), _:
            return Efface(mediateur_id)
        case NomCorrige() | CoordonneesCorrigees() | SituationCorrigee() | NotesCorrigees(), Suivi():
            return _corrige(state, event)
        case TextesApportes(), Suivi():
            return _complete(state, event)
        case DoubleAccueilli(de=de, completes=completes), Suivi(couches=couches):
            couches = (*sans(couches, de), Double(de, _choix(event)))
            return replace(state, couches=couches, attendus=frozenset(completes))
        case DoubleSepare(de=de, rendus=rendus), Suivi(couches=couches):
            return replace(state, couches=sans(couches, de), attendus=frozenset(rendus))
        case (
            NomCorrige()
            | CoordonneesCorrigees()
            | SituationCorrigee()
            | NotesCorrigees()
            | TextesApportes()
            | DoubleSepare(),
            Fusionne(avant),
        ):
            # What a file in double of this one had given is given back here too.
            devenue = evolve(avant, event)
            return replace(state, avant=devenue) if isinstance(devenue, Suivi) else state
        case BeneficiaireFusionne(vers=vers), Suivi():
            return Fusionne(state, vers, _choix(event))
        case FusionAnnulee(), Fusionne(avant):
            return avant
        case BeneficiairesDistingues(autre=autre), Suivi():
            return replace(state, distincts=state.distincts | {autre})
        case _, _:
            return state


def mediateur(state: State) -> MediateurId | None:
    """Celui qui le suit, ou l'a suivi ; personne tant que rien n'est enregistré."""
    return None if isinstance(state, Absent) else state.mediateur_id


def _corrige(suivi: Suivi, event: Correction) -> Suivi:
    match event:
        case NomCorrige():
            champs = _nom(event)
        case CoordonneesCorrigees():
            champs = _coordonnees(event)
        case SituationCorrigee():
            champs = _situation(event)
        case NotesCorrigees():
            champs = {"notes": event.notes}
    tus = () if isinstance(event, NotesCorrigees) else event.tus
    apres = suivi.dite.avec({nom: dit for nom, dit in champs.items() if nom not in tus}, {})
    # A text of a double is written when it becomes the file's own, whatever it says: it may be erased since.
    touches = {*changes(suivi.dite, apres)}
    return replace(
        suivi,
        derniere=apres.fiche,
        empruntes=apres.empruntes,
        corrige_le=event.corrige_le,
        couches=dite(suivi.couches, apres.fiche, touches - suivi.attendus),
        attendus=suivi.attendus - touches,
    )


def _complete(suivi: Suivi, event: TextesApportes) -> Suivi:
    """Ce qui est effacé depuis ne se dit plus : reste ce que la fiche disait avant."""
    return replace(
        suivi,
        derniere=replace(suivi.derniere, **event.lus),
        empruntes={**suivi.empruntes, **dict.fromkeys(event.noms, event.de)},
        corrige_le=event.apportes_le,
        attendus=suivi.attendus - {*event.noms},
    )


def _choix(event: Choisi) -> Choix:
    return Choix(**named(fields_of(Choisi), event))


def _nom(event: Nomme) -> dict[str, Any]:
    return named(fields_of(Nomme), event)


def _coordonnees(event: Joignable) -> dict[str, Any]:
    return named(fields_of(Joignable), event)


def _situation(event: Situe) -> dict[str, Any]:
    return {
        "annee_naissance": event.ne_en,
        "commune": event.residence,
        "genre": event.genre,
        "statut_social": event.statut_social,
    }
