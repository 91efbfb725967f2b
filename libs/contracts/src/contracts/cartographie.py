"""Ce que le service cartographie publie : les lieux, selon le standard national."""

import datetime as dt
from uuid import UUID

from events.contract import Contract
from pydantic import Field


class LieuDecritV1(Contract):
    """Les champs publics d'un lieu (schéma national 1.0.2), sans téléphone ni courriel.

    source, id_source : d'où vient la fiche.   latitude, longitude : degrés WGS84, ensemble ou pas du tout.
    horaires : OSM opening_hours.   services, dispositifs : libellés du schéma national.
    date_maj : jour donné par la source.
    """

    lieu_id: UUID
    source: str
    id_source: str
    nom: str
    adresse: str | None = None
    commune: str
    code_postal: str
    code_insee: str | None = None
    departement: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    services: list[str] = Field(default_factory=list)
    dispositifs: list[str] = Field(default_factory=list)
    horaires: str | None = None
    date_maj: dt.date | None = None


class LieuReferenceV1(LieuDecritV1):
    """Un lieu de médiation numérique est entré dans la cartographie."""


class LieuMisAJourV1(LieuDecritV1):
    """La fiche d'un lieu a changé ; tous les champs sont ceux d'après."""
