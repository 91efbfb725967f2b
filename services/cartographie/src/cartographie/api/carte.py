"""La carte : des points légers réunis en grappes à chaque zoom, et le compte de chaque département."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from referentiels.cles import cle
from referentiels.territoires import departements
from web.open_data import UNCHANGED, IfNoneMatch, OpenRoute
from web.policies import allow
from web.wiring import DatabaseDep

from cartographie.api.filtres import FiltresDep, refus_du_parametre
from cartographie.domain.grappes import Cellule, grapper, pixel
from cartographie.policies import LIRE_LES_LIEUX
from cartographie.projections import lieux_publies
from cartographie.projections.lieux_publies import Filtres

COTE_MAX_PX = 2048
"""Côté du rectangle demandé, en pixels à ce zoom : ce qui borne le nombre de grappes."""
ZOOM_DES_NOMS = 16
_NOM_MAX = 80

router = APIRouter(
    prefix="/carte",
    tags=["Carte"],
    route_class=OpenRoute,
    responses=UNCHANGED,
    dependencies=[IfNoneMatch],
)


class LieuNomme(BaseModel):
    """Un lieu, par son nom."""

    id: UUID
    nom: str


class Point(LieuNomme):
    """Un lieu seul sur l'écran. latitude, longitude : degrés WGS84."""

    latitude: float
    longitude: float


class Grappe(BaseModel):
    """Des lieux trop proches pour se montrer un par un. lieux : dix au plus, au-delà du zoom 16."""

    latitude: float
    longitude: float
    nombre: int
    lieux: list[LieuNomme]


class Points(BaseModel):
    """Ce que la carte montre : des lieux seuls, et des grappes. total : lieux placés dans ce rectangle."""

    total: int
    points: list[Point]
    grappes: list[Grappe]


class DepartementCompte(BaseModel):
    """Un département, et combien de lieux y répondent."""

    code: str
    nom: str
    lieux: int


class Departements(BaseModel):
    """Ceux où un lieu au moins répond, dans l'ordre de leur nom."""

    elements: list[DepartementCompte]
    total: int


async def _a_l_ecran(
    filtres: FiltresDep,
    zoom: Annotated[int, Query(ge=0, le=19, description="Celui des cartes du web : 0 pour le monde")],
) -> Filtres:
    boite = filtres.boite
    if boite is None:
        raise refus_du_parametre("bbox", "Le rectangle est à donner : ouest,sud,est,nord.")
    gauche, haut = pixel(boite.nord, boite.ouest, zoom)
    droite, bas = pixel(boite.sud, boite.est, zoom)
    largeur = droite - gauche if boite.ouest <= boite.est else droite - gauche + 256 * 2**zoom
    if max(largeur, bas - haut) > COTE_MAX_PX:
        message = f"À ce zoom, le rectangle a plus de {COTE_MAX_PX} pixels de côté : resserrez-le."
        raise refus_du_parametre("bbox", message)
    return filtres


@router.get("/points", dependencies=[allow(LIRE_LES_LIEUX)])
async def points(
    filtres: Annotated[Filtres, Depends(_a_l_ecran)], zoom: int, database: DatabaseDep
) -> Points:
    """Les lieux d'un rectangle, réunis par distance à ce zoom."""
    async with database.engine.connect() as connection:
        lues = await connection.execute(lieux_publies.cellules(filtres, zoom))
        cellules = [Cellule(*row) for row in lues]
    grappes = grapper(cellules, zoom)
    seules = [g for g in grappes if g.nombre == 1]
    return Points(
        total=sum(g.nombre for g in grappes),
        points=[
            Point(**_nomme(*g.lieux[0]).model_dump(), latitude=g.latitude, longitude=g.longitude)
            for g in seules
        ],
        grappes=[
            Grappe(
                latitude=g.latitude,
                longitude=g.longitude,
                nombre=g.nombre,
                lieux=[_nomme(*lieu) for lieu in g.lieux[:10]] if zoom >= ZOOM_DES_NOMS else [],
            )
            for g in grappes
            if g.nombre > 1
        ],
    )


@router.get("/departements", dependencies=[allow(LIRE_LES_LIEUX)])
async def par_departement(filtres: FiltresDep, database: DatabaseDep) -> Departements:
    """Compter les lieux qui répondent, par département."""
    async with database.engine.connect() as connection:
        lues = await connection.execute(lieux_publies.par_departement(replace(filtres, departement=None)))
        comptes = {row.departement: row.lieux for row in lues}
    connus = [
        DepartementCompte(code=d.code, nom=d.nom, lieux=comptes[d.code])
        for d in departements().values()
        if d.code in comptes
    ]
    return Departements(elements=sorted(connus, key=lambda d: cle(d.nom)), total=sum(comptes.values()))


def _nomme(identifiant: object, nom: str) -> LieuNomme:
    court = nom if len(nom) <= _NOM_MAX else nom[: _NOM_MAX - 1].rstrip() + "…"
    return LieuNomme.model_validate({"id": identifiant, "nom": court})
