"""Les conditions générales : le texte de chaque version publiée, ouvert à tous."""

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel
from web.policies import PUBLIC, allow
from web.problems import INTROUVABLE, Problem

from identity.domain import cgu

router = APIRouter(prefix="/auth/cgu", tags=["Comptes"], dependencies=[allow(PUBLIC)])


class ConditionsGenerales(BaseModel):
    """Une version des conditions générales. texte : paragraphes séparés d'une ligne vide.

    versions : toutes celles publiées, de la plus ancienne à celle en vigueur.
    """

    version: str
    publiee_le: dt.date
    texte: str
    versions: list[str]


@router.get("")
async def actuelles() -> ConditionsGenerales:
    """Les conditions générales en vigueur."""
    return _montrer(cgu.ACTUELLE)


@router.get("/{version}")
async def une_version(version: str) -> ConditionsGenerales:
    """Une version publiée : celle qu'une personne a acceptée se relit."""
    trouvee = cgu.publiee(version)
    if trouvee is None:
        raise Problem(INTROUVABLE)
    return _montrer(trouvee)


def _montrer(conditions: cgu.Cgu) -> ConditionsGenerales:
    versions = [publiee.version for publiee in cgu.PUBLIEES]
    return ConditionsGenerales(
        version=conditions.version,
        publiee_le=conditions.publiee_le,
        texte=conditions.texte,
        versions=versions,
    )
