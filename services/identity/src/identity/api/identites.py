"""The federation's identities that open the person's account."""

import datetime as dt
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from web.auth import Connecte
from web.policies import allow
from web.problems import INTROUVABLE, Problem, problems
from web.wiring import ContextDep

from identity.api.browser import AccesDep
from identity.domain.compte import DerniereIdentite
from identity.domain.vocabulaire import CompteId, SessionId
from identity.policies import SON_COMPTE, SON_IDENTITE

router = APIRouter(prefix="/comptes/moi/identites", tags=["Comptes"])


class MonIdentite(BaseModel):
    """Une identité ProConnect. id : une marque, dont rien ne se lit.   actuelle : celle de cette session.

    liee_le : depuis quand elle ouvre le compte.
    """

    id: UUID
    liee_le: dt.datetime
    actuelle: bool


@router.get("", dependencies=[allow(SON_COMPTE)])
async def mes_identites(moi: Connecte, acces: AccesDep) -> list[MonIdentite]:
    """Les identités qui ouvrent mon compte, la première d'abord."""
    ici = await acces.identites.de_la_session(SessionId(moi.sid), CompteId(moi.compte_id))
    return [
        MonIdentite(id=une.id, liee_le=une.liee_le, actuelle=une.id == ici)
        for une in await acces.identites.de(CompteId(moi.compte_id))
    ]


@router.delete(
    "/{identite_id}",
    status_code=204,
    responses=problems(DerniereIdentite),
    dependencies=[allow(SON_IDENTITE)],
)
async def retirer(identite_id: UUID, moi: Connecte, context: ContextDep, acces: AccesDep) -> None:
    """Retirer une de mes identités, jamais la dernière. Les sessions qu'elle a ouvertes se ferment."""
    if not await acces.identites.retirer(CompteId(moi.compte_id), identite_id, context):
        raise Problem(INTROUVABLE)
