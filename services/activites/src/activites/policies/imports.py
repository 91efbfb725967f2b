"""A deposited file is read by who deposited it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from web.auth import MEDIATEUR, Connecte
from web.policies import Rule
from web.wiring import DatabaseDep

from activites import casiers
from activites.domain.refus import ImportInconnu
from activites.policies.personne import AUTEUR

DE_COMPTES_RENDUS, DE_BENEFICIAIRES = "activites", "beneficiaires"
"""What a deposited file holds."""


async def _le_sien(import_id: UUID, moi: Connecte, database: DatabaseDep, sorte: str) -> Any | None:
    # Both name bénéficiaires: nobody reads them in another's place.
    if moi.usurpe_par is not None:
        return None
    trouve = await casiers.ligne(database, casiers.DEPOTS, import_id, moi.compte_id)
    return trouve if trouve is not None and trouve.sorte == sorte else None


async def _depot(import_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    return await _le_sien(import_id, moi, database, DE_COMPTES_RENDUS)


async def _depot_de_beneficiaires(import_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    return await _le_sien(import_id, moi, database, DE_BENEFICIAIRES)


DepotDep = Annotated[Any | None, Depends(_depot)]
"""The deposited file of the path among the caller's own, sealed; None when there is none."""
DepotDeBeneficiairesDep = Annotated[Any | None, Depends(_depot_de_beneficiaires)]
"""The same, of bénéficiaires."""


async def _place_du_depot(trouve: DepotDep) -> str | None:
    return AUTEUR if trouve is not None else None


async def _place_du_depot_de_beneficiaires(trouve: DepotDeBeneficiairesDep) -> str | None:
    return AUTEUR if trouve is not None else None


SON_IMPORT = Rule(
    "son_import",
    "Le médiateur qui a déposé ce fichier, en personne.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place_du_depot,
    unknown=ImportInconnu,
)
SON_IMPORT_DE_BENEFICIAIRES = Rule(
    "son_import_de_beneficiaires",
    "Le médiateur qui a déposé ce fichier, en personne.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place_du_depot_de_beneficiaires,
    unknown=ImportInconnu,
)
