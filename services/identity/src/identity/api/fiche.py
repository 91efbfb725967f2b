"""What the person says of themselves to the other professionals, and what they accept to show."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from web.auth import Connecte
from web.policies import allow
from web.positions import IfMatch, written
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.domain.fiche import FICHE, ChoisirCeQuiSeMontre, DeclarerCompetences, State
from identity.domain.vocabulaire import Competence, CompteId, Montrable
from identity.policies import SON_COMPTE

router = APIRouter(prefix="/comptes/moi/fiche", tags=["Annuaire"])


class Fiche(BaseModel):
    """Ma fiche. montre : ce que j'accepte de montrer, rien d'autre ne se montre."""

    competences: list[Competence]
    montre: list[Montrable]


class CompetencesChoisies(BaseModel):
    """Toutes celles que je déclare, à la place de celles d'avant."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"competences": ["pix", "aidants_connect"]}]}
    )

    competences: Annotated[list[Competence], Field(max_length=len(Competence))]


class AccordsChoisis(BaseModel):
    """Tout ce que j'accepte de montrer ; ce qui n'y est pas ne se montre pas, ou plus."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"montre": ["annuaire", "courriel"]}]}
    )

    montre: Annotated[list[Montrable], Field(max_length=len(Montrable))]


@router.get("", dependencies=[allow(SON_COMPTE)])
async def ma_fiche(moi: Connecte, store: StoreDep, response: Response) -> Fiche:
    """Ma fiche, telle que le journal la dit : mes compétences, mes accords."""
    fiche, version = await store.state(FICHE(moi.compte_id))
    response.headers["ETag"] = f'"{version}"'
    return fiche_lue(fiche)


@router.put("/competences", status_code=204, dependencies=[allow(SON_COMPTE)])
async def declarer(
    body: CompetencesChoisies,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> None:
    """Déclarer ce que je sais faire."""
    command = DeclarerCompetences(CompteId(moi.compte_id), frozenset(body.competences), clock.now())
    outcome = await store.execute(FICHE(moi.compte_id), command, context, expected=expected)
    written(response, "identity", outcome)


@router.put("/accords", status_code=204, dependencies=[allow(SON_COMPTE)])
async def choisir(
    body: AccordsChoisis,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> None:
    """Choisir ce que je montre : chaque accord donné ou retiré est gardé, avec sa date."""
    command = ChoisirCeQuiSeMontre(CompteId(moi.compte_id), frozenset(body.montre), clock.now())
    outcome = await store.execute(FICHE(moi.compte_id), command, context, expected=expected)
    written(response, "identity", outcome)


def fiche_lue(fiche: State) -> Fiche:
    """Ce que l'on en montre à la personne."""
    return Fiche(competences=list(fiche.competences), montre=[m for m in Montrable if m in fiche.accords])
