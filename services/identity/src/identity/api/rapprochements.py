"""Accounts that may be one person's: what the person sees of them."""

import datetime as dt
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from web.auth import Connecte
from web.policies import allow
from web.positions import after
from web.wiring import DatabaseDep

from identity.domain.rapprochement import Origine
from identity.domain.vocabulaire import CompteId
from identity.policies import SON_COMPTE
from identity.projections import rapprochements
from identity.projections.rapprochements import EtatRapprochement

router = APIRouter(prefix="/comptes/moi/rapprochements", tags=["Comptes"])


class MonRapprochement(BaseModel):
    """Un autre compte est peut-être à moi, ou l'est. Ne dit rien de l'autre compte."""

    model_config = ConfigDict(from_attributes=True)

    rapprochement_id: UUID
    origine: Origine
    etat: EtatRapprochement
    ouvert_le: dt.datetime
    decide_le: dt.datetime | None


@router.get("", dependencies=[allow(SON_COMPTE), Depends(after("rapprochements"))])
async def miens(moi: Connecte, database: DatabaseDep) -> list[MonRapprochement]:
    """Les comptes peut-être à moi, et ceux qui mènent désormais au mien."""
    async with database.engine.connect() as connection:
        rows = await connection.execute(rapprochements.de(CompteId(moi.compte_id)))
        return [MonRapprochement.model_validate(row) for row in rows]
