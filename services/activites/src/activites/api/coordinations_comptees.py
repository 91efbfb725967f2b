"""/statistiques/coordination : les activités de coordination d'une personne, comptées, à emporter aussi."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from events.postgres.database import Database
from events.projection.checkpoints import reached
from events.types import START
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, ecrire, en_tetes
from web.auth import Coordinateur
from web.downloads import download, files
from web.policies import allow
from web.positions import after
from web.problems import parameter_error
from web.wiring import ClockDep, DatabaseDep, StoreDep

from activites.api.chiffres import DefinitionDeChiffre, Ecart
from activites.api.choix import TagsDemandes
from activites.api.coordinations import SERVICE, ChoixParams
from activites.api.etiquettes import etiquettes_lues
from activites.api.exports import NommerDep, auteurs_de
from activites.api.telechargements import FormatVoulu
from activites.exports import bilan
from activites.exports.coordinations import filtres
from activites.exports.entete import blocs
from activites.policies.coordinations import LIRE_SES_COORDINATIONS
from activites.policies.personne import SiensDep
from activites.projections import coordinations_listees, emplois
from activites.projections.coordinations_listees import Choix
from activites.statistiques.coordination import Coordonnee, comptees, ecarts
from activites.statistiques.definitions_coordination import definitions_de_la_coordination
from activites.statistiques.questions import Bloc
from activites.statistiques.series import Comparaison, Jours, comparee

router = APIRouter(prefix="/statistiques", tags=["Statistiques"])

_COMPTEES = (
    "type",
    "date",
    "thematiques_animation",
    "type_evenement",
    "natures_partenariat",
    "echelon_territorial",
)


class NombreDeCoordinations(BaseModel):
    """Une valeur d'une nomenclature, et combien d'activités de coordination la portent."""

    valeur: str
    libelle: str
    nombre: int


class Trimestre(BaseModel):
    """Un trimestre civil, sans trou entre deux. trimestre : AAAA-qN."""

    trimestre: str
    libelle: str
    total: int
    types: list[NombreDeCoordinations]


class CoordinationsComptees(BaseModel):
    """Des activités de coordination, chacune comptée une fois ; une thématique ou une nature, autant de fois
    qu'elle est dite."""

    total: int
    types: list[NombreDeCoordinations]
    trimestres: list[Trimestre]
    thematiques_animation: list[NombreDeCoordinations]
    types_evenement: list[NombreDeCoordinations]
    natures_partenariat: list[NombreDeCoordinations]
    echelons_territoriaux: list[NombreDeCoordinations]


class CoordinationsComparees(CoordinationsComptees):
    """Les mêmes sur une autre période, et ce qui a changé depuis. ecarts : du total, puis de chaque type."""

    sorte: Comparaison
    du: dt.date
    au: dt.date
    ecarts: list[Ecart]


class ChiffresDeCoordination(CoordinationsComptees):
    """comparaison : demandée, et possible.   filtres, definitions, position, a_jour_au : comme `Chiffres`."""

    comparaison: CoordinationsComparees | None
    filtres: dict[str, Any]
    definitions: dict[str, DefinitionDeChiffre]
    position: str
    a_jour_au: dt.datetime


async def _bilan(
    siens: SiensDep,
    database: DatabaseDep,
    store: StoreDep,
    choix: ChoixParams,
    tags: TagsDemandes = None,
    comparer: Annotated[
        Comparaison | None, Query(description="Les mêmes chiffres sur une autre période ; demande du et au")
    ] = None,
) -> Bloc:
    """Ce que l'adresse retient, compté, et sur l'autre période. Raises 422."""
    # Read before the rows: the figures may be newer than what is said of them, never older.
    position = await reached(database, coordinations_listees.table.name, SERVICE) or START
    jusqu_a = {"position": f"{SERVICE}:{position}", "a_jour_au": await store.complete_until(position)}
    bloc = comptees(await _lues(database, siens.coordinateurs, choix))
    comparaison = await _comparees(database, siens.coordinateurs, choix, comparer, bloc)
    dits = {"du": choix.du, "au": choix.au, "types": choix.types, "tags": tags, "comparer": comparer}
    filtres = {nom: dit for nom, dit in dits.items() if dit}
    explique = {"filtres": filtres, "definitions": definitions_de_la_coordination()}
    return bloc | {"comparaison": comparaison} | explique | jusqu_a


BilanDep = Annotated[Bloc, Depends(_bilan)]


@router.get(
    "/coordination",
    dependencies=[allow(LIRE_SES_COORDINATIONS), Depends(after(coordinations_listees.table.name))],
)
async def compter(bilan: BilanDep) -> ChiffresDeCoordination:
    """Mes activités de coordination, par type, trimestre, thématique et échelon."""
    return ChiffresDeCoordination.model_validate(bilan)


@router.get(
    "/coordination/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()),
    dependencies=[allow(LIRE_SES_COORDINATIONS), Depends(after(coordinations_listees.table.name))],
)
async def telecharger(
    bloc: BilanDep,
    choix: ChoixParams,
    moi: Coordinateur,
    database: DatabaseDep,
    clock: ClockDep,
    nommer: NommerDep,
    response: Response,
    format_: FormatVoulu = Format.XLSX,
) -> StreamingResponse:
    """Télécharger ces chiffres, comparaison comprise, dans un tableau."""
    async with database.engine.connect() as connection:
        fuseau = ZoneInfo(await emplois.fuseau(connection, moi.compte_id))
    maintenant = clock.now().astimezone(fuseau)
    etiquettes = partial(etiquettes_lues, database, moi, clock)
    auteurs = await auteurs_de(database, nommer, [moi.compte_id])
    dessus = blocs(moi, auteurs, bloc["total"], maintenant, await filtres(choix, etiquettes))
    lignes = bilan.lignes(bloc, dessus)

    async def remplir(fichier: BinaryIO) -> None:
        await asyncio.to_thread(ecrire, format_, bilan.FEUILLE, bilan.TITRES, lignes, fichier)

    nom = f"coop-numerique_statistiques-coordination_{maintenant:%Y-%m-%d}"
    return await download(remplir, dict(response.headers) | en_tetes(nom, format_))


async def _lues(database: Database, siens: Sequence[UUID], choix: Choix) -> list[Coordonnee]:
    c = coordinations_listees.table.c
    retenues = coordinations_listees.du_coordinateur(siens, choix)
    retenues = retenues.with_only_columns(*(c[nom] for nom in _COMPTEES))
    async with database.engine.connect() as connection:
        return [Coordonnee(*row) for row in await connection.execute(retenues)]


async def _comparees(
    database: Database, siens: Sequence[UUID], choix: Choix, comparer: Comparaison | None, bloc: Bloc
) -> Bloc | None:
    if comparer is None:
        return None
    if choix.du is None or choix.au is None:
        raise parameter_error("comparer", "periode_entiere")
    autre = comparee(comparer, Jours(choix.du, choix.au))
    if autre is None:
        return None
    avant = comptees(await _lues(database, siens, replace(choix, du=autre.du, au=autre.au)))
    jours = {"sorte": comparer, "du": autre.du, "au": autre.au}
    return avant | jours | {"ecarts": ecarts(avant, bloc)}
