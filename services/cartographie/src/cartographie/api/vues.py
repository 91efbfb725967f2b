"""Ce que l'API publie d'un lieu : les noms de champs du standard national."""

import datetime as dt
from dataclasses import asdict
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from referentiels.territoires import fuseau_de

from cartographie.domain import ouverture, ouverture_en_mots
from cartographie.domain.ouverture import EtatOuverture
from cartographie.domain.vocabulaire import JourDeSemaine


class Ouverture(BaseModel):
    """Ce qu'il en est au moment de la réponse, à l'heure du lieu. phrase : « Ouvert jusqu’à 17 h ».

    jusqu_a : fermeture d'un lieu ouvert.   prochaine : prochaine ouverture d'un lieu fermé, si elle est sûre.
    """

    etat: EtatOuverture
    phrase: str
    jusqu_a: dt.datetime | None
    prochaine: dt.datetime | None


class JourDOuverture(BaseModel):
    """Un jour d'une semaine ordinaire. horaires : « 9 h – 12 h, 14 h – 17 h », « Fermé »."""

    jour: JourDeSemaine
    horaires: str


class LieuEnBref(BaseModel):
    """Ce qui se répète d'un lieu partout. latitude, longitude : degrés WGS84."""

    id: UUID
    nom: str
    adresse: str | None
    commune: str
    code_postal: str
    code_insee: str | None
    departement: str | None
    latitude: float | None
    longitude: float | None
    telephone: str | None
    horaires: str | None
    services: list[str]
    dispositif_programmes_nationaux: list[str]
    source: str
    date_maj: dt.date | None


class LieuResume(LieuEnBref):
    """Un lieu dans une liste. horaires : OSM opening_hours.   ouverture : les mêmes, dits."""

    ouverture: Ouverture


class Provenance(BaseModel):
    """D'où vient la fiche : la source, l'identifiant chez elle, le fichier et la ligne lus."""

    source: str
    id_source: str
    fichier: str
    ligne: int
    reference_le: dt.datetime
    mis_a_jour_le: dt.datetime | None


class LieuDetail(LieuResume):
    """La fiche entière d'un lieu, avec les champs du standard national v1.0.2.

    semaine : ses horaires en mots, vide s'ils ne sont pas connus.   precisions_horaires : ce qu'une semaine
    ordinaire ne dit pas.
    """

    semaine: list[JourDOuverture]
    precisions_horaires: list[str]

    complement_adresse: str | None
    pivot: str | None
    typologie: list[str]
    courriels: list[str]
    site_web: list[str]
    presentation_resume: str | None
    presentation_detail: str | None
    itinerance: list[str]
    structure_parente: str | None
    publics_specifiquement_adresses: list[str]
    prise_en_charge_specifique: list[str]
    frais_a_charge: list[str]
    formations_labels: list[str]
    autres_formations_labels: list[str]
    modalites_acces: list[str]
    modalites_accompagnement: list[str]
    fiche_acces_libre: str | None
    prise_rdv: str | None
    provenance: Provenance


class Geometrie(BaseModel):
    """Un point GeoJSON. coordinates : longitude, latitude, degrés WGS84."""

    type: str = "Point"
    coordinates: tuple[float, float]


class Feature(BaseModel):
    """Un lieu sur la carte (RFC 7946)."""

    type: str = "Feature"
    id: UUID
    geometry: Geometrie
    properties: dict[str, Any]


class FeatureCollection(BaseModel):
    """Les lieux d'une page sur la carte (RFC 7946).

    suivant : curseur de la page suivante.   sans_coordonnees : lieux demandés qui n'ont pas de position, donc
    absents d'ici ; le rectangle `bbox` ne s'applique pas à eux.
    """

    type: str = "FeatureCollection"
    features: list[Feature]
    suivant: str | None
    sans_coordonnees: int


class SourceComptee(BaseModel):
    """Une source : combien de lieux elle a ici, et ce que son dernier import a donné."""

    source: str
    nom: str
    licence: str
    fichier: str
    edition: dt.date
    lieux: int
    lues: int
    refusees: int
    reparations: int
    importee_le: dt.datetime


class Comptage(BaseModel):
    """Les lieux publiés. refuses_dernier_import : lignes refusées au dernier import de chaque source."""

    total: int
    par_source: list[SourceComptee]
    refuses_dernier_import: int


def resume(row: Any, maintenant: dt.datetime) -> LieuResume:
    return LieuResume.model_validate(_commun(row) | {"ouverture": _ouverture(row, maintenant)})


def detail(row: Any, maintenant: dt.datetime) -> LieuDetail:
    details: dict[str, Any] = dict(row.details)
    details["typologie"] = details.pop("typologies")
    textes = ("complement_adresse", "courriels", "presentation_resume", "presentation_detail")
    horaires = ouverture.lire(row.horaires)
    en_mots = {
        "ouverture": _ouverture(row, maintenant),
        "semaine": [asdict(jour) for jour in ouverture_en_mots.semaine(horaires)],
        "precisions_horaires": ouverture_en_mots.precisions(horaires),
        "provenance": _provenance(row),
    }
    return LieuDetail.model_validate(
        _commun(row) | {nom: getattr(row, nom) for nom in textes} | details | en_mots
    )


def feature(row: Any) -> Feature:
    proprietes = _commun(row)
    for nom in ("id", "latitude", "longitude"):
        del proprietes[nom]
    return Feature(
        id=row.lieu_id,
        geometry=Geometrie(coordinates=(row.longitude, row.latitude)),
        properties=proprietes,
    )


def _commun(row: Any) -> dict[str, Any]:
    ailleurs = ("id", "dispositif_programmes_nationaux")
    champs = {nom: getattr(row, nom) for nom in LieuEnBref.model_fields if nom not in ailleurs}
    return champs | {"id": row.lieu_id, "dispositif_programmes_nationaux": row.dispositifs}


def _ouverture(row: Any, maintenant: dt.datetime) -> Ouverture:
    ici = maintenant.astimezone(ZoneInfo(fuseau_de(row.code_insee or row.departement)))
    vue = ouverture.situation(ouverture.lire(row.horaires), ici)
    return Ouverture(
        etat=vue.etat,
        phrase=ouverture_en_mots.phrase(vue),
        jusqu_a=vue.jusqu_a,
        prochaine=vue.prochaine,
    )


def _provenance(row: Any) -> Provenance:
    return Provenance.model_validate({nom: getattr(row, nom) for nom in Provenance.model_fields})
