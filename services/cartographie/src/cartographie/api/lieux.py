"""Lieux : chercher, afficher sur une carte, lire une fiche. Données ouvertes : aucune connexion demandée."""

import re
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from referentiels import communes
from referentiels.cles import cle
from referentiels.ecritures import cle_commune
from web.open_data import UNCHANGED, IfNoneMatch, OpenRoute
from web.openapi import REF_TEMPLATE
from web.pages import Page, PageParams
from web.policies import allow
from web.problems import INTROUVABLE, SAISIE_INVALIDE, Problem
from web.wiring import DatabaseDep

from cartographie.api import vues
from cartographie.domain.nettoyage import lire_nombre
from cartographie.policies import LIRE_LES_LIEUX
from cartographie.projections import lieux_publies, sources_importees
from cartographie.projections.lieux_publies import Boite, Filtres

router = APIRouter(
    prefix="/lieux",
    tags=["Lieux"],
    route_class=OpenRoute,
    responses=UNCHANGED,
    dependencies=[IfNoneMatch],
)

GEOJSON = "application/geo+json"
MOTS_MAX = 8

_COLLECTION = vues.FeatureCollection.model_json_schema(ref_template=REF_TEMPLATE)
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}", re.IGNORECASE)
_DEPARTEMENT = r"^([0-9]{2}|2[ABab]|9[78][0-9])$"


def _boite(
    bbox: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Rectangle « ouest,sud,est,nord », degrés WGS84. Ouest supérieur à est : il "
            "passe par l'antiméridien.",
            examples=["-1.8,46.9,-1.3,47.4"],
        ),
    ] = None,
) -> Boite | None:
    if bbox is None:
        return None
    nombres = [lire_nombre(n) for n in bbox.split(",")]
    if len(nombres) != 4 or any(n is None for n in nombres):
        raise _refus("bbox", "Le rectangle s'écrit avec quatre nombres : ouest,sud,est,nord.")
    ouest, sud, est, nord = (n for n in nombres if n is not None)
    if not (-180 <= ouest <= 180 and -180 <= est <= 180):
        raise _refus("bbox", "Une longitude est comprise entre -180 et 180 degrés.")
    if not (-90 <= sud <= 90 and -90 <= nord <= 90):
        raise _refus("bbox", "Une latitude est comprise entre -90 et 90 degrés.")
    if sud > nord:
        raise _refus("bbox", "Le sud du rectangle est au nord de son nord.")
    return Boite(ouest, sud, est, nord)


def _filtres(
    boite: Annotated[Boite | None, Depends(_boite)],
    commune: Annotated[
        str | None,
        Query(max_length=100, description="Code INSEE ou nom, arrondissements compris"),
    ] = None,
    departement: Annotated[
        str | None, Query(pattern=_DEPARTEMENT, description="Code : 01, 2A, 974", examples=["44"])
    ] = None,
    q: Annotated[
        str | None,
        Query(max_length=100, description="Mots du nom, de l'adresse, de la commune ou du réseau"),
    ] = None,
) -> Filtres:
    mots = tuple(dict.fromkeys(cle(q or "").split()))
    if q is not None and q.strip() and not mots:
        raise _refus("q", "La recherche ne contient ni lettre ni chiffre.")
    if len(mots) > MOTS_MAX:
        raise _refus("q", f"La recherche compte plus de {MOTS_MAX} mots.")
    choisis = Filtres(boite=boite, departement=departement.upper() if departement else None, mots=mots)
    return _dans_la_commune(choisis, commune) if commune is not None else choisis


def _dans_la_commune(filtres: Filtres, demandee: str) -> Filtres:
    """Une ville compte ses arrondissements ; un arrondissement se dit par son code ou son nom."""
    code = demandee.strip().upper()
    insee = _INSEE.fullmatch(code) is not None
    trouvee = communes.par_code(code) if insee else communes.arrondissement(demandee)
    if trouvee is None:
        if insee:
            return replace(filtres, codes_insee=(code,))
        return replace(filtres, commune=cle_commune(demandee))
    if trouvee.code != trouvee.ville:
        quartier = (trouvee.code, trouvee.ville, trouvee.codes_postaux)
        return replace(filtres, arrondissement=quartier)
    parties = tuple(a.code for a in communes.arrondissements(trouvee.code))
    return replace(filtres, codes_insee=(trouvee.code, *parties))


@router.get(
    "",
    response_model=Page[vues.LieuResume],
    responses={200: {"content": {GEOJSON: {"schema": _COLLECTION}}}},
    dependencies=[allow(LIRE_LES_LIEUX)],
)
async def lister(
    request: Request,
    filtres: Annotated[Filtres, Depends(_filtres)],
    page: PageParams,
    database: DatabaseDep,
    format: Annotated[  # noqa: A002 - the name of the query parameter, read by people
        Literal["json", "geojson"] | None, Query(description="Ou l'en-tête Accept: application/geo+json")
    ] = None,
) -> Page[vues.LieuResume] | JSONResponse:
    """Lister les lieux, ou les dessiner sur une carte."""
    ordre = lieux_publies.ORDRE
    if (format or _format_accepte(request)) == "json":
        return await page.of(database, lieux_publies.demandes(filtres), order=ordre, to=vues.resume)
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
async def lire(lieu_id: UUID, database: DatabaseDep) -> vues.LieuDetail:
    """Lire la fiche d'un lieu."""
    async with database.engine.connect() as connection:
        row = (await connection.execute(lieux_publies.fiche(lieu_id))).one_or_none()
    if row is None:
        raise Problem(INTROUVABLE, "Aucun lieu ne porte cet identifiant.")
    return vues.detail(row)


def _format_accepte(request: Request) -> str:
    return "geojson" if GEOJSON in request.headers.get("accept", "").lower() else "json"


def _refus(parametre: str, message: str) -> Problem:
    erreur = {"parametre": parametre, "dans": "query", "message": message, "type": "value_error"}
    return Problem(SAISIE_INVALIDE, message, erreurs=[erreur])
