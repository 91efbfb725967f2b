"""Ce que répondent les statistiques, pour qui les lit. Les chiffres partent tels qu'ils sont comptés."""

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from activites.domain.vocabulaire import PorteeDeTag
from activites.statistiques.series import Comparaison, Pas


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
    """Bénéficiaires. nouveaux : venus pour la première fois ; de toute période, finie ou non."""

    total: int
    nouveaux: int
    suivis: int
    anonymes: int


class Totaux(_Chiffres):
    """Les nombres du haut de la page."""

    activites: TotauxActivites
    accompagnements: TotauxAccompagnements
    beneficiaires: TotauxBeneficiaires


class PartPublique(_Chiffres):
    """Un nombre, et son pourcentage ; absents s'ils disent moins de cinq personnes."""

    total: int | None
    proportion: float | None


class PartCollectivePublique(PartPublique):
    """Les ateliers, et combien de personnes y ont pris part."""

    participants: int | None


class TotauxActivitesPublics(_Chiffres):
    """Activités enregistrées."""

    total: int | None
    individuels: PartPublique
    collectifs: PartCollectivePublique


class TotauxAccompagnementsPublics(_Chiffres):
    """Personnes accompagnées, comptées à chaque fois."""

    total: int | None
    individuels: PartPublique
    collectifs: PartPublique


class TotauxBeneficiairesPublics(_Chiffres):
    """Bénéficiaires."""

    total: int | None
    nouveaux: int | None
    suivis: int | None
    anonymes: int | None


class TotauxPublics(_Chiffres):
    """Les nombres du haut de la page, sans ceux qui disent moins de cinq personnes."""

    activites: TotauxActivitesPublics
    accompagnements: TotauxAccompagnementsPublics
    beneficiaires: TotauxBeneficiairesPublics


class ValeurPublique(_Chiffres):
    """Une valeur d'une nomenclature. nombre, proportion : absents si la case se cache."""

    valeur: str
    libelle: str
    nombre: int | None
    proportion: float | None


class MoisPublic(_Chiffres):
    """Un mois, sans trou entre deux. debut : son premier jour.   nombre : absent si la case se cache."""

    debut: dt.date
    libelle: str
    nombre: int | None


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


class Autres(_Chiffres):
    """Ce que font ensemble les lignes d'une liste qui ne sont pas montrées."""

    lignes: int
    nombre: int
    proportion: float


class Etiquette(_Chiffres):
    """Une étiquette que l'on voit, et les accompagnements des activités qui la portent."""

    tag_id: UUID
    nom: str
    portee: PorteeDeTag
    nombre: int
    proportion: float


class PointDeCourbe(_Chiffres):
    """Un pas d'une courbe, sans trou entre deux. debut : son premier jour.   nombre : les deux ensemble."""

    debut: dt.date
    libelle: str
    nombre: int
    individuels: int
    participants: int


class Periodes(_Chiffres):
    """Une courbe, et ce que réunit chacun de ses points."""

    pas: Pas
    points: list[PointDeCourbe]


class DefinitionDeChiffre(_Chiffres):
    """Ce que dit un chiffre, et en quoi il se compte."""

    nom: str
    phrase: str
    unite: str


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
    communes: list[Commune]
    communes_autres: Autres


class Ecart(_Chiffres):
    """Un total, avant et maintenant. evolution : en pour cent d'avant ; absente si rien n'était compté."""

    cle: str
    avant: int
    maintenant: int
    difference: int
    evolution: float | None


class ChiffresCompares(_Chiffres):
    """Les mêmes chiffres sur une autre période, et ce qui a changé depuis."""

    sorte: Comparaison
    du: dt.date
    au: dt.date
    totaux: Totaux
    periodes: Periodes
    activites: Activites
    beneficiaires: Beneficiaires
    ecarts: list[Ecart]


class Chiffres(_Chiffres):
    """Toute la page des statistiques, sur les mêmes activités. mediateurs : combien sont comptés.

    lieux, communes, etiquettes : les plus nombreux d'abord ; les lignes montrées et les autres font le total.
    filtres : ceux qui ont été appliqués.   position : du journal, jusqu'où tout est compté, pour X-Position.
    a_jour_au : tout ce qui était écrit avant y est compté ; absent quand le journal ne répond pas.
    comparaison : demandée, et possible.   definitions : ce que dit chaque chiffre.
    """

    totaux: Totaux
    accompagnements_par_jour: list[Jour]
    accompagnements_par_semaine: list[Semaine]
    accompagnements_par_mois: list[Mois]
    periodes: Periodes
    activites: Activites
    etiquettes: list[Etiquette]
    etiquettes_autres: Autres
    beneficiaires: Beneficiaires
    lieux: list[Lieu]
    lieux_autres: Autres
    communes: list[Commune]
    communes_autres: Autres
    comparaison: ChiffresCompares | None
    mediateurs: int
    filtres: dict[str, Any]
    definitions: dict[str, DefinitionDeChiffre]
    position: str
    a_jour_au: dt.datetime | None


class ChiffresPublics(_Chiffres):
    """Ce que d'autres que les siens lisent : aucune case de moins de `seuil` personnes, ni qui se retrouve.

    arrondi : tout nombre en est le multiple le plus proche.   mois : accompagnements.   filtres, position,
    a_jour_au, definitions : comme `Chiffres`.
    """

    seuil: int
    arrondi: int
    totaux: TotauxPublics
    mois: list[MoisPublic]
    types: list[ValeurPublique]
    durees: list[ValeurPublique]
    types_lieu: list[ValeurPublique]
    thematiques: list[ValeurPublique]
    thematiques_administratives: list[ValeurPublique]
    materiels: list[ValeurPublique]
    genres: list[ValeurPublique]
    tranches_age: list[ValeurPublique]
    statuts: list[ValeurPublique]
    filtres: dict[str, Any]
    definitions: dict[str, DefinitionDeChiffre]
    position: str
    a_jour_au: dt.datetime | None
