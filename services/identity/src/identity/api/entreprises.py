"""The directory of companies, for whoever says who employs them."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from web.pace import Pace, keep_pace
from web.policies import allow
from web.problems import TROP_DE_DEMANDES, answers

from identity.api.browser import AccesDep
from identity.domain import siret
from identity.entreprises.annuaire import AnnuaireInjoignable
from identity.policies import CHERCHER_UNE_ENTREPRISE

router = APIRouter(prefix="/comptes/entreprises", tags=["Inscription"])

RECHERCHES = Pace("entreprises", burst=30, every=dt.timedelta(seconds=2))
"""The State's directory answers seven times a second, to everybody together."""


class EtablissementTrouve(BaseModel):
    """Un établissement de l'annuaire des entreprises. adresse : sa voie."""

    model_config = ConfigDict(from_attributes=True)

    siret: str
    nom: str
    adresse: str
    code_postal: str
    commune: str
    code_insee: str | None
    ouvert: bool


class Etablissements(BaseModel):
    """Dix au plus. repond : faux quand l'annuaire ne répond pas ; on saisit alors soi-même."""

    elements: list[EtablissementTrouve]
    repond: bool


@router.get(
    "",
    responses=answers(TROP_DE_DEMANDES),
    dependencies=[allow(CHERCHER_UNE_ENTREPRISE), keep_pace(RECHERCHES)],
)
async def chercher(
    acces: AccesDep,
    q: Annotated[str, Query(min_length=3, max_length=100, description="Un nom, ou un SIRET")],
) -> Etablissements:
    """Chercher une structure par son nom ou son SIRET."""
    numero = siret.valide_ou_none(q)
    try:
        if numero is not None:
            trouve = await acces.annuaire.etablissement(numero)
            trouves = [trouve] if trouve else []
        else:
            trouves = await acces.annuaire.chercher(q)
    except AnnuaireInjoignable:
        return Etablissements(elements=[], repond=False)
    return Etablissements(elements=[EtablissementTrouve.model_validate(e) for e in trouves], repond=True)
