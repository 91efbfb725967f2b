"""Ce que l'API montre d'une activité de coordination : dans la liste, et en entier à son auteur."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from events.named import named
from pydantic import BaseModel, ConfigDict, Field
from web.lines import line_of

from activites.api.coordination_saisies import (
    AnimationSaisie,
    EvenementSaisi,
    PartenariatSaisi,
    StructureConcerneeSaisie,
    StructurePartenaireSaisie,
)
from activites.api.etiquettes import EtiquettePosee, montrees
from activites.domain.coordination import Active, Effacee
from activites.domain.coordination_faits import CoordinationDecrite, contenu_de
from activites.domain.coordination_vocabulaire import TypeCoordination
from activites.projections import coordinations_listees
from activites.projections.tags import Etiquette


class _Identifiee(BaseModel):
    id: Annotated[UUID, Field(validation_alias="coordination_id")]


_CACHEES = ("coordination_id", "coordinateur_id", "tags")


class CoordinationListee(
    line_of(_Identifiee, coordinations_listees.table, CoordinationDecrite, hidden=_CACHEES)
):
    """Une activité de coordination dans la liste de son auteur."""

    model_config = ConfigDict(from_attributes=True)

    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None
    etiquettes: Annotated[list[EtiquettePosee], Field(default_factory=list)]


def listee(row: Any, lues: Mapping[UUID, Etiquette]) -> CoordinationListee:
    """Une ligne de la liste. lues : les étiquettes de la page."""
    vue = CoordinationListee.model_validate(row)
    return vue.model_copy(update={"etiquettes": montrees(row.tags, lues)})


class CoordinationSupprimeeLue(_Identifiee):
    """Une activité de coordination supprimée que l'on peut reprendre."""

    model_config = ConfigDict(from_attributes=True)

    type: TypeCoordination
    date: dt.date
    supprimee_le: dt.datetime


class _Suivi(BaseModel):
    """Ce que le service ajoute à la saisie."""

    id: UUID
    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None
    etiquettes: list[EtiquettePosee]


class AnimationLue(AnimationSaisie, _Suivi):
    """Une animation, telle qu'elle est aujourd'hui."""


class EvenementLu(EvenementSaisi, _Suivi):
    """Un évènement, tel qu'il est aujourd'hui."""


class PartenariatLu(PartenariatSaisi, _Suivi):
    """Un partenariat, tel qu'il est aujourd'hui."""


CoordinationLue = Annotated[AnimationLue | EvenementLu | PartenariatLu, Field(discriminator="type")]

_MODELES: dict[TypeCoordination, type[AnimationLue | EvenementLu | PartenariatLu]] = {
    TypeCoordination.ANIMATION: AnimationLue,
    TypeCoordination.EVENEMENT: EvenementLu,
    TypeCoordination.PARTENARIAT: PartenariatLu,
}


def coordination_lue(
    etat: Active | Effacee, lues: Mapping[UUID, Etiquette]
) -> AnimationLue | EvenementLu | PartenariatLu:
    """L'activité entière, textes compris ou « effacé ». Sans revalider : ce qui fut accepté reste lisible.

    lues : ses étiquettes, telles que l'auteur les voit.
    """
    contenu = contenu_de(etat.derniere)
    modele = _MODELES[contenu.type]
    structures = {
        "structures_concernees": tuple(
            StructureConcerneeSaisie.model_construct(**named(StructureConcerneeSaisie.model_fields, s))
            for s in contenu.structures_concernees
        ),
        "structures_partenaires": tuple(
            StructurePartenaireSaisie.model_construct(**named(StructurePartenaireSaisie.model_fields, s))
            for s in contenu.structures_partenaires
        ),
    }
    siennes: dict[str, Any] = {
        nom: valeur for nom, valeur in structures.items() if nom in modele.model_fields
    }
    etiquettes = montrees(contenu.tags, lues)
    siennes |= {"tags": tuple(e.id for e in etiquettes), "etiquettes": etiquettes}
    champs = named(modele.model_fields, contenu, etat, id=etat.derniere.coordination_id, **siennes)
    return modele.model_construct(**champs)
