"""Seeing the platform as somebody does: begun from the gestion, ended from anywhere (F5)."""

from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from web.auth import Connecte
from web.policies import allow
from web.positions import written
from web.problems import NON_AUTHENTIFIE, Problem, problems
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.api.browser import (
    SESSION_COOKIE,
    AccesDep,
    SessionDep,
    check_csrf,
    context_of,
    drop_cookie,
    set_cookie,
)
from identity.api.gestion.acces import Decision
from identity.connexion.sessions.jetons import load_titulaire
from identity.domain import compte
from identity.domain.acces import RaisonAbsente
from identity.domain.usurpation import (
    DUREE,
    USURPATION,
    CommencerUsurpation,
    TerminerUsurpation,
    UsurpationImpossible,
)
from identity.domain.vocabulaire import CompteId, MotifRevocation, SessionId
from identity.policies import SA_SESSION, USURPER

router = APIRouter(tags=["Gestion"])


class Retour(BaseModel):
    """Le compte qui était vu."""

    compte_id: UUID


@router.post(
    "/comptes/gestion/utilisateurs/{compte_id}/usurpation",
    status_code=204,
    responses=problems(RaisonAbsente, UsurpationImpossible, compte.CompteInconnu),
    dependencies=[allow(USURPER)],
)
async def commencer(
    compte_id: UUID,
    body: Decision,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> None:
    """Voir La Coop comme cette personne, 30 min, sans rien changer ni télécharger. Le cookie est remplacé ;
    la personne est prévenue."""
    vu, usurpateur = CompteId(compte_id), CompteId(moi.compte_id)
    state, access = await load_titulaire(store, vu)
    if isinstance(state, compte.Inconnu | compte.Prepare | compte.Efface):
        raise compte.CompteInconnu
    maintenant, session_id = clock.now(), SessionId(uuid4())
    command = CommencerUsurpation(vu, access, usurpateur, session_id, body.raison, maintenant)
    outcome = await store.execute(USURPATION(vu), command, context)
    # One person at a time, and another identifier for the session that waits.
    for autre in await acces.registre.usurpees(usurpateur):
        fin = TerminerUsurpation(autre.session_id, maintenant)
        await store.execute(USURPATION(autre.compte_id), fin, context)
        await acces.registre.revoke(
            autre.session_id, autre.compte_id, MotifRevocation.FIN_D_USURPATION, context
        )
    # Its cookie is given to nobody: the session waits for the return.
    sienne = await acces.registre.find(await acces.registre.rotate(SessionId(moi.sid), usurpateur, context))
    if sienne is None:
        raise Problem(NON_AUTHENTIFIE)
    opaque = await acces.registre.usurper(session_id, vu, sienne, DUREE, context)
    set_cookie(response, SESSION_COOKIE, opaque)
    written(response, "identity", outcome)


@router.post("/auth/usurpation/fin", dependencies=[allow(SA_SESSION)])
async def finir(
    request: Request,
    courante: SessionDep,
    acces: AccesDep,
    store: StoreDep,
    clock: ClockDep,
    response: Response,
) -> Retour:
    """Revenir à soi ; sans effet pour qui l'est déjà. Le cookie est remplacé, ou retiré si la session d'avant
    est finie."""
    check_csrf(request.headers, courante.opaque, acces)
    session = courante.session
    if session.usurpateur is None or session.session_usurpateur is None:
        return Retour(compte_id=session.compte_id)
    context = context_of(request, session.usurpateur)
    fin = TerminerUsurpation(session.session_id, clock.now())
    await store.execute(USURPATION(session.compte_id), fin, context)
    await acces.registre.revoke(
        session.session_id, session.compte_id, MotifRevocation.FIN_D_USURPATION, context
    )
    opaque = await acces.registre.rotate(session.session_usurpateur, session.usurpateur, context)
    if opaque is None:
        drop_cookie(response, SESSION_COOKIE)
    else:
        set_cookie(response, SESSION_COOKIE, opaque)
    return Retour(compte_id=session.compte_id)
