"""Ce que le service publie sur le bus : les lieux, sans contact ni présentation."""

from typing import Any, assert_never

from contracts.cartographie import LieuMisAJourV1, LieuReferenceV1
from events.contract import Contract

from cartographie.domain.evenements import Event
from cartographie.domain.lieu import ContactsEffaces, LieuMisAJour, LieuReference
from cartographie.domain.source import SourceImportee


def to_contract(event: Event) -> Contract | None:
    """La forme publique d'un fait ; None le garde privé."""
    match event:
        case LieuReference():
            return LieuReferenceV1(**_champs(event))
        case LieuMisAJour():
            return LieuMisAJourV1(**_champs(event))
        case ContactsEffaces() | SourceImportee():
            return None
        case _:
            assert_never(event)


def _champs(event: LieuReference | LieuMisAJour) -> dict[str, Any]:
    fiche = event.fiche
    return {
        "lieu_id": event.lieu_id,
        "source": event.provenance.source,
        "id_source": event.provenance.id_source,
        "nom": fiche.nom,
        "adresse": fiche.adresse,
        "commune": fiche.commune,
        "code_postal": fiche.code_postal,
        "code_insee": fiche.code_insee,
        "departement": fiche.departement,
        "latitude": fiche.latitude,
        "longitude": fiche.longitude,
        "services": list(fiche.services),
        "dispositifs": list(fiche.dispositifs),
        "horaires": fiche.horaires,
        "date_maj": fiche.date_maj,
    }
