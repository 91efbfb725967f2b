"""Who am I, and my open sessions: by cookie, for front-ends."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from events.store.store import Store
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from web.policies import allow
from web.problems import NON_AUTHENTIFIE, Problem, problems
from web.wiring import ClockDep, DatabaseDep, StoreDep

from identity.api.browser import (
    SESSION_COOKIE,
    AccesDep,
    SessionDep,
    SessionProtegee,
    context_of,
    drop_cookie,
)
from identity.connexion.sessions.jetons import droits, load_titulaire
from identity.domain import compte, inscription
from identity.domain.employeur import a_demander
from identity.domain.inscription import INSCRIPTION
from identity.domain.session import SessionInconnue
from identity.domain.vocabulaire import (
    CompteId,
    Droit,
    Etape,
    MotifRevocation,
    Role,
    SessionId,
    SourceDuFait,
)
from identity.policies import FERMER_SESSION, SA_SESSION
from identity.projections import emplois

router = APIRouter(prefix="/auth", tags=["Connexion"])


class Usurpation(BaseModel):
    """usurpateur : le compte qui voit la plateforme comme cette personne, en lecture seule."""

    usurpateur: UUID
    jusqu_a: dt.datetime


class FinDeContrat(BaseModel):
    """Un emploi dont le terme prévu approche, ou est passé sans que personne l’ait constaté."""

    model_config = ConfigDict(from_attributes=True)

    emploi_id: UUID
    nom_structure: str
    fin_prevue: dt.date
    source: SourceDuFait


class MaSession(BaseModel):
    """La personne connectée. siret : proposé par ProConnect, à confirmer.

    inscription : l'étape où elle en est, ou « terminee ».

    droit : d'application, celui de cette session.
    effacement_le : le compte est fermé, et sera effacé alors ; on peut encore le rouvrir.
    inactive_dans, expire_dans : secondes avant la fin de la session, sans rien faire, ou quoi qu'on fasse.
    usurpation : quand c'est le support qui voit La Coop comme cette personne.
    fuseau : celui de son territoire (base IANA), Europe/Paris tant qu'aucun emploi ne le dit.
    employeur_a_dire : ProConnect donne un employeur que ses emplois ne connaissent pas.
    fin_de_contrat : la plus proche, dès trois mois avant.
    """

    compte_id: UUID
    session_id: UUID
    prenom: str
    nom: str
    courriel: str
    siret: str | None
    roles: list[Role]
    droit: Droit
    mediateur_id: UUID | None
    coordinateur_id: UUID | None
    inscription: Etape | Literal["terminee"]
    effacement_le: dt.datetime | None
    csrf: str
    expire_le: dt.datetime
    inactive_dans: int
    expire_dans: int
    usurpation: Usurpation | None
    fuseau: str
    employeur_a_dire: bool
    fin_de_contrat: FinDeContrat | None


class SessionActive(BaseModel):
    """Une session ouverte de la personne. navigateur : sans détail."""

    id: UUID
    navigateur: str
    ouverte_le: dt.datetime
    vue_le: dt.datetime
    actuelle: bool


@router.get("/session", dependencies=[allow(SA_SESSION)])
async def ma_session(
    courante: SessionDep, acces: AccesDep, store: StoreDep, database: DatabaseDep, clock: ClockDep
) -> MaSession:
    """Qui suis-je ? Donne aussi le jeton CSRF à joindre à toute écriture (en-tête X-CSRF-Token)."""
    session = courante.session
    state, access = await load_titulaire(store, session.compte_id)
    effacement_le = None
    if isinstance(state, compte.Ferme):
        state, effacement_le = state.avant, state.effacement_le
    if access.suspendu or not isinstance(state, compte.EnInscription | compte.Inscrit):
        raise Problem(NON_AUTHENTIFIE)
    ferme = effacement_le is not None
    inscrit = isinstance(state, compte.Inscrit)
    async with database.engine.connect() as connection:
        siens: Sequence[Any] = (await connection.execute(emplois.emplois_de(session.compte_id))).all()
    return MaSession(
        compte_id=session.compte_id,
        session_id=session.session_id,
        prenom=state.personne.prenom,
        nom=state.personne.nom,
        courriel=state.personne.courriel,
        siret=state.personne.siret,
        roles=[] if ferme else list(compte.roles(state)),
        droit=next(iter(droits(session, access)), Droit.AUCUN),
        mediateur_id=state.mediateur_id if inscrit else None,
        coordinateur_id=state.coordinateur_id if inscrit else None,
        inscription="terminee" if inscrit else await _etape(store, session.compte_id),
        effacement_le=effacement_le,
        csrf=acces.empreintes.csrf(courante.opaque),
        expire_le=session.expire_le,
        inactive_dans=_secondes(session.inactive_le - clock.now()),
        expire_dans=_secondes(session.expire_le - clock.now()),
        usurpation=Usurpation(usurpateur=session.usurpateur, jusqu_a=session.expire_le)
        if session.usurpateur is not None
        else None,
        fuseau=emplois.fuseau_de_la_personne(siens),
        employeur_a_dire=inscrit and a_demander(state.personne.siret, state.siret_ecarte, siens),
        fin_de_contrat=_fin_de_contrat(siens),
    )


@router.get("/sessions", dependencies=[allow(SA_SESSION)])
async def mes_sessions(courante: SessionDep, acces: AccesDep) -> list[SessionActive]:
    """Mes sessions ouvertes, dix au plus."""
    return [
        SessionActive(
            id=session.session_id,
            navigateur=session.navigateur,
            ouverte_le=session.ouverte_le,
            vue_le=session.vue_le,
            actuelle=session.session_id == courante.session.session_id,
        )
        for session in await acces.registre.of(courante.session.compte_id)
    ]


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    responses=problems(SessionInconnue),
    dependencies=[allow(FERMER_SESSION)],
)
async def fermer(session_id: UUID, request: Request, courante: SessionProtegee, acces: AccesDep) -> Response:
    """Fermer une de mes sessions."""
    par = courante.session.compte_id
    await acces.registre.revoke(
        SessionId(session_id), par, MotifRevocation.FERMEE_PAR_LA_PERSONNE, context_of(request, par)
    )
    response = Response(status_code=204)
    if session_id == courante.session.session_id:
        drop_cookie(response, SESSION_COOKIE)
    return response


async def _etape(store: Store[Any], compte_id: CompteId) -> Etape:
    state, _ = await store.state(INSCRIPTION(compte_id))
    return (
        inscription.etape_courante(state) if isinstance(state, inscription.EnCours) else Etape.RECAPITULATIF
    )


def _fin_de_contrat(siens: Sequence[Any]) -> FinDeContrat | None:
    proches = [e for e in siens if e.fin is None and e.alerte is not None]
    proche = min(proches, key=lambda e: e.fin_prevue, default=None)
    return None if proche is None else FinDeContrat.model_validate(proche)


def _secondes(reste: dt.timedelta) -> int:
    return max(0, int(reste.total_seconds()))
