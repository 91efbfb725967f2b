"""Les conditions générales : le texte de chaque version publiée, ouvert à tous."""

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from web.policies import PUBLIC, allow
from web.problems import INTROUVABLE, Problem

from identity.domain import cgu

router = APIRouter(prefix="/auth/cgu", tags=["Comptes"], dependencies=[allow(PUBLIC)])


class ConditionsGenerales(BaseModel):
    """Une version des conditions générales. texte : paragraphes séparés d'une ligne vide."""

    model_config = ConfigDict(from_attributes=True)

    version: str
    publiee_le: dt.date
    texte: str


@router.get("")
async def actuelles() -> ConditionsGenerales:
    """Les conditions générales en vigueur."""
    return ConditionsGenerales.model_validate(cgu.ACTUELLE)


@router.get("/{version}")
async def une_version(version: str) -> ConditionsGenerales:
    """Une version publiée : celle qu'une personne a acceptée se relit."""
    trouvee = cgu.publiee(version)
    if trouvee is None:
        raise Problem(INTROUVABLE)
    return ConditionsGenerales.model_validate(trouvee)
