"""Ce que l'API montre d'une activité : dans la liste, et en entier à son médiateur."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from events.named import named
from pydantic import BaseModel, ConfigDict, Field
from web.lines import line_of
from web.pages import Page

from activites.api.etiquettes import EtiquettePosee, montrees
from activites.api.saisies import (
    AtelierSaisi,
    BeneficiaireSaisi,
    CommuneSaisie,
    IndividuelSaisi,
    ParticipantsSaisis,
)
from activites.domain.activite import Active, Effacee
from activites.domain.faits import ActiviteDecrite, Contenu, contenu_de
from activites.domain.vocabulaire import (
    Commune,
    Nomenclature,
    TypeActivite,
)
from activites.projections import activites_listees
from activites.projections.tags import Etiquette


class ReferenceActivite(BaseModel):
    """Ce qui vient d'être écrit. position : à rendre dans X-Position pour que la lecture l'attende."""

    id: UUID
    position: str | None


class DuLieu(BaseModel):
    """Le lieu d'activité, tel que la cartographie le nomme aujourd'hui ; absent sans lieu, ou inconnu."""

    model_config = ConfigDict(from_attributes=True)

    lieu_nom: str | None
    lieu_commune: str | None


SANS_LIEU = DuLieu(lieu_nom=None, lieu_commune=None)


class _Identifiee(BaseModel):
    id: Annotated[UUID, Field(validation_alias="activite_id")]


_CACHEES = ("activite_id", "mediateur_id", "tags", "departement", "structure_employeuse_id")


class ActiviteListee(line_of(_Identifiee, activites_listees.table, ActiviteDecrite, hidden=_CACHEES), DuLieu):
    """Une activité dans la liste de son médiateur."""

    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None
    etiquettes: list[EtiquettePosee] = []


def _absent(valeur: object) -> bool:
    return valeur is None


class PageActivites(Page[ActiviteListee]):
    """Une page de la liste. accompagnements : sur toutes les pages, si on les a demandés."""

    accompagnements: Annotated[int | None, Field(exclude_if=_absent)] = None


def listee(row: Any, lues: Mapping[UUID, Etiquette]) -> ActiviteListee:
    """Une ligne de la liste. lues : les étiquettes de la page."""
    return ActiviteListee.model_validate(row).model_copy(update={"etiquettes": montrees(row.tags, lues)})


class ActiviteSupprimeeLue(_Identifiee):
    """Une activité supprimée que l'on peut reprendre. type, date : absents d'une suppression ancienne."""

    model_config = ConfigDict(from_attributes=True)

    type: TypeActivite | None
    date: dt.date | None
    supprimee_le: dt.datetime


class BeneficiaireVu(BaseModel):
    """Un bénéficiaire suivi, dans une de ses activités. prenom, nom : absents d'une personne effacée.

    premier_accompagnement : c'est la plus ancienne de ses activités.
    """

    id: UUID
    prenom: str | None
    nom: str | None
    premier_accompagnement: bool


class Suivi(DuLieu):
    """Ce que le service ajoute à la saisie. beneficiaires : ceux qui sont suivis."""

    beneficiaires: list[BeneficiaireVu]
    id: UUID
    structure_employeuse_id: UUID
    departement: str | None
    accompagnements: int
    sur_rendez_vous: bool
    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None
    etiquettes: list[EtiquettePosee]


class IndividuelLu(IndividuelSaisi, Suivi):
    """Un accompagnement individuel, tel qu'il est aujourd'hui."""


class AtelierLu(AtelierSaisi, Suivi):
    """Un atelier collectif, tel qu'il est aujourd'hui."""


ActiviteLue = Annotated[IndividuelLu | AtelierLu, Field(discriminator="type")]


def activite_lue(
    etat: Active | Effacee, lieu: DuLieu, vus: Sequence[BeneficiaireVu], lues: Mapping[UUID, Etiquette]
) -> IndividuelLu | AtelierLu:
    """L'activité entière, textes compris ou « effacé ». Sans revalider : ce qui fut accepté reste lisible.

    vus : les bénéficiaires suivis qui y étaient.   lues : ses étiquettes, telles que l'auteur les voit.
    """
    contenu = contenu_de(etat.derniere)
    etiquettes = montrees(contenu.tags, lues)

    def champs(modele: type[BaseModel], **formes: Any) -> dict[str, Any]:
        formes |= {"id": etat.derniere.activite_id, "commune": commune_lue(contenu.commune)}
        formes["beneficiaires"] = list(vus)
        formes |= {"tags": tuple(e.id for e in etiquettes), "etiquettes": etiquettes}
        return named(modele.model_fields, contenu, etat, etat.derniere, lieu, **formes)

    match contenu.type:
        case TypeActivite.INDIVIDUEL:
            beneficiaire = _beneficiaire(contenu)
            return IndividuelLu.model_construct(**champs(IndividuelLu, beneficiaire=beneficiaire))
        case TypeActivite.COLLECTIF:
            participants = ParticipantsSaisis(**named(ParticipantsSaisis.model_fields, contenu.participants))
            return AtelierLu.model_construct(**champs(AtelierLu, participants=participants))


def _beneficiaire(contenu: Contenu) -> BeneficiaireSaisi:
    p = contenu.participants
    return BeneficiaireSaisi(
        id=next(iter(contenu.suivis), None),
        deja_accompagne=p.deja_accompagnes == 1,
        genre=_seul(list(p.genres)),
        tranche_age=_seul(list(p.tranches_age)),
        statut_social=_seul(list(p.statuts)),
        commune_residence=commune_lue(contenu.residence),
    )


def _seul[C: Nomenclature](codes: Sequence[C]) -> C | None:
    return codes[0] if codes else None


def commune_lue(commune: Commune | None) -> CommuneSaisie | None:
    """Sans revalider : ce qui fut accepté reste lisible."""
    if commune is None:
        return None
    return CommuneSaisie.model_construct(**named(CommuneSaisie.model_fields, commune))
