"""/brouillons : garder une saisie commencée, la reprendre ailleurs, l'effacer."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from web.auth import Connecte
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import IfMatch
from web.problems import problems
from web.wiring import ClockDep, DatabaseDep, StoreDep

from activites import casiers
from activites.casiers import BROUILLONS, Garde
from activites.domain.refus import BrouillonInconnu, ContenuTropLourd, TropDeBrouillons
from activites.policies import SES_BROUILLONS, SON_BROUILLON, BrouillonDep, en_personne

# What was typed names those whom nobody else may know (policies.en_personne).
router = APIRouter(prefix="/brouillons", tags=["Brouillons"], dependencies=[Depends(en_personne)])

_C = BROUILLONS.table.c
_RECENTS = (_C.modifie_le.desc(), _C.id.desc())
Sorte = Annotated[
    str,
    Field(pattern=r"^[a-z_]{1,40}$", description="Du formulaire qui l’a commencé : individuel, collectif…"),
]
Contenu = Annotated[dict[str, JsonValue], Field(description="Opaque : un objet JSON de 64 Kio au plus")]


class BrouillonSaisi(BaseModel):
    """Ce que l'on garde : seul le formulaire qui l'a écrit sait le relire."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"sorte": "individuel", "contenu": {"duree": "30"}}]},
    )

    sorte: Sorte
    contenu: Contenu


class BrouillonGarde(BaseModel):
    """Un brouillon, sans ce qu'il contient. version : celle de son ETag, qui grandit à chaque envoi."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    sorte: Sorte
    version: int
    commence_le: dt.datetime
    modifie_le: dt.datetime


class BrouillonLu(BrouillonGarde):
    """Un brouillon entier."""

    contenu: Contenu


@router.get("", dependencies=[allow(SES_BROUILLONS)])
async def lister(moi: Connecte, database: DatabaseDep, page: PageParams) -> Page[BrouillonGarde]:
    """Ses brouillons, le dernier touché d'abord. Chacun est gardé 90 jours, 200 au plus."""
    choix = BROUILLONS.du_compte(moi.compte_id)
    return await page.of(database, choix, order=_RECENTS, to=BrouillonGarde.model_validate, total=True)


@router.get("/{brouillon_id:uuid}", responses=problems(BrouillonInconnu), dependencies=[allow(SON_BROUILLON)])
async def lire(trouve: BrouillonDep, store: StoreDep, response: Response) -> BrouillonLu:
    """Un de ses brouillons. L'ETag sert à l'écrire sans écraser ce qu'un autre onglet y a mis."""
    row: Any = trouve
    contenu = await casiers.ouvrir(store, BROUILLONS, row)
    if contenu is None:
        raise BrouillonInconnu
    response.headers["ETag"] = f'"{row.version}"'
    garde = Garde(row.id, row.sorte, row.version, row.commence_le, row.modifie_le)
    return BrouillonLu(**BrouillonGarde.model_validate(garde).model_dump(), contenu=contenu)


@router.put(
    "/{brouillon_id:uuid}",
    responses=problems(ContenuTropLourd, TropDeBrouillons),
    dependencies=[allow(SES_BROUILLONS)],
)
async def garder(
    brouillon_id: UUID,
    body: BrouillonSaisi,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    expected: IfMatch,
    response: Response,
) -> BrouillonGarde:
    """Garder un brouillon : le premier envoi le crée, les suivants le remplacent."""
    garde = await casiers.garder(
        store,
        BROUILLONS,
        brouillon_id,
        await casiers.gardien(store.database, BROUILLONS, brouillon_id, moi.compte_id),
        body.sorte,
        body.contenu,
        expected=expected,
        maintenant=clock.now(),
    )
    response.headers["ETag"] = f'"{garde.version}"'
    return BrouillonGarde.model_validate(garde)


@router.delete(
    "/{brouillon_id:uuid}",
    status_code=204,
    dependencies=[allow(SES_BROUILLONS)],
)
async def effacer(brouillon_id: UUID, moi: Connecte, database: DatabaseDep) -> None:
    """Effacer un de ses brouillons ; rien à faire s'il n'y est pas, ou plus."""
    gardien = await casiers.gardien(database, BROUILLONS, brouillon_id, moi.compte_id)
    await casiers.retirer(database, BROUILLONS, brouillon_id, gardien)
