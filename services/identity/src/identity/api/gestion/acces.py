"""What an administrator decides of an account: its right, its suspension, its sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from web.auth import Connecte
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.api.browser import AccesDep
from identity.connexion.sessions.jetons import load_compte
from identity.domain import acces as domaine
from identity.domain import compte
from identity.domain.acces import ACCES, ChangerDroit, LeverSuspension, Suspendre
from identity.domain.vocabulaire import CompteId, Droit, MotifRevocation
from identity.policies import GERER

router = APIRouter(prefix="/comptes/gestion/utilisateurs/{compte_id}", tags=["Gestion"])

type Raison = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class Decision(BaseModel):
    """raison : pourquoi ; gardée avec la décision, dans l'histoire du compte."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"raison": "Compte partagé entre deux personnes."}]}
    )

    raison: Raison


class DecisionDeDroit(Decision):
    """droit : le nouveau ; « aucun » retire celui d'avant."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"droit": "support", "raison": "Rejoint l’équipe du support."}]}
    )

    droit: Droit


@router.put(
    "/droit",
    status_code=204,
    responses=problems(
        domaine.RaisonAbsente, domaine.SonPropreCompte, domaine.DroitSuspendu, compte.CompteInconnu
    ),
    dependencies=[allow(GERER)],
)
async def changer_le_droit(
    compte_id: UUID,
    body: DecisionDeDroit,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> None:
    """Donner ou retirer un droit d'application. Ses sessions se ferment : celles d'un droit durent moins."""
    qui = await _existant(store, compte_id)
    command = ChangerDroit(qui, body.droit, CompteId(moi.compte_id), body.raison, clock.now())
    outcome = await store.execute(ACCES(qui), command, context)
    if outcome.changed:
        await acces.registre.revoke_all(qui, MotifRevocation.DROIT_CHANGE, context)
    written(response, "identity", outcome)


@router.post(
    "/suspension",
    status_code=204,
    responses=problems(domaine.RaisonAbsente, domaine.SonPropreCompte, compte.CompteInconnu),
    dependencies=[allow(GERER)],
)
async def suspendre(
    compte_id: UUID,
    body: Decision,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> None:
    """Suspendre un compte : ses sessions se ferment partout, se connecter lui est refusé."""
    qui = await _existant(store, compte_id)
    command = Suspendre(qui, CompteId(moi.compte_id), body.raison, clock.now())
    outcome = await store.execute(ACCES(qui), command, context)
    # Again, too: a sign-in may have ended between the two.
    await acces.registre.revoke_all(qui, MotifRevocation.SUSPENSION, context)
    written(response, "identity", outcome)


@router.post(
    "/suspension/fin",
    status_code=204,
    responses=problems(domaine.RaisonAbsente, domaine.SonPropreCompte, compte.CompteInconnu),
    dependencies=[allow(GERER)],
)
async def lever_la_suspension(
    compte_id: UUID,
    body: Decision,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Lever la suspension d'un compte : la personne se reconnecte comme avant."""
    qui = await _existant(store, compte_id)
    command = LeverSuspension(qui, CompteId(moi.compte_id), body.raison, clock.now())
    written(response, "identity", await store.execute(ACCES(qui), command, context))


@router.post(
    "/deconnexion",
    status_code=204,
    responses=problems(compte.CompteInconnu),
    dependencies=[allow(GERER)],
)
async def deconnecter(compte_id: UUID, store: StoreDep, context: ContextDep, acces: AccesDep) -> None:
    """Fermer toutes les sessions d'un compte ; la personne peut se reconnecter aussitôt."""
    qui = await _existant(store, compte_id)
    await acces.registre.revoke_all(qui, MotifRevocation.FERMEE_PAR_LA_GESTION, context)


async def _existant(store: StoreDep, compte_id: UUID) -> CompteId:
    """The account, which exists. Raises CompteInconnu."""
    if isinstance(await load_compte(store, CompteId(compte_id)), compte.Inconnu | compte.Efface):
        raise compte.CompteInconnu
    return CompteId(compte_id)
