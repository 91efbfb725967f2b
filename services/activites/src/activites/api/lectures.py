"""Ce que l'API montre d'une activité : dans la liste, et en entier à son médiateur."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from events.types import Json
from pydantic import BaseModel, ConfigDict, Field

from activites.api.saisies import (
    AtelierSaisi,
    BeneficiaireSaisi,
    CommuneSaisie,
    IndividuelSaisi,
    ParticipantsSaisis,
)
from activites.domain.activite import Active, ActiviteCorrigee, Effacee, contenu_de
from activites.domain.contenu import Contenu
from activites.domain.vocabulaire import (
    Autonomie,
    Commune,
    Materiel,
    NiveauAtelier,
    Nomenclature,
    Thematique,
    TypeActivite,
    TypeLieu,
)


class ReferenceActivite(BaseModel):
    """Ce qui vient d'être écrit. position : à rendre dans X-Position pour que la lecture l'attende."""

    id: UUID
    position: str | None


class ActiviteListee(BaseModel):
    """Une activité dans la liste de son médiateur."""

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[UUID, Field(validation_alias="activite_id")]
    type: TypeActivite
    date: dt.date
    duree_minutes: int
    type_lieu: TypeLieu
    lieu_id: UUID | None
    lieu_nom: str | None
    commune: str | None
    code_postal: str | None
    code_insee: str | None
    thematiques: list[Thematique]
    materiels: list[Materiel]
    autonomie: Autonomie | None
    niveau: NiveauAtelier | None
    titre_atelier: str | None
    accompagnements: int
    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None


class Suivi(BaseModel):
    """Ce que le service ajoute à la saisie."""

    id: UUID
    structure_employeuse_id: UUID
    departement: str | None
    accompagnements: int
    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None


class IndividuelLu(IndividuelSaisi, Suivi):
    """Un accompagnement individuel, tel qu'il est aujourd'hui."""


class AtelierLu(AtelierSaisi, Suivi):
    """Un atelier collectif, tel qu'il est aujourd'hui."""


ActiviteLue = Annotated[IndividuelLu | AtelierLu, Field(discriminator="type")]


def activite_lue(etat: Active | Effacee) -> IndividuelLu | AtelierLu:
    """L'activité entière, textes compris ou « effacé ». Sans revalider : ce qui fut accepté reste lisible."""
    derniere, contenu = etat.derniere, contenu_de(etat.derniere)
    champs: Json = {
        "id": derniere.activite_id,
        "structure_employeuse_id": derniere.structure_employeuse_id,
        "departement": derniere.departement,
        "accompagnements": derniere.accompagnements,
        "enregistree_le": etat.premiere.enregistree_le,
        "corrigee_le": derniere.corrigee_le if isinstance(derniere, ActiviteCorrigee) else None,
        "type": contenu.type.value,
        "date": contenu.date,
        "duree_minutes": contenu.duree_minutes,
        "type_lieu": contenu.type_lieu,
        "lieu_id": contenu.lieu_id,
        "commune": _commune(contenu.commune),
        "thematiques": list(contenu.thematiques),
        "precisions_demarche": contenu.precisions_demarche,
        "materiels": list(contenu.materiels),
        "notes": contenu.notes,
    }
    match contenu.type:
        case TypeActivite.INDIVIDUEL:
            return IndividuelLu.model_construct(
                **champs,
                beneficiaire=_beneficiaire(contenu),
                autonomie=contenu.autonomie,
                oriente_vers_structure=contenu.oriente_vers_structure,
                structure_de_redirection=contenu.structure_de_redirection,
            )
        case TypeActivite.COLLECTIF:
            p = contenu.participants
            return AtelierLu.model_construct(
                **champs,
                titre_atelier=contenu.titre_atelier,
                niveau=contenu.niveau,
                participants=ParticipantsSaisis(
                    total=p.total,
                    deja_accompagnes=p.deja_accompagnes,
                    genres=p.genres,
                    tranches_age=p.tranches_age,
                    statuts=p.statuts,
                ),
            )


def _beneficiaire(contenu: Contenu) -> BeneficiaireSaisi:
    p = contenu.participants
    return BeneficiaireSaisi(
        deja_accompagne=p.deja_accompagnes == 1,
        genre=_seul(list(p.genres)),
        tranche_age=_seul(list(p.tranches_age)),
        statut_social=_seul(list(p.statuts)),
        commune_residence=_commune(contenu.residence),
    )


def _seul[C: Nomenclature](codes: Sequence[C]) -> C | None:
    return codes[0] if codes else None


def _commune(commune: Commune | None) -> CommuneSaisie | None:
    if commune is None:
        return None
    return CommuneSaisie.model_construct(
        nom=commune.nom, code_postal=commune.code_postal, code_insee=commune.code_insee
    )
