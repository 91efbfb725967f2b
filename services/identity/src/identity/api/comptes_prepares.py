"""Whoever invites an address: the account that it finds, which need not be in use yet (D5)."""

import datetime as dt
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from web.pace import Pace, keep_pace
from web.policies import allow
from web.problems import TROP_DE_DEMANDES, answers, problems
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.api.browser import AccesDep
from identity.api.courriels import Adresse
from identity.connexion.preparation import preparer
from identity.domain import courriel
from identity.policies import INVITER_UNE_ADRESSE

router = APIRouter(prefix="/comptes/prepares", tags=["Comptes"])

PREPARATIONS = Pace("preparations", burst=50, every=dt.timedelta(minutes=5))
"""As many as a coordinateur may invite in a day, and a few mistakes."""


class AdresseInvitee(BaseModel):
    """L’adresse professionnelle de la personne que l’on veut inviter."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"courriel": "lea.martin@ville.exemple.fr"}]}
    )

    courriel: Adresse


class ComptePret(BaseModel):
    """Le compte à inviter, qu’il serve déjà ou attende la première connexion de cette adresse."""

    compte_id: UUID


@router.post(
    "",
    responses=problems(courriel.CourrielIllisible, courriel.AdresseSupprimee) | answers(TROP_DE_DEMANDES),
    dependencies=[allow(INVITER_UNE_ADRESSE), keep_pace(PREPARATIONS)],
)
async def preparer_un_compte(
    body: AdresseInvitee,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> ComptePret:
    """Le compte que trouve cette adresse, pour inviter la personne. La réponse ne dit pas s’il sert déjà."""
    adresse = courriel.accepter(body.courriel, field="/courriel")
    compte_id, ecrit = await preparer(store, acces.empreintes, adresse, clock, context)
    response.headers["X-Position"] = f"identity:{ecrit.position}"
    return ComptePret(compte_id=compte_id)
