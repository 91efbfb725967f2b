"""La fiche d'un lieu : les champs du standard national v1.0.2, déjà nettoyés."""

import datetime as dt
from dataclasses import dataclass

from events.types import Public

from cartographie.domain.vocabulaire import (
    Dispositif,
    FormationLabel,
    Frais,
    Itinerance,
    ModaliteAcces,
    ModaliteAccompagnement,
    PriseEnCharge,
    PublicSpecifique,
    Service,
    Typologie,
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """D'où vient une fiche. source : identifiant de la source ; id_source : identifiant du lieu chez elle.

    fichier, ligne : le fichier où cette fiche a été lue, première ligne = 1.
    """

    source: Public
    id_source: Public
    fichier: Public
    ligne: int


@dataclass(frozen=True, slots=True)
class Fiche:
    """Ce que l'on publie d'un lieu, hors contacts et présentation (voir `Contact`).

    pivot : SIRET, RNA ou RIDET ; absent quand il est inconnu.   code_postal : 5 chiffres.
    code_insee : commune actuelle du COG.   latitude, longitude : degrés WGS84, ensemble ou pas du tout.
    horaires : OSM opening_hours.   date_maj : jour donné par la source, s'il est connu.
    Listes vides : rien n'est dit (services : le lieu n'accueille pas de public).
    """

    nom: Public
    commune: Public
    code_postal: Public
    code_insee: Public | None = None
    departement: Public | None = None
    adresse: Public | None = None
    complement_adresse: Public | None = None
    latitude: float | None = None
    longitude: float | None = None
    pivot: Public | None = None
    typologies: tuple[Typologie, ...] = ()
    site_web: tuple[Public, ...] = ()
    horaires: Public | None = None
    itinerance: tuple[Itinerance, ...] = ()
    structure_parente: Public | None = None
    date_maj: dt.date | None = None
    services: tuple[Service, ...] = ()
    publics_specifiquement_adresses: tuple[PublicSpecifique, ...] = ()
    prise_en_charge_specifique: tuple[PriseEnCharge, ...] = ()
    frais_a_charge: tuple[Frais, ...] = ()
    dispositifs: tuple[Dispositif, ...] = ()
    formations_labels: tuple[FormationLabel, ...] = ()
    autres_formations_labels: tuple[Public, ...] = ()
    modalites_acces: tuple[ModaliteAcces, ...] = ()
    modalites_accompagnement: tuple[ModaliteAccompagnement, ...] = ()
    fiche_acces_libre: Public | None = None
    prise_rdv: Public | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Les textes d'un lieu qui peuvent nommer une personne : chiffrés dans le journal.

    telephone : E.164.   courriels : un ou plusieurs, séparés par « | » (séparateur du standard).
    presentation_resume : 280 caractères au plus.
    """

    telephone: str | None = None
    courriels: str | None = None
    presentation_resume: str | None = None
    presentation_detail: str | None = None
