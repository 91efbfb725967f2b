"""Ce que le service activites publie : les comptes rendus d'activité, sans personne ni texte libre."""

import datetime as dt
from typing import Literal
from uuid import UUID

from events.contract import Contract
from pydantic import Field


class ParticipantsV1(Contract):
    """Les participants anonymes d'une activité, comptés.

    total : leur nombre, sans les bénéficiaires suivis (0 pour l'individuel de l'un d'eux).
    deja_accompagnes : ceux qui ne viennent pas pour la première fois.
    genres, tranches_age, statuts : code du domaine -> nombre ; la somme ne dépasse pas total, le reste est
    « non communiqué ».
    """

    total: int
    deja_accompagnes: int = 0
    genres: dict[str, int] = Field(default_factory=dict)
    tranches_age: dict[str, int] = Field(default_factory=dict)
    statuts: dict[str, int] = Field(default_factory=dict)


class ActiviteDecriteV1(Contract):
    """Les champs communs d'une activité enregistrée ou corrigée (docs/domaine/activites.md §2 et §3).

    date : jour civil.   duree_minutes : entier, 1 à 1439.   code_insee : commune du lieu de l'accompagnement.
    residence_code_insee : commune de résidence du bénéficiaire d'un accompagnement individuel.
    accompagnements : participants anonymes et bénéficiaires suivis, qui ne sont pas désignés (1 pour un
    individuel).
    """

    activite_id: UUID
    mediateur_id: UUID
    compte_id: UUID
    type: Literal["individuel", "collectif"]
    date: dt.date
    duree_minutes: int
    type_lieu: str
    lieu_id: UUID | None = None
    code_insee: str | None = None
    departement: str | None = None
    structure_employeuse_id: UUID
    thematiques: list[str]
    materiels: list[str] = Field(default_factory=list)
    autonomie: str | None = None
    niveau: str | None = None
    oriente_vers_structure: bool | None = None
    structure_de_redirection: str | None = None
    participants: ParticipantsV1
    residence_code_insee: str | None = None
    accompagnements: int


class ActiviteEnregistreeV1(ActiviteDecriteV1):
    """Un médiateur a rendu compte d'un accompagnement."""

    enregistree_le: dt.datetime


class ActiviteCorrigeeV1(ActiviteDecriteV1):
    """Le médiateur a corrigé son compte rendu ; tous les champs sont ceux d'après."""

    corrigee_le: dt.datetime


class ActiviteRestaureeV1(ActiviteDecriteV1):
    """Le médiateur est revenu sur sa suppression : l'activité compte de nouveau, avec tous ces champs."""

    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None = None
    restauree_le: dt.datetime


class ActiviteSupprimeeV1(Contract):
    """Le médiateur a supprimé son compte rendu : il ne compte plus nulle part."""

    activite_id: UUID
    mediateur_id: UUID
    compte_id: UUID
    departement: str | None = None
    supprimee_le: dt.datetime
