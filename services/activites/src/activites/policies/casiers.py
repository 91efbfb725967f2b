"""A draft and a model are read by who keeps them, and nobody else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from web.auth import COORDINATEUR, MEDIATEUR, Connecte
from web.policies import Rule
from web.wiring import DatabaseDep

from activites import casiers
from activites.domain.refus import (
    BrouillonInconnu,
    ModeleInconnu,
)
from activites.policies.personne import AUTEUR


async def _brouillon(brouillon_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    return await casiers.ligne(database, casiers.BROUILLONS, brouillon_id, moi.compte_id)


BrouillonDep = Annotated[Any | None, Depends(_brouillon)]
"""The draft of the path among the caller's own, sealed; None when there is none."""


async def _place_du_brouillon(trouve: BrouillonDep) -> str | None:
    return AUTEUR if trouve is not None else None


_SAISIT = frozenset({MEDIATEUR, COORDINATEUR})
SES_BROUILLONS = Rule(
    "ses_brouillons", "Un médiateur ou un coordinateur : ses brouillons, et rien d’autre.", roles=_SAISIT
)
SON_BROUILLON = Rule(
    "son_brouillon",
    "Le médiateur ou le coordinateur qui garde ce brouillon.",
    roles=_SAISIT,
    places=frozenset({AUTEUR}),
    place=_place_du_brouillon,
    unknown=BrouillonInconnu,
)


async def _modele(modele_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    return await casiers.ligne(database, casiers.MODELES, modele_id, moi.compte_id)


ModeleDep = Annotated[Any | None, Depends(_modele)]
"""The model of the path among the caller's own, sealed; None when there is none."""


async def _place_du_modele(trouve: ModeleDep) -> str | None:
    return AUTEUR if trouve is not None else None


SES_MODELES = Rule(
    "ses_modeles", "Un médiateur ou un coordinateur : ses modèles, et rien d’autre.", roles=_SAISIT
)
SON_MODELE = Rule(
    "son_modele",
    "Le médiateur ou le coordinateur qui garde ce modèle.",
    roles=_SAISIT,
    places=frozenset({AUTEUR}),
    place=_place_du_modele,
    unknown=ModeleInconnu,
)
