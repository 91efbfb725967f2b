"""What an administrator decides of an account: its right, its suspension, its sessions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from events.store.store import Claim, Context, Store, Written
from events.stream import StreamId
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from web.auth import Connecte
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.api.browser import AccesDep
from identity.connexion.interventions import intervenir
from identity.connexion.sessions.jetons import load_compte
from identity.dispositif.suivi import Issue
from identity.domain import acces as domaine
from identity.domain import compte
from identity.domain.acces import ACCES, ChangerDroit, LeverSuspension, Suspendre
from identity.domain.intervention import Geste, Intervenir, permettre
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


class VerificationFaite(BaseModel):
    """issue : ce que la source a répondu ; absente d’un compte sans adresse."""

    issue: Issue | None


@dataclass(frozen=True, slots=True)
class Decideur:
    """Who decides, of which account, and when."""

    compte_id: CompteId
    par: CompteId
    maintenant: dt.datetime
    context: Context
    store: Store[Any]
    response: Response

    def noter(self, geste: Geste, raison: str) -> Intervenir:
        """What they do for the person, and why. Raises SonPropreCompte."""
        note = Intervenir(self.compte_id, geste, self.par, raison, self.maintenant)
        permettre(note)
        return note

    async def intervenir[C](
        self, on: StreamId[C, Any, Any], command: C, note: Intervenir, *, claims: Sequence[Claim] = ()
    ) -> Written:
        """Carry out a command in the place of the person. Raises the domain's refusals."""
        outcome = await intervenir(self.store, on, command, note, self.context, claims=claims)
        written(self.response, "identity", outcome)
        return outcome

    async def executer(self, command: domaine.Command) -> Written:
        """Carry it out, and tell the client where to read from.

        Raises the domain's Refusal, CompteQuiRenvoie.
        """
        if isinstance(await load_compte(self.store, self.compte_id), compte.Renvoye):
            # The person goes on under the account that this one leads to: nothing would change for them.
            raise compte.CompteQuiRenvoie
        outcome = await self.store.execute(ACCES(self.compte_id), command, self.context)
        written(self.response, "identity", outcome)
        return outcome


async def _decideur(
    compte_id: UUID, moi: Connecte, store: StoreDep, clock: ClockDep, context: ContextDep, response: Response
) -> Decideur:
    """Raises CompteInconnu: of an account that is not there, nothing is decided."""
    if isinstance(
        await load_compte(store, CompteId(compte_id)), compte.Inconnu | compte.Prepare | compte.Efface
    ):
        raise compte.CompteInconnu
    return Decideur(CompteId(compte_id), CompteId(moi.compte_id), clock.now(), context, store, response)


DecideurDep = Annotated[Decideur, Depends(_decideur)]


@router.put(
    "/droit",
    status_code=204,
    responses=problems(
        domaine.RaisonAbsente,
        domaine.SonPropreCompte,
        domaine.DroitSuspendu,
        compte.CompteInconnu,
        compte.CompteQuiRenvoie,
    ),
    dependencies=[allow(GERER)],
)
async def changer_le_droit(body: DecisionDeDroit, qui: DecideurDep, acces: AccesDep) -> None:
    """Donner ou retirer un droit d'application. Ses sessions se ferment : celles d'un droit durent moins."""
    command = ChangerDroit(qui.compte_id, body.droit, qui.par, body.raison, qui.maintenant)
    if (await qui.executer(command)).changed:
        await acces.registre.revoke_all(qui.compte_id, MotifRevocation.DROIT_CHANGE, qui.context)


@router.post(
    "/suspension",
    status_code=204,
    responses=problems(
        domaine.RaisonAbsente, domaine.SonPropreCompte, compte.CompteInconnu, compte.CompteQuiRenvoie
    ),
    dependencies=[allow(GERER)],
)
async def suspendre(body: Decision, qui: DecideurDep, acces: AccesDep) -> None:
    """Suspendre un compte : ses sessions se ferment partout, se connecter lui est refusé."""
    await qui.executer(Suspendre(qui.compte_id, qui.par, body.raison, qui.maintenant))
    # Again, too: a sign-in may have ended between the two.
    await acces.registre.revoke_all(qui.compte_id, MotifRevocation.SUSPENSION, qui.context)


@router.post(
    "/suspension/fin",
    status_code=204,
    responses=problems(
        domaine.RaisonAbsente, domaine.SonPropreCompte, compte.CompteInconnu, compte.CompteQuiRenvoie
    ),
    dependencies=[allow(GERER)],
)
async def lever_la_suspension(body: Decision, qui: DecideurDep) -> None:
    """Lever la suspension d'un compte : la personne se reconnecte comme avant."""
    await qui.executer(LeverSuspension(qui.compte_id, qui.par, body.raison, qui.maintenant))


@router.post(
    "/deconnexion",
    status_code=204,
    responses=problems(compte.CompteInconnu),
    dependencies=[allow(GERER)],
)
async def deconnecter(qui: DecideurDep, acces: AccesDep) -> None:
    """Fermer toutes les sessions d'un compte ; la personne peut se reconnecter aussitôt."""
    await acces.registre.revoke_all(qui.compte_id, MotifRevocation.FERMEE_PAR_LA_GESTION, qui.context)


@router.post("/verification", responses=problems(compte.CompteInconnu), dependencies=[allow(GERER)])
async def verifier(qui: DecideurDep, acces: AccesDep) -> VerificationFaite:
    """Interroger maintenant la source du dispositif sur cette personne."""
    return VerificationFaite(issue=await acces.dispositif.reprendre(qui.compte_id, qui.context))
