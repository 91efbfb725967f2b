"""The addresses that find the person's account: those of ProConnect, and those whose mailbox is proven."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from web.auth import Connecte
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.policies import allow
from web.positions import written
from web.problems import INTROUVABLE, TROP_DE_DEMANDES, Problem, answers, problems
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.api.browser import SESSION_COOKIE, AccesDep, set_cookie
from identity.connexion import adresses
from identity.connexion.codes import DURING, TooMany
from identity.connexion.rapprochement import Resultat
from identity.connexion.sessions.jetons import load_compte
from identity.domain import compte, courriel, preuve
from identity.domain.compte import COMPTE
from identity.domain.rapprochement import RapprochementImpossible
from identity.domain.vocabulaire import CompteId, PreuveId, SessionId
from identity.policies import SA_PREUVE, SON_COMPTE

router = APIRouter(prefix="/comptes/moi/courriels", tags=["Comptes"])

Adresse = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]


class MesCourriels(BaseModel):
    """principal : celle que donne ProConnect.   autres : celles dont la personne a ouvert la boîte.

    generique : le principal est une boîte que plusieurs personnes ouvrent sans doute (« contact@ »).
    """

    principal: str
    generique: bool
    autres: list[str]


class DemandeDeCode(BaseModel):
    """id : tiré par le client ; le même renvoyé n'envoie rien de plus."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"id": EXAMPLE_ID, "courriel": "lea.martin@ville.exemple.fr"}]},
    )

    id: NewId
    courriel: Adresse


class CodeEnvoye(BaseModel):
    """Le code est parti, que l'adresse soit connue ici ou non."""

    id: UUID
    expire_le: dt.datetime


class CodeRecu(BaseModel):
    """code : huit chiffres ; les espaces ne comptent pas."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "1234 5678"}]})

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class Preuve(BaseModel):
    """Ce que le code a permis.

    resultat : l'adresse trouve désormais ce compte (`ajoute`) ; elle menait à un autre compte de la même
    personne, et les deux n'en font plus qu'un (`rapproche` : la session est alors remplacée) ; ou le support
    doit d'abord regarder (`confie`).
    """

    resultat: Resultat


class Retrait(BaseModel):
    """L'adresse à retirer : dans le corps, une adresse de page ne nomme personne."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"courriel": "lea.martin@ville.exemple.fr"}]}
    )

    courriel: Adresse


@router.get("", dependencies=[allow(SON_COMPTE)])
async def mes_courriels(moi: Connecte, store: StoreDep) -> MesCourriels:
    """Les adresses qui trouvent mon compte."""
    principal, *autres = compte.adresses(await _vivant(store, moi))
    return MesCourriels(principal=principal, generique=courriel.generique(principal), autres=autres)


@router.post(
    "",
    status_code=202,
    responses=problems(
        courriel.CourrielIllisible,
        courriel.AdresseSupprimee,
        compte.CourrielDejaAjoute,
        compte.TropDeCourriels,
        preuve.CodeDejaDemande,
    )
    | answers(TROP_DE_DEMANDES),
    dependencies=[allow(SON_COMPTE)],
)
async def demander(
    body: DemandeDeCode,
    moi: Connecte,
    store: StoreDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> CodeEnvoye:
    """Faire envoyer un code à une autre de mes adresses."""
    adresse = courriel.accepter(body.courriel, field="/courriel")
    compte.admettre(await _vivant(store, moi))
    if await acces.rapprochements.titulaire(adresse) == moi.compte_id:
        raise compte.CourrielDejaAjoute(field="/courriel")
    try:
        demande, outcome = await acces.codes.demander(
            PreuveId(body.id), CompteId(moi.compte_id), adresse, context
        )
    except TooMany:
        raise Problem(
            TROP_DE_DEMANDES,
            "Trop de codes ont été demandés depuis une heure. Attendez un peu avant d’en demander un autre.",
            headers={"Retry-After": str(int(DURING.total_seconds()))},
        ) from None
    written(response, "identity", outcome)
    return CodeEnvoye(id=body.id, expire_le=demande.expire_le)


@router.post(
    "/{preuve_id}/code",
    responses=problems(
        preuve.CodeInconnu,
        preuve.CodeFaux,
        preuve.CodePerime,
        compte.TropDeCourriels,
        RapprochementImpossible,
    ),
    dependencies=[allow(SA_PREUVE)],
)
async def rendre(
    preuve_id: UUID,
    body: CodeRecu,
    moi: Connecte,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> Preuve:
    """Rendre le code reçu. Si le compte change, la session aussi : le cookie est remplacé."""
    compte_id, sid = CompteId(moi.compte_id), SessionId(moi.sid)
    adresse = await acces.codes.rendre(PreuveId(preuve_id), compte_id, body.code, context)
    suite = await acces.rapprochements.prouver(compte_id, adresse, PreuveId(preuve_id), context, sid)
    if suite.compte_id != compte_id:
        opaque = await acces.registre.rotate(sid, compte_id, context, vers=suite.compte_id)
        if opaque is not None:
            set_cookie(response, SESSION_COOKIE, opaque)
    if suite.ecrit is not None:
        written(response, "identity", suite.ecrit)
    return Preuve(resultat=suite.resultat)


@router.post(
    "/retrait",
    status_code=204,
    responses=problems(courriel.CourrielIllisible, courriel.AdresseSupprimee, compte.CourrielPrincipal),
    dependencies=[allow(SON_COMPTE)],
)
async def retirer(
    body: Retrait,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> None:
    """Retirer une de mes autres adresses."""
    adresse = courriel.accepter(body.courriel, field="/courriel")
    claim, mien = acces.empreintes.courriel(adresse), COMPTE(moi.compte_id)
    command = compte.RetirerCourriel(adresse, clock.now())
    state, _ = await store.state(mien)
    # Not one of theirs: nothing to take away, and nobody to take it from.
    if compte.decide(command, state):
        written(response, "identity", await adresses.retirer(store, mien, command, claim, context))


async def _vivant(store: StoreDep, moi: Connecte) -> compte.Vivant:
    state = await load_compte(store, CompteId(moi.compte_id))
    if isinstance(state, compte.EnInscription | compte.Inscrit):
        return state
    raise Problem(INTROUVABLE)
