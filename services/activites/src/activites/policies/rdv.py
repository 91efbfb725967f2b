"""A rendez-vous is known to the médiateur whose it is, in person, and to nobody else."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends
from web.auth import MEDIATEUR, Connecte
from web.policies import Rule
from web.wiring import DatabaseDep

from activites.domain.rdv_refus import RdvInconnu
from activites.policies.personne import AUTEUR
from activites.projections.tables import rdvs


async def _rdv(rdv_id: int, moi: Connecte, database: DatabaseDep) -> Any | None:
    if moi.usurpe_par is not None or not 0 < rdv_id < 2**63:
        return None
    c = rdvs.c
    async with database.engine.connect() as connection:
        choix = sa.select(rdvs).where(c.compte_id == moi.compte_id, c.rdv_id == rdv_id)
        return (await connection.execute(choix)).one_or_none()


RdvDep = Annotated[Any | None, Depends(_rdv)]
"""The rendez-vous of the path among the caller's own, sealed; None when there is none."""


async def _place_du_rdv(trouve: RdvDep) -> str | None:
    return AUTEUR if trouve is not None else None


SES_RDV = Rule(
    "ses_rdv",
    "Un médiateur : ses rendez-vous et son compte relié, en personne.",
    roles=frozenset({MEDIATEUR}),
)
SON_RDV = Rule(
    "son_rdv",
    "Le médiateur à qui est ce rendez-vous, en personne, et nul autre.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place_du_rdv,
    unknown=RdvInconnu,
)
