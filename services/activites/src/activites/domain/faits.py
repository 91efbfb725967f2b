"""Les faits d'une activité, jamais modifiés une fois publiés."""

import datetime as dt
from dataclasses import dataclass

from events.named import fields_of, named
from events.types import Public

from activites.domain.contenu import A_UNE_COMMUNE, Contenu, Saisi
from activites.domain.vocabulaire import ActiviteId, Commune, CompteId, MediateurId, StructureId, TypeActivite


@dataclass(frozen=True, kw_only=True)  # no slots: Python inherits from one slotted class only
class Rattachement:
    """De qui et d'où est une activité : ce que la saisie ne dit pas ainsi, ou pas du tout.

    mediateur_id : à qui elle est.   commune, code_postal, code_insee, departement : où, d'après le lieu ou la
    commune saisie ; absents à distance.   structure_employeuse_id : celle de l'emploi à cette date.
    residence_* : commune du bénéficiaire d'un individuel.   accompagnements : nombre de participants.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteDecrite(Saisi, Rattachement):
    """Tous les champs d'une activité, à un moment (docs/domaine/activites.md §2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteEnregistree(ActiviteDecrite):
    """Un médiateur a rendu compte d'un accompagnement."""

    enregistree_le: dt.datetime


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
