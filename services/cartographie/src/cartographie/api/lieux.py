"""Lieux : chercher, afficher sur une carte, lire une fiche. Données ouvertes : aucune connexion demandée."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from web.open_data import UNCHANGED, IfNoneMatch, OpenRoute
from web.openapi import REF_TEMPLATE
from web.pages import Page, PageParams
from web.policies import allow
from web.problems import INTROUVABLE, Problem
from web.wiring import ClockDep, DatabaseDep

from cartographie.api import vues
from cartographie.api.filtres import FiltresDep
from cartographie.policies import LIRE_LES_LIEUX
from cartographie.projections import lieux_publies, sources_importees

router = APIRouter(
    prefix="/lieux",
    tags=["Lieux"],
    route_class=OpenRoute,
    responses=UNCHANGED,
    dependencies=[IfNoneMatch],
)

GEOJSON = "application/geo+json"
GARDE_COURTE = "public, max-age=60"
"""« Ouvert jusqu'à 17 h » ne se garde pas longtemps."""

_COLLECTION = vues.FeatureCollection.model_json_schema(ref_template=REF_TEMPLATE)


@router.get(
    "",
    response_model=Page[vues.LieuResume],
    responses={200: {"content": {GEOJSON: {"schema": _COLLECTION}}}},
    dependencies=[allow(LIRE_LES_LIEUX)],
)
async def lister(
    request: Request,
    response: Response,
    filtres: FiltresDep,
    page: PageParams,
    database: DatabaseDep,
    clock: ClockDep,
    format_: Annotated[
        Literal["json", "geojson"] | None,
        Query(alias="format", description="Ou l'en-tête Accept: application/geo+json"),
    ] = None,
) -> Page[vues.LieuResume] | JSONResponse:
    """Lister les lieux, ou les dessiner sur une carte."""
    ordre = lieux_publies.ORDRE
    if (format_ or _format_accepte(request)) == "json":
        response.headers["Cache-Control"] = GARDE_COURTE
        maintenant = clock.now()
        return await page.of(
            database,
            lieux_publies.demandes(filtres),
            order=ordre,
            to=lambda row: vues.resume(row, maintenant),
            total=True,
        )
    visibles = lieux_publies.demandes(replace(filtres, position=True))
    features = await page.of(database, visibles, order=ordre, to=vues.feature)
    async with database.engine.connect() as connection:
        sans_position = await connection.scalar(lieux_publies.sans_position(filtres))
    collection = vues.FeatureCollection(
        features=features.elements, suivant=features.suivant, sans_coordonnees=sans_position or 0
    )
    return JSONResponse(collection.model_dump(mode="json"), media_type=GEOJSON)


@router.get("/comptage", dependencies=[allow(LIRE_LES_LIEUX)])
async def compter(database: DatabaseDep) -> vues.Comptage:
    """Compter les lieux publiés, par source."""
    async with database.engine.connect() as connection:
        comptes = await connection.execute(lieux_publies.par_source())
        lieux = {row.source: row.lieux for row in comptes}
        importees = (await connection.execute(sources_importees.toutes())).mappings().all()
    return vues.Comptage(
        total=sum(lieux.values()),
        par_source=[
            vues.SourceComptee.model_validate({**row, "lieux": lieux.get(row["source"], 0)})
            for row in importees
        ],
        refuses_dernier_import=sum(row["refusees"] for row in importees),
    )


@router.get("/{lieu_id}", dependencies=[allow(LIRE_LES_LIEUX)])
async def lire(lieu_id: UUID, response: Response, database: DatabaseDep, clock: ClockDep) -> vues.LieuDetail:
    """Lire la fiche d'un lieu."""
    async with database.engine.connect() as connection:
        row = (await connection.execute(lieux_publies.fiche(lieu_id))).one_or_none()
    if row is None:
        raise Problem(INTROUVABLE, "Aucun lieu ne porte cet identifiant.")
    response.headers["Cache-Control"] = GARDE_COURTE
    return vues.detail(row, clock.now())


def _format_accepte(request: Request) -> str:
    return "geojson" if GEOJSON in request.headers.get("accept", "").lower() else "json"
