"""Ce que le service publie sur le bus : les lieux, sans contact ni présentation."""

from typing import assert_never

from contracts.cartographie import LieuDecritV1, LieuMisAJourV1, LieuReferenceV1
from events.contract import Contract

from cartographie.domain.evenements import Event
from cartographie.domain.lieu import ContactsEffaces, LieuMisAJour, LieuReference
from cartographie.domain.source import SourceImportee


def to_contract(event: Event) -> Contract | None:
    """La forme publique d'un fait ; None le garde privé."""
    match event:
        case LieuReference():
            return _publie(LieuReferenceV1, event)
        case LieuMisAJour():
            return _publie(LieuMisAJourV1, event)
        case ContactsEffaces() | SourceImportee():
            return None
        case _:
            assert_never(event)


def _publie[C: LieuDecritV1](contract: type[C], event: LieuReference | LieuMisAJour) -> C:
    provenance = event.provenance
    return contract.of(
        event.fiche, lieu_id=event.lieu_id, source=provenance.source, id_source=provenance.id_source
    )
