"""The federation's identities that open an account, linked and taken away by an administrator (E6, E9)."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints
from web.policies import allow
from web.positions import written
from web.problems import INTROUVABLE, Problem, problems

from identity.api.browser import AccesDep
from identity.api.gestion.acces import DecideurDep, Decision
from identity.connexion.identites import IdentiteDUnAutreCompte
from identity.domain import acces as domaine
from identity.domain import compte
from identity.domain.intervention import Geste
from identity.domain.vocabulaire import CompteId
from identity.policies import GERER, LIRE_LA_GESTION

router = APIRouter(prefix="/comptes/gestion/utilisateurs/{compte_id}/identites", tags=["Gestion"])

_REFUS = (domaine.RaisonAbsente, domaine.SonPropreCompte, compte.CompteInconnu)


class IdentiteDuCompte(BaseModel):
    """Une identité ProConnect. id : une marque, dont rien ne se lit.   liee_le : depuis quand elle ouvre."""

    id: UUID
    liee_le: dt.datetime


class IdentiteALier(Decision):
    """sub : celui de la personne chez ProConnect, tel que son support le donne."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"sub": "b6048e95-0f2e-4a6e-9d1f-1e7e5f4f9c11", "raison": "Change d’employeur, vue en visio."}
            ]
        }
    )

    sub: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


@router.get("", dependencies=[allow(LIRE_LA_GESTION)])
async def lister(compte_id: UUID, acces: AccesDep) -> list[IdentiteDuCompte]:
    """Les identités qui ouvrent ce compte, la première d'abord ; aucune d'un compte qui n'ouvre plus."""
    return [
        IdentiteDuCompte(id=une.id, liee_le=une.liee_le)
        for une in await acces.identites.de(CompteId(compte_id))
    ]


@router.post(
    "",
    status_code=204,
    responses=problems(*_REFUS, IdentiteDUnAutreCompte, compte.CompteEstFerme, compte.CompteQuiRenvoie),
    dependencies=[allow(GERER)],
)
async def lier(body: IdentiteALier, qui: DecideurDep, acces: AccesDep) -> None:
    """Ouvrir ce compte à une identité qui n'en ouvre encore aucun."""
    note = qui.noter(Geste.IDENTITE_LIEE, body.raison)
    written(qui.response, "identity", await acces.identites.lier(qui.compte_id, body.sub, note, qui.context))


@router.post(
    "/{identite_id}/retrait",
    status_code=204,
    responses=problems(*_REFUS, compte.DerniereIdentite),
    dependencies=[allow(GERER)],
)
async def retirer(identite_id: UUID, body: Decision, qui: DecideurDep, acces: AccesDep) -> None:
    """Retirer une identité, jamais la dernière. Les sessions qu'elle a ouvertes se ferment."""
    note = qui.noter(Geste.IDENTITE_RETIREE, body.raison)
    if not await acces.identites.retirer(qui.compte_id, identite_id, qui.context, note):
        raise Problem(INTROUVABLE)
