"""What the dispositif says of the person: reading it, asking to be recognised, having it looked up again."""

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from web.auth import Connecte
from web.policies import allow
from web.problems import TROP_DE_DEMANDES, Problem, answers
from web.rapproches import Siens
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.api.browser import AccesDep
from identity.dispositif.suivi import ENTRE_DEUX_DEMANDES, Issue, Verification
from identity.domain import reconnaissance
from identity.domain.reconnaissance import RECONNAISSANCE, EtatDeReconnaissance, situation_de
from identity.domain.vocabulaire import CompteId
from identity.policies import SON_COMPTE, SiensDep

router = APIRouter(prefix="/comptes/moi/reconnaissance", tags=["Dispositif"])


class PeriodeDeConseiller(BaseModel):
    """Des jours où la personne est conseillère numérique, bornes comprises. fin : absente en cours."""

    model_config = ConfigDict(from_attributes=True)

    debut: dt.date
    fin: dt.date | None


class MaReconnaissance(BaseModel):
    """Ce que le dispositif dit de la personne connectée.

    coordinateur_du_dispositif : conseiller et coordinateur selon la source ; sans cela, un coordinateur est
    hors dispositif.   a_des_lieux : la source lui connaît un lieu d’activité.   verifiee_le, issue : la
    dernière fois que la source a été interrogée, et ce qu’elle a répondu.
    """

    etat: EtatDeReconnaissance
    demandee_le: dt.datetime | None
    periodes: list[PeriodeDeConseiller]
    coordinateur_du_dispositif: bool
    a_des_lieux: bool
    verifiee_le: dt.datetime | None
    issue: Issue | None


async def _lue(store: StoreDep, acces: AccesDep, siens: Siens) -> MaReconnaissance:
    # The streams, not a table: what was just looked up shows at once. The source may know the person under
    # the account that was brought to theirs.
    etats = await store.states([RECONNAISSANCE(un) for un in siens.comptes])
    lus = list(zip(siens.comptes, etats, strict=True))
    compte_id, etat = next((lu for lu in lus if _connue(lu[1])), lus[0])
    return _vue(etat, await acces.dispositif.suivi.de(compte_id))


def _connue(etat: reconnaissance.State) -> bool:
    return isinstance(etat, reconnaissance.Suivie) and etat.en_cours is not None


@router.get("", dependencies=[allow(SON_COMPTE)])
async def ma_reconnaissance(siens: SiensDep, store: StoreDep, acces: AccesDep) -> MaReconnaissance:
    """Ce que le dispositif dit de moi."""
    return await _lue(store, acces, siens)


@router.post("", status_code=204, dependencies=[allow(SON_COMPTE)])
async def demander(moi: Connecte, store: StoreDep, clock: ClockDep, context: ContextDep) -> None:
    """Me dire conseiller numérique : mon équipe le voit, et la source est interrogée chaque nuit."""
    command = reconnaissance.DemanderReconnaissance(CompteId(moi.compte_id), clock.now())
    await store.execute(RECONNAISSANCE(moi.compte_id), command, context)


@router.post("/verification", responses=answers(TROP_DE_DEMANDES), dependencies=[allow(SON_COMPTE)])
async def verifier(
    moi: Connecte, siens: SiensDep, store: StoreDep, acces: AccesDep, clock: ClockDep, context: ContextDep
) -> MaReconnaissance:
    """Vérifier à nouveau : interroge la source maintenant, une fois par minute au plus."""
    if not await acces.dispositif.suivi.demander(moi.compte_id, clock.now()):
        attente = int(ENTRE_DEUX_DEMANDES.total_seconds())
        raise Problem(TROP_DE_DEMANDES, headers={"Retry-After": str(attente)})
    await acces.dispositif.reprendre(CompteId(moi.compte_id), context)
    return await _lue(store, acces, siens)


def _vue(etat: reconnaissance.State, verification: Verification) -> MaReconnaissance:
    suivie = etat if isinstance(etat, reconnaissance.Suivie) else None
    return MaReconnaissance(
        etat=situation_de(etat),
        demandee_le=suivie.demandee_le if suivie else None,
        periodes=[PeriodeDeConseiller.model_validate(p) for p in suivie.periodes] if suivie else [],
        coordinateur_du_dispositif=suivie is not None and suivie.coordinateur,
        a_des_lieux=suivie is not None and suivie.a_des_lieux,
        verifiee_le=verification.verifiee_le,
        issue=verification.issue,
    )
