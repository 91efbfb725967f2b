"""Closing one's account, and opening it again in time."""

from fastapi import APIRouter, Response
from web.auth import Connecte
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.api.browser import SESSION_COOKIE, AccesDep, drop_cookie, set_cookie
from identity.domain import compte
from identity.domain.compte import COMPTE
from identity.domain.vocabulaire import CompteId, MotifRevocation, SessionId
from identity.policies import SON_COMPTE

router = APIRouter(prefix="/comptes/moi", tags=["Comptes"])


@router.post(
    "/fermeture",
    status_code=204,
    responses=problems(compte.CompteQuiAdministre, compte.CompteInconnu),
    dependencies=[allow(SON_COMPTE)],
)
async def fermer(
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> None:
    """Fermer mon compte : mes sessions se ferment, et trente jours plus tard je suis effacé·e."""
    compte_id = CompteId(moi.compte_id)
    if await acces.rapprochements.reserve(compte_id):
        raise compte.CompteQuiAdministre
    outcome = await store.execute(COMPTE(compte_id), compte.FermerCompte(clock.now()), context)
    await acces.registre.revoke_all(compte_id, MotifRevocation.FERMETURE, context)
    drop_cookie(response, SESSION_COOKIE)
    written(response, "identity", outcome)


@router.post(
    "/reouverture",
    status_code=204,
    responses=problems(compte.CompteInconnu),
    dependencies=[allow(SON_COMPTE)],
)
async def rouvrir(
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> None:
    """Rouvrir mon compte. Les équipes quittées le restent ; la session change : le cookie est remplacé."""
    compte_id = CompteId(moi.compte_id)
    outcome = await store.execute(COMPTE(compte_id), compte.RouvrirCompte(clock.now()), context)
    if outcome.changed:
        opaque = await acces.registre.rotate(SessionId(moi.sid), compte_id, context)
        if opaque is not None:
            set_cookie(response, SESSION_COOKIE, opaque)
    written(response, "identity", outcome)
