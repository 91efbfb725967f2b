"""What persons ask to have corrected: read by the gestion, answered by an administrator."""

import datetime as dt
from typing import Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict
from web.auth import Connecte
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import after, written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.api.gestion.acces import Decision
from identity.domain import demandes
from identity.domain.acces import RaisonAbsente, SonPropreCompte
from identity.domain.demandes import DEMANDES
from identity.domain.vocabulaire import CompteId, RectificationId
from identity.policies import GERER, LIRE_LA_GESTION
from identity.projections import comptes, rectifications

router = APIRouter(prefix="/comptes/gestion/rectifications", tags=["Gestion"])

_LIRE = [allow(LIRE_LA_GESTION), *(Depends(after(t.name)) for t in (rectifications.table, comptes.table))]


class RectificationListee(BaseModel):
    """Une demande. acceptee, traitee_le : absents tant qu'elle attend."""

    rectification_id: UUID
    compte_id: UUID
    prenom: str
    nom: str
    demandee_le: dt.datetime
    acceptee: bool | None
    traitee_le: dt.datetime | None

    @classmethod
    def of(cls, row: Any, **other: Any) -> Self:
        """row : of `rectifications`.   other : what one of them shows besides."""
        return cls(**{nom: getattr(row, nom) for nom in RectificationListee.model_fields}, **other)


class UneRectification(RectificationListee):
    """Une demande en entier, avec les mots de la personne, et la réponse."""

    texte: str
    reponse: str | None


class ReponseDonnee(Decision):
    """acceptee : ce qui était faux est corrigé.   raison : la réponse, que la personne lit."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"acceptee": True, "raison": "Le début de l’emploi est corrigé."}]}
    )

    acceptee: bool


@router.get("", dependencies=_LIRE)
async def lister(
    page: PageParams, database: DatabaseDep, traitees: bool = False
) -> Page[RectificationListee]:
    """Les demandes qui attendent une réponse, la plus ancienne d'abord ; ou celles qui en ont une."""
    return await page.of(
        database,
        rectifications.toutes(traitees=traitees),
        order=rectifications.ORDRE,
        to=RectificationListee.of,
        previous=True,
        total=True,
    )


@router.get(
    "/{rectification_id:uuid}", responses=problems(demandes.RectificationInconnue), dependencies=_LIRE
)
async def lire(rectification_id: UUID, database: DatabaseDep, store: StoreDep) -> UneRectification:
    """Une demande : ce que la personne dit, et ce qui lui est répondu."""
    row = await _row(database, rectification_id)
    faits = [recorded.event for recorded in await store.load(DEMANDES(row.compte_id))]
    demandee, traitee = demandes.rectifications(faits)[RectificationId(rectification_id)]
    return UneRectification.of(row, texte=demandee.texte, reponse=traitee.reponse if traitee else None)


@router.post(
    "/{rectification_id:uuid}/reponse",
    status_code=204,
    responses=problems(
        demandes.RectificationInconnue, demandes.RectificationDejaTraitee, RaisonAbsente, SonPropreCompte
    ),
    dependencies=[allow(GERER), Depends(after(rectifications.table.name))],
)
async def repondre(
    rectification_id: UUID,
    body: ReponseDonnee,
    moi: Connecte,
    database: DatabaseDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Répondre à une demande : la personne lit la réponse, et qui traite ses données le garde."""
    compte_id = CompteId((await _row(database, rectification_id)).compte_id)
    command = demandes.TraiterRectification(
        compte_id,
        RectificationId(rectification_id),
        body.acceptee,
        CompteId(moi.compte_id),
        body.raison,
        clock.now(),
    )
    written(response, "identity", await store.execute(DEMANDES(compte_id), command, context))


async def _row(database: DatabaseDep, rectification_id: UUID) -> Any:
    async with database.engine.connect() as connection:
        row = (await connection.execute(rectifications.une(rectification_id))).one_or_none()
    if row is None:
        raise demandes.RectificationInconnue
    return row
