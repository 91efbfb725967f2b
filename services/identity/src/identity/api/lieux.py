"""Where a médiateur works, once the inscription is over: the lieux that they chose there, and change here."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from web.auth import Mediateur
from web.docs import EXAMPLE_ID
from web.policies import allow
from web.positions import IfMatch, written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.api.inscription import LieuChoisi
from identity.domain.inscription import (
    INSCRIPTION,
    LIEUX_MAX,
    ChangerLieux,
    LieuDActiviteInconnu,
    LieuRepete,
    TropDeLieux,
    Validee,
)
from identity.domain.vocabulaire import CompteId, LieuId
from identity.policies import SES_LIEUX
from identity.projections import lieux_connus

router = APIRouter(prefix="/comptes/moi/lieux", tags=["Comptes"])


class MesLieux(BaseModel):
    """Les lieux de la cartographie où j'exerce, 50 au plus, dans l'ordre de mon choix."""

    elements: list[LieuChoisi]


class LieuxVoulus(BaseModel):
    """lieux : identifiants de la cartographie, 50 au plus ; aucun, peut-être. Ils remplacent ceux d'avant."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"lieux": [EXAMPLE_ID]}]})

    lieux: Annotated[list[UUID], Field(max_length=LIEUX_MAX)]


@router.get("", dependencies=[allow(SES_LIEUX)])
async def mes_lieux(moi: Mediateur, store: StoreDep, database: DatabaseDep, response: Response) -> MesLieux:
    """Les lieux où j'exerce. L'ETag sert à en changer sans défaire ce qu'un autre onglet vient d'y mettre."""
    # The stream, not a table: what was just chosen shows at once.
    state, version = await store.state(INSCRIPTION(moi.compte_id))
    response.headers["ETag"] = f'"{version}"'
    reponses = state.reponses if isinstance(state, Validee) else state
    choisis = reponses.lieux.lieux if reponses.lieux else ()
    async with database.engine.connect() as connection:
        connus = {row.lieu_id: row for row in await connection.execute(lieux_connus.ceux_ci(choisis))}
    return MesLieux(elements=[LieuChoisi.model_validate(connus[i]) for i in choisis if i in connus])


@router.put(
    "",
    status_code=204,
    responses=problems(LieuDActiviteInconnu, LieuRepete, TropDeLieux),
    dependencies=[allow(SES_LIEUX)],
)
async def changer_mes_lieux(
    body: LieuxVoulus,
    moi: Mediateur,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> None:
    """Dire où j'exerce désormais, parmi les lieux de la cartographie."""
    async with database.engine.connect() as connection:
        connus = [row.lieu_id for row in await connection.execute(lieux_connus.ceux_ci(body.lieux))]
    command = ChangerLieux(
        CompteId(moi.compte_id), tuple(LieuId(lieu) for lieu in body.lieux), frozenset(connus), clock.now()
    )
    outcome = await store.execute(INSCRIPTION(moi.compte_id), command, context, expected=expected)
    written(response, "identity", outcome)
