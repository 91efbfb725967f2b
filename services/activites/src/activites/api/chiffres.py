"""Ce que répondent les statistiques, pour qui les lit. Les chiffres partent tels qu'ils sont comptés."""

import datetime as dt
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class _Chiffres(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Part(_Chiffres):
    """Un nombre, et son pourcentage du tout."""

    total: int
    proportion: float


class PartCollective(Part):
    """Les ateliers, et combien de personnes y ont pris part."""

    participants: int


class TotauxActivites(_Chiffres):
    """Activités enregistrées."""

    total: int
    individuels: Part
    collectifs: PartCollective


class TotauxAccompagnements(_Chiffres):
    """Personnes accompagnées, comptées à chaque fois."""

    total: int
    individuels: Part
    collectifs: Part


class TotauxBeneficiaires(_Chiffres):
    """Bénéficiaires. nouveaux : sur une période seulement."""

    total: int
    nouveaux: int
    suivis: int
    anonymes: int


class Totaux(_Chiffres):
    """Les nombres du haut de la page."""

    activites: TotauxActivites
    accompagnements: TotauxAccompagnements
    beneficiaires: TotauxBeneficiaires


class TotauxPublics(_Chiffres):
    """Les totaux de toute la plateforme. a_jour_au : tout ce qui était écrit avant y est compté."""

    totaux: Totaux
    a_jour_au: dt.datetime | None


class Valeur(_Chiffres):
    """Une valeur d'une nomenclature, et son nombre. proportion : pourcentage."""

    valeur: str
    libelle: str
    nombre: int
    proportion: float


class Jour(_Chiffres):
    """Un jour, sans trou entre deux."""

    jour: str
    libelle: str
    nombre: int


class Semaine(_Chiffres):
    """Une semaine, sans trou entre deux. semaine : son lundi.   nombre : individuels et participants."""

    semaine: dt.date
    libelle: str
    nombre: int
    individuels: int
    participants: int


class Mois(_Chiffres):
    """Un mois, sans trou entre deux. mois : AAAA-MM.   nombre : individuels et participants."""

    mois: str
    libelle: str
    nombre: int
    individuels: int
    participants: int


class Lieu(_Chiffres):
    """Un lieu d'activité. nom, commune : absents tant que la fiche du lieu n'est pas connue ici."""

    lieu_id: UUID
    nom: str | None
    commune: str | None
    nombre: int
    proportion: float


class Commune(_Chiffres):
    """Une commune ; sans code : non communiquée."""

    code_insee: str | None
    libelle: str
    nombre: int
    proportion: float


class Activites(_Chiffres):
    """Les accompagnements, répartis."""

    total: int
    types: list[Valeur]
    durees: list[Valeur]
    types_lieu: list[Valeur]
    thematiques: list[Valeur]
    thematiques_administratives: list[Valeur]
    materiels: list[Valeur]


class Beneficiaires(_Chiffres):
    """Les bénéficiaires, répartis."""

    total: int
    genres: list[Valeur]
    tranches_age: list[Valeur]
    statuts: list[Valeur]


class Chiffres(_Chiffres):
    """Toute la page des statistiques, sur les mêmes activités. mediateurs : combien sont comptés.

    a_jour_au : tout ce qui était écrit avant y est compté ; absent quand le journal ne répond pas.
    """

    totaux: Totaux
    accompagnements_par_jour: list[Jour]
    accompagnements_par_semaine: list[Semaine]
    accompagnements_par_mois: list[Mois]
    activites: Activites
    beneficiaires: Beneficiaires
    lieux: list[Lieu]
    communes: list[Commune]
    mediateurs: int
    a_jour_au: dt.datetime | None
