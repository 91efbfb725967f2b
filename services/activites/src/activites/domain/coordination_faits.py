"""Ce qu'un coordinateur saisit, et les faits qui le gardent, jamais modifiés une fois publiés.

Ce qui fait refuser une saisie est dans `coordination_regles.py` (docs/domaine/activites.md §4).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from events.named import fields_of, named
from events.types import ERASED, Personal, Public

from activites.domain.coordination_vocabulaire import (
    CoordinateurId,
    CoordinationId,
    EchelonTerritorial,
    Initiative,
    NaturePartenariat,
    Organisateur,
    ThematiqueAnimation,
    TypeAnimation,
    TypeCoordination,
    TypeEvenement,
    TypePartenaire,
)
from activites.domain.vocabulaire import CompteId, TagId

# --- La saisie ---
type TexteLibre = Annotated[str | None, Personal("coordination", "coordination_id")]
"""Un texte tapé par le coordinateur : il peut nommer quelqu'un, donc chiffré sous la clé du compte rendu."""


@dataclass(frozen=True, slots=True)
class StructureConcernee:
    """Une structure avec qui l'on a travaillé. siret : 14 chiffres, s'il est connu."""

    nom: str
    siret: str | None = None


@dataclass(frozen=True, slots=True)
class StructurePartenaire:
    """Une structure partenaire. type_autre : ce qu'elle est, quand aucun type ne le dit."""

    nom: str
    type: TypePartenaire | None
    type_autre: str | None = None
    siret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saisi:
    """Ce qui passe tel quel de la saisie aux faits. Chaque type a ses champs (`coordination_regles.CHAMPS`).

    date : jour civil du coordinateur.   duree_minutes : 1 à 1439.   notes : HTML déjà assaini.
    mediateurs, structures, autres_acteurs : combien, au moins autant que de personnes et de structures liées.
    personnes : les comptes de l'annuaire que l'activité concerne.
    tags : étiquettes telles que posées, fusionnées ou supprimées depuis ou non.
    """

    type: TypeCoordination
    date: dt.date
    duree_minutes: int | None = None
    mediateurs: int = 0
    structures: int = 0
    autres_acteurs: int = 0
    type_animation: TypeAnimation | None = None
    type_animation_autre: TexteLibre = None
    initiative: Initiative | None = None
    thematiques_animation: tuple[ThematiqueAnimation, ...] = ()
    thematique_animation_autre: TexteLibre = None
    nom: TexteLibre = None
    participants: int | None = None
    type_evenement: TypeEvenement | None = None
    type_evenement_autre: TexteLibre = None
    organisateurs: tuple[Organisateur, ...] = ()
    organisateur_autre: TexteLibre = None
    echelon_territorial: EchelonTerritorial | None = None
    natures_partenariat: tuple[NaturePartenariat, ...] = ()
    nature_partenariat_autre: TexteLibre = None
    personnes: tuple[CompteId, ...] = ()
    tags: tuple[TagId, ...] = ()
    notes: TexteLibre = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contenu(Saisi):
    """Un compte rendu de coordination tel qu'il est saisi."""

    structures_concernees: tuple[StructureConcernee, ...] = ()
    structures_partenaires: tuple[StructurePartenaire, ...] = ()


def normaliser(contenu: Contenu) -> Contenu:
    """La même saisie sous sa forme canonique.

    Codes dans l'ordre des nomenclatures et sans doublon ; textes vides absents ; le texte d'un « Autre » qui
    n'est pas choisi est effacé ; une personne ou une structure liée est comptée.
    """
    c = contenu
    personnes = tuple(dict.fromkeys(c.personnes))
    concernees = tuple(
        StructureConcernee(_ligne(s.nom) or "", _sans_blanc(s.siret)) for s in c.structures_concernees
    )
    partenaires = tuple(
        StructurePartenaire(
            _ligne(s.nom) or "",
            s.type,
            _ligne(s.type_autre) if s.type == TypePartenaire.AUTRE else None,
            _sans_blanc(s.siret),
        )
        for s in c.structures_partenaires
    )
    animation = c.type == TypeCoordination.ANIMATION
    return replace(
        c,
        mediateurs=max(c.mediateurs, len(personnes)) if animation and c.mediateurs >= 0 else c.mediateurs,
        structures=max(c.structures, len(concernees)) if animation and c.structures >= 0 else c.structures,
        type_animation_autre=_precision(c.type_animation_autre, c.type_animation == TypeAnimation.AUTRE),
        thematiques_animation=tuple(t for t in ThematiqueAnimation if t in c.thematiques_animation),
        thematique_animation_autre=_precision(
            c.thematique_animation_autre, ThematiqueAnimation.AUTRE in c.thematiques_animation
        ),
        nom=_ligne(c.nom),
        type_evenement_autre=_precision(c.type_evenement_autre, c.type_evenement == TypeEvenement.AUTRE),
        organisateurs=tuple(o for o in Organisateur if o in c.organisateurs),
        organisateur_autre=_precision(c.organisateur_autre, Organisateur.AUTRE in c.organisateurs),
        natures_partenariat=tuple(n for n in NaturePartenariat if n in c.natures_partenariat),
        nature_partenariat_autre=_precision(
            c.nature_partenariat_autre, NaturePartenariat.AUTRE in c.natures_partenariat
        ),
        personnes=personnes,
        tags=tuple(sorted(set(c.tags))),
        notes=(c.notes or "").strip() or None,
        structures_concernees=concernees,
        structures_partenaires=partenaires,
    )


def _precision(texte: str | None, autre: bool) -> str | None:
    return _ligne(texte) if autre else None


def _ligne(texte: str | None) -> str | None:
    return " ".join((texte or "").split()) or None


def _sans_blanc(siret: str | None) -> str | None:
    return "".join((siret or "").split()) or None


# --- Les faits ---
@dataclass(frozen=True, kw_only=True)  # no slots: Python inherits from one slotted class only
class Rattachement:
    """De qui est le compte rendu, et ses structures, une par rang.

    Leurs noms peuvent nommer quelqu'un : chiffrés, un par ligne, à côté de ce qui ne l'est pas.
    """

    coordination_id: CoordinationId
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    concernees_sirets: tuple[Public | None, ...] = ()
    concernees_noms: TexteLibre = None
    partenaires_types: tuple[TypePartenaire, ...] = ()
    partenaires_sirets: tuple[Public | None, ...] = ()
    partenaires_noms: TexteLibre = None
    partenaires_types_autres: TexteLibre = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationDecrite(Saisi, Rattachement):
    """Tous les champs d'une activité de coordination, à un moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationEnregistree(CoordinationDecrite):
    """Un coordinateur a rendu compte d'une animation, d'un évènement ou d'un partenariat."""

    enregistree_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationCorrigee(CoordinationDecrite):
    """Le coordinateur a corrigé son compte rendu ; tous les champs sont ceux d'après."""

    corrigee_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationSupprimee:
    """Le coordinateur a supprimé son compte rendu. type, date : de quoi le reconnaître pendant 30 jours."""

    coordination_id: CoordinationId
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    type: TypeCoordination
    date: dt.date
    supprimee_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationRestauree(CoordinationDecrite):
    """Le coordinateur est revenu sur sa suppression : tous les champs, pour qui l'avait oubliée.

    Sans ses textes s'ils ont été effacés entre-temps.
    """

    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None
    restauree_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextesDeCoordinationEffaces:
    """Les textes libres d'une activité de coordination sont effacés, leur clé détruite avec ce fait."""

    coordination_id: CoordinationId
    coordinateur_id: CoordinateurId
    effaces_le: dt.datetime


type Event = (
    CoordinationEnregistree
    | CoordinationCorrigee
    | CoordinationSupprimee
    | CoordinationRestauree
    | TextesDeCoordinationEffaces
)


def rattachement(
    contenu: Contenu, coordination_id: CoordinationId, coordinateur_id: CoordinateurId, compte_id: CompteId
) -> Rattachement:
    """contenu : normalisé, et sans faute."""
    concernees, partenaires = contenu.structures_concernees, contenu.structures_partenaires
    return Rattachement(
        coordination_id=coordination_id,
        coordinateur_id=coordinateur_id,
        compte_id=compte_id,
        concernees_sirets=tuple(s.siret for s in concernees),
        concernees_noms=_lignes(s.nom for s in concernees),
        partenaires_types=tuple(s.type for s in partenaires if s.type is not None),
        partenaires_sirets=tuple(s.siret for s in partenaires),
        partenaires_noms=_lignes(s.nom for s in partenaires),
        partenaires_types_autres=_lignes(s.type_autre or "" for s in partenaires),
    )


def contenu_de(fait: CoordinationDecrite) -> Contenu:
    """La saisie dont ce fait est venu, sous sa forme canonique ; « effacé » pour ce qui l'est."""
    f = fait
    concernees = zip(_relues(f.concernees_noms, f.concernees_sirets), f.concernees_sirets, strict=True)
    types = f.partenaires_types
    partenaires = zip(
        _relues(f.partenaires_noms, types),
        types,
        _relues(f.partenaires_types_autres, types),
        f.partenaires_sirets,
        strict=True,
    )
    return Contenu(
        **named(fields_of(Saisi), f),
        structures_concernees=tuple(StructureConcernee(nom, siret) for nom, siret in concernees),
        structures_partenaires=tuple(
            StructurePartenaire(nom, type_, autre if type_ == TypePartenaire.AUTRE else None, siret)
            for nom, type_, autre, siret in partenaires
        ),
    )


def _lignes(textes: Iterable[str]) -> str | None:
    return "\n".join(textes) or None


def _relues(lignes: str | None, rangs: Sequence[object]) -> list[str]:
    """One text per rank; once erased, or never there, the same word for all."""
    if lignes is None or lignes == ERASED:
        return [lignes or ""] * len(rangs)
    return lignes.split("\n")
