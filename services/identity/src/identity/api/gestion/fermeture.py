"""Closing an account for its person, and opening it again in time, with a reason."""

from fastapi import APIRouter
from web.policies import allow
from web.problems import problems

from identity.api.browser import AccesDep
from identity.api.gestion.acces import DecideurDep, Decision
from identity.domain import acces as domaine
from identity.domain import compte
from identity.domain.compte import COMPTE
from identity.domain.intervention import Geste
from identity.domain.vocabulaire import MotifRevocation
from identity.policies import GERER

router = APIRouter(prefix="/comptes/gestion/utilisateurs/{compte_id}", tags=["Gestion"])

_REFUS = (domaine.RaisonAbsente, domaine.SonPropreCompte, compte.CompteInconnu, compte.CompteQuiRenvoie)


@router.post(
    "/fermeture",
    status_code=204,
    responses=problems(*_REFUS, compte.CompteQuiAdministre),
    dependencies=[allow(GERER)],
)
async def fermer(body: Decision, qui: DecideurDep, acces: AccesDep) -> None:
    """Fermer un compte. Sa personne, ou un administrateur, peut le rouvrir pendant trente jours."""
    note = qui.noter(Geste.COMPTE_FERME, body.raison)
    if await acces.rapprochements.reserve(qui.compte_id):
        raise compte.CompteQuiAdministre
    await qui.intervenir(COMPTE(qui.compte_id), compte.FermerCompte(qui.maintenant), note)
    # Again, too: a sign-in may have ended between the two.
    await acces.registre.revoke_all(qui.compte_id, MotifRevocation.FERMETURE, qui.context)


@router.post("/reouverture", status_code=204, responses=problems(*_REFUS), dependencies=[allow(GERER)])
async def rouvrir(body: Decision, qui: DecideurDep, acces: AccesDep) -> None:
    """Rouvrir un compte fermé. Les équipes quittées le restent."""
    note = qui.noter(Geste.COMPTE_ROUVERT, body.raison)
    outcome = await qui.intervenir(COMPTE(qui.compte_id), compte.RouvrirCompte(qui.maintenant), note)
    if outcome.changed:
        # A session of a closed account opens nothing else: another one is asked for.
        await acces.registre.revoke_all(qui.compte_id, MotifRevocation.FERMEE_PAR_LA_GESTION, qui.context)
