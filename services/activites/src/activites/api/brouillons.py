"""/brouillons : garder une saisie commencée, la reprendre ailleurs, l'effacer."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from events.decider import refuse
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from web.auth import Connecte
from web.days import Day
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import IfMatch
from web.problems import already, problems
from web.wiring import ClockDep, DatabaseDep, StoreDep

from activites import casiers
from activites.casiers import BROUILLONS, AGarder, Garde
from activites.domain.refus import (
    BrouillonInconnu,
    BrouillonTropLointain,
    ContenuTropLourd,
    IdentifiantRepete,
    TropDeBrouillons,
)
from activites.domain.vocabulaire import CompteId
from activites.policies.casiers import SES_BROUILLONS, SON_BROUILLON, BrouillonDep
from activites.policies.personne import en_personne

# What was typed names those whom nobody else may know (policies.personne.en_personne).
router = APIRouter(prefix="/brouillons", tags=["Brouillons"], dependencies=[Depends(en_personne)])

_C = BROUILLONS.table.c
_RECENTS = (_C.modifie_le.desc(), _C.id.desc())
Sorte = Annotated[
    str,
    Field(pattern=r"^[a-z_]{1,40}$", description="Du formulaire qui l’a commencé : individuel, collectif…"),
]
LOT_MAX = 52
PREVISION = dt.timedelta(days=5 * 366)
"""How far a day may be for which a draft is kept: never for ever."""
PourLe = Annotated[
    Day | None,
    Field(
        description="Jour pour lequel il est prévu : gardé jusque-là, et 90 jours de plus. À cinq ans au plus"
    ),
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
    pour_le: PourLe = None


class NouveauBrouillon(BrouillonSaisi):
    """id : choisi par le client, pour qu'un envoi répété ne crée rien deux fois."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    "sorte": "collectif",
                    "contenu": {"duree": "60"},
                    "pour_le": "2026-02-05",
                }
            ]
        }
    )

    id: NewId


class LotDeBrouillons(BaseModel):
    """Plusieurs à la fois, comme les dates d'un atelier qui revient."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"brouillons": [{"id": EXAMPLE_ID, "sorte": "collectif", "contenu": {"duree": "60"}}]}
            ]
        },
    )

    brouillons: Annotated[tuple[NouveauBrouillon, ...], Field(min_length=1, max_length=LOT_MAX)]


class LotGarde(BaseModel):
    """nouveaux : combien n'y étaient pas encore."""

    nouveaux: int


class BrouillonGarde(BaseModel):
    """Un brouillon, sans ce qu'il contient. version : celle de son ETag, qui grandit à chaque envoi.

    pour_le : le jour pour lequel il est prévu, s'il l'est.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    sorte: Sorte
    version: int
    commence_le: dt.datetime
    modifie_le: dt.datetime
    pour_le: dt.date | None


class BrouillonLu(BrouillonGarde):
    """Un brouillon entier."""

    contenu: Contenu


@router.get("", dependencies=[allow(SES_BROUILLONS)])
async def lister(
    moi: Connecte,
    database: DatabaseDep,
    page: PageParams,
    prevus: Annotated[
        bool | None,
        Query(description="Ceux qui sont prévus pour un jour, le premier d’abord ; ou les autres"),
    ] = None,
) -> Page[BrouillonGarde]:
    """Ses brouillons, le dernier touché d'abord. Chacun est gardé 90 jours, 200 au plus."""
    choix = BROUILLONS.du_compte(moi.compte_id)
    ordre: Sequence[sa.ColumnElement[Any]] = _RECENTS
    if prevus:
        # None is null here: a column of their own says it, which the order asks for.
        jour = sa.func.coalesce(_C.pour_le, sa.cast(sa.null(), sa.Date)).label("jour")
        leurs = choix.where(_C.pour_le.is_not(None)).add_columns(jour).subquery()
        choix, ordre = sa.select(leurs), (leurs.c.jour, leurs.c.id)
    elif prevus is not None:
        choix = choix.where(_C.pour_le.is_(None))
    return await page.of(database, choix, order=ordre, to=BrouillonGarde.model_validate, total=True)


@router.post(
    "/lot",
    status_code=201,
    responses=problems(ContenuTropLourd, TropDeBrouillons, IdentifiantRepete, BrouillonTropLointain)
    | already(LotGarde),
    dependencies=[allow(SES_BROUILLONS)],
)
async def garder_ensemble(
    body: LotDeBrouillons, moi: Connecte, store: StoreDep, clock: ClockDep, response: Response
) -> LotGarde:
    """Commencer plusieurs brouillons, tous ou aucun. Renvoyé, il ne change rien : 200."""
    ids = [un.id for un in body.brouillons]
    refuse(
        IdentifiantRepete(field=f"/brouillons/{rang}/id") for rang, un in enumerate(ids) if un in ids[:rang]
    )
    refuse(
        BrouillonTropLointain(field=f"/brouillons/{rang}/pour_le")
        for rang, un in enumerate(body.brouillons)
        if _trop_loin(un.pour_le, clock.now())
    )
    choses = [AGarder(un.id, un.sorte, un.contenu, {"pour_le": un.pour_le}) for un in body.brouillons]
    nouveaux = await casiers.ajouter(store, BROUILLONS, choses, CompteId(moi.compte_id), clock.now())
    response.status_code = 201 if nouveaux else 200
    return LotGarde(nouveaux=nouveaux)


@router.get("/{brouillon_id:uuid}", responses=problems(BrouillonInconnu), dependencies=[allow(SON_BROUILLON)])
async def lire(trouve: BrouillonDep, store: StoreDep, response: Response) -> BrouillonLu:
    """Un de ses brouillons. L'ETag sert à l'écrire sans écraser ce qu'un autre onglet y a mis."""
    row: Any = trouve
    contenu = await casiers.ouvrir(store, BROUILLONS, row)
    if contenu is None:
        raise BrouillonInconnu
    response.headers["ETag"] = f'"{row.version}"'
    garde = Garde(row.id, row.sorte, row.version, row.commence_le, row.modifie_le, row.pour_le)
    return BrouillonLu(**BrouillonGarde.model_validate(garde).model_dump(), contenu=contenu)


@router.put(
    "/{brouillon_id:uuid}",
    responses=problems(ContenuTropLourd, TropDeBrouillons, BrouillonTropLointain),
    dependencies=[allow(SES_BROUILLONS)],
)
async def garder(
    brouillon_id: NewId,
    body: BrouillonSaisi,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    expected: IfMatch,
    response: Response,
) -> BrouillonGarde:
    """Garder un brouillon : le premier envoi le crée, les suivants le remplacent."""
    if _trop_loin(body.pour_le, clock.now()):
        raise BrouillonTropLointain(field="/pour_le")
    garde = await casiers.garder(
        store,
        BROUILLONS,
        AGarder(brouillon_id, body.sorte, body.contenu, {"pour_le": body.pour_le}),
        await casiers.gardien(store.database, BROUILLONS, brouillon_id, moi.compte_id),
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


def _trop_loin(jour: dt.date | None, maintenant: dt.datetime) -> bool:
    return jour is not None and jour > (maintenant + PREVISION).date()
