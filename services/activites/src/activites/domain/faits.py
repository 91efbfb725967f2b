"""Ce qu'un médiateur saisit, et les faits qui le gardent, jamais modifiés une fois publiés.

Ce qui fait refuser une saisie est dans `regles.py` (docs/domaine/activites.md §2).
"""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Annotated

from events.named import fields_of, named
from events.types import Personal, Public

from activites.domain import communes
from activites.domain.vocabulaire import (
    ActiviteId,
    Autonomie,
    BeneficiaireId,
    Commune,
    CompteId,
    Genre,
    LieuId,
    Materiel,
    MediateurId,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    StructureDeRedirection,
    StructureId,
    TagId,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)

A_UNE_COMMUNE = (TypeLieu.DOMICILE, TypeLieu.AUTRE)
"""Les lieux dont la commune est saisie ; un lieu d'activité a la sienne, « à distance » est à celle de
l'employeur."""

# --- La saisie ---
type TexteLibre = Annotated[str | None, Personal("activite", "activite_id")]
"""Un texte tapé par le médiateur : il peut nommer quelqu'un, donc chiffré sous la clé de l'activité."""


@dataclass(frozen=True, slots=True)
class Participants:
    """Les participants anonymes, comptés. La somme d'une répartition ne dépasse pas le total.

    total : leur nombre ; pour un accompagnement individuel 1, ou 0 quand la personne est suivie.
    deja_accompagnes : ceux qui ne viennent pas pour la première fois.
    """

    total: int
    deja_accompagnes: int = 0
    genres: dict[Genre, int] = field(default_factory=dict[Genre, int])
    tranches_age: dict[TrancheAge, int] = field(default_factory=dict[TrancheAge, int])
    statuts: dict[StatutSocial, int] = field(default_factory=dict[StatutSocial, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Saisi:
    """Ce qui passe tel quel de la saisie aux faits : un champ de plus est une ligne de plus, ici.

    date : jour civil du médiateur.   duree_minutes : 1 à 1439.   lieu_id : si type_lieu est lieu_activite.
    notes : HTML déjà assaini.   suivis : bénéficiaires suivis ; les participants sont les autres.
    tags : étiquettes telles que posées, fusionnées ou supprimées depuis ou non.
    """

    type: TypeActivite
    date: dt.date
    duree_minutes: int
    type_lieu: TypeLieu
    lieu_id: LieuId | None = None
    thematiques: tuple[Thematique, ...]
    precisions_demarche: TexteLibre = None
    materiels: tuple[Materiel, ...] = ()
    autonomie: Autonomie | None = None
    niveau: NiveauAtelier | None = None
    titre_atelier: TexteLibre = None
    oriente_vers_structure: bool | None = None
    structure_de_redirection: StructureDeRedirection | None = None
    participants: Participants
    suivis: tuple[BeneficiaireId, ...] = ()
    notes: TexteLibre = None
    tags: tuple[TagId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contenu(Saisi):
    """Un compte rendu tel qu'il est saisi.

    commune : si type_lieu est domicile ou autre.   residence : celle du bénéficiaire d'un individuel.
    """

    commune: Commune | None = None
    residence: Commune | None = None


def normaliser(contenu: Contenu) -> Contenu:
    """La même saisie sous sa forme canonique.

    Codes dans l'ordre des nomenclatures et sans doublon ; textes vides et compteurs nuls absents ; ce que le
    choix fait ailleurs rend sans objet (lieu, commune, structure de redirection, ce qu'un bénéficiaire suivi
    a dans sa fiche) est effacé (§2.1, §2.2).
    """
    participants = contenu.participants
    fiche = contenu.type == TypeActivite.INDIVIDUEL and bool(contenu.suivis)
    if fiche and participants.total == 1:
        participants = Participants(0)
    return replace(
        contenu,
        lieu_id=contenu.lieu_id if contenu.type_lieu == TypeLieu.LIEU_ACTIVITE else None,
        commune=(
            communes.canonique(contenu.commune)
            if contenu.commune is not None and contenu.type_lieu in A_UNE_COMMUNE
            else None
        ),
        residence=(
            communes.canonique(contenu.residence) if contenu.residence is not None and not fiche else None
        ),
        thematiques=tuple(t for t in Thematique if t in contenu.thematiques),
        materiels=tuple(m for m in Materiel if m in contenu.materiels),
        structure_de_redirection=(
            contenu.structure_de_redirection if contenu.oriente_vers_structure else None
        ),
        titre_atelier=_texte(contenu.titre_atelier),
        precisions_demarche=_texte(contenu.precisions_demarche),
        notes=_texte(contenu.notes),
        suivis=tuple(dict.fromkeys(contenu.suivis)),
        tags=tuple(sorted(set(contenu.tags))),
        participants=replace(
            participants,
            genres=_comptes(participants.genres),
            tranches_age=_comptes(participants.tranches_age),
            statuts=_comptes(participants.statuts),
        ),
    )


def _texte(texte: str | None) -> str | None:
    return (texte or "").strip() or None


def _comptes[C: Nomenclature](comptes: dict[C, int]) -> dict[C, int]:
    if not comptes:
        return {}
    ordre = list(type(next(iter(comptes))))
    return {code: comptes[code] for code in sorted(comptes, key=ordre.index) if comptes[code] != 0}


# --- Les faits ---
@dataclass(frozen=True, kw_only=True)  # no slots: Python inherits from one slotted class only
class Rattachement:
    """De qui et d'où est une activité : ce que la saisie ne dit pas ainsi, ou pas du tout.

    mediateur_id : à qui elle est.   commune, code_postal, code_insee, departement : où, d'après le lieu ou la
    commune saisie ; à distance, celle de l'employeur, absente si elle n'est pas connue.
    structure_employeuse_id : celle de l'emploi à cette date.
    residence_* : commune du bénéficiaire anonyme d'un individuel.   accompagnements : suivis et anonymes.
    sur_rendez_vous : elle rend compte d'un rendez-vous pris dans RDV Service Public.
    """

    activite_id: ActiviteId
    mediateur_id: MediateurId
    compte_id: CompteId
    commune: Public | None = None
    code_postal: Public | None = None
    code_insee: Public | None = None
    departement: Public | None = None
    structure_employeuse_id: StructureId
    residence_commune: Public | None = None
    residence_code_postal: Public | None = None
    residence_code_insee: Public | None = None
    accompagnements: int
    sur_rendez_vous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteDecrite(Saisi, Rattachement):
    """Tous les champs d'une activité, à un moment (docs/domaine/activites.md §2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteEnregistree(ActiviteDecrite):
    """Un médiateur a rendu compte d'un accompagnement.

    v1_* : ses identifiants dans la V1, s'il en vient ; absents des autres faits.
    """

    enregistree_le: dt.datetime
    v1_cra_id: Public | None = None
    v1_structure_id: Public | None = None
    v1_permanence_id: Public | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteCorrigee(ActiviteDecrite):
    """Le médiateur a corrigé son compte rendu ; tous les champs sont ceux d'après."""

    corrigee_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteSupprimee:
    """Le médiateur a supprimé son compte rendu : il ne compte plus nulle part.

    type, date : ceux de l'activité, pour la reconnaître pendant 30 jours ; absents des anciens faits.
    """

    activite_id: ActiviteId
    mediateur_id: MediateurId
    compte_id: CompteId
    departement: Public | None = None
    type: TypeActivite | None = None
    date: dt.date | None = None
    supprimee_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteRestauree(ActiviteDecrite):
    """Le médiateur est revenu sur sa suppression : l'activité compte de nouveau, telle qu'elle était.

    Tous les champs, pour qui l'avait oubliée ; sans ses textes s'ils ont été effacés entre-temps.
    """

    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None
    restauree_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextesEffaces:
    """Les textes libres d'une activité sont effacés, leur clé détruite avec ce fait ; le reste compte."""

    activite_id: ActiviteId
    mediateur_id: MediateurId
    effaces_le: dt.datetime


type Event = ActiviteEnregistree | ActiviteCorrigee | ActiviteSupprimee | ActiviteRestauree | TextesEffaces


def contenu_de(activite: ActiviteDecrite) -> Contenu:
    """La saisie dont cette activité est venue, sous sa forme canonique."""
    a = activite
    return Contenu(
        **named(fields_of(Saisi), a),
        commune=_commune(a.commune, a.code_postal, a.code_insee) if a.type_lieu in A_UNE_COMMUNE else None,
        residence=_commune(a.residence_commune, a.residence_code_postal, a.residence_code_insee),
    )


def _commune(nom: str | None, code_postal: str | None, code_insee: str | None) -> Commune | None:
    if nom is None or code_postal is None or code_insee is None:
        return None
    return Commune(nom, code_postal, code_insee)
