"""/coordinations : rendre compte d'une animation, d'un évènement, d'un partenariat ; retrouver les siens."""

from collections.abc import Collection
from functools import partial
from typing import Annotated, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from events.postgres.database import Database
from events.store.store import Written
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, en_tetes
from web.auth import Coordinateur
from web.days import PeriodParams
from web.downloads import download, files
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import IfMatch, after, written
from web.problems import already, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from activites.api.choix import PoseesParams, Tri
from activites.api.coordination_lectures import (
    AnimationLue,
    CoordinationListee,
    CoordinationLue,
    CoordinationSupprimeeLue,
    EvenementLu,
    PartenariatLu,
    coordination_lue,
    listee,
)
from activites.api.coordination_saisies import CorrectionCoordination, NouvelleCoordination
from activites.api.etiquettes import etiquettes_lues, tags_vus
from activites.api.exports import NommerDep, auteurs_de
from activites.api.jour import AujourdHui
from activites.api.statuses import DE_SAISIE_DE_COORDINATION
from activites.api.telechargements import ALLURE, PLACE, REPONSES, FormatVoulu
from activites.api.voisins import apres_les_voisins
from activites.domain.coordination import (
    COORDINATION,
    Active,
    CorrigerCoordination,
    Effacee,
    EnregistrerCoordination,
    RestaurerCoordination,
    SupprimerCoordination,
)
from activites.domain.coordination_refus import (
    CoordinationDejaEnregistree,
    CoordinationDejaSupprimee,
    CoordinationEffacee,
    CoordinationInconnue,
)
from activites.domain.coordination_vocabulaire import CoordinateurId, CoordinationId, TypeCoordination
from activites.domain.refus import SuppressionDefinitive, TypeNonModifiable
from activites.domain.vocabulaire import CompteId
from activites.exports.coordinations import exporter, filtres
from activites.exports.entete import blocs
from activites.policies.coordinations import (
    LIRE_SES_COORDINATIONS,
    SA_COORDINATION,
    SAISIR_COORDINATION,
    AuteurDeCoordinationDep,
    CoordinationDep,
)
from activites.policies.personne import SiensDep
from activites.projections import comptes_connus, coordinations_listees, coordinations_supprimees, emplois
from activites.projections.coordinations_listees import Choix

router = APIRouter(prefix="/coordinations", tags=["Coordination"])
SERVICE = "activites"


class ReferenceCoordination(BaseModel):
    """Ce qui vient d'être écrit. position : à rendre dans X-Position pour que la lecture l'attende."""

    id: UUID
    position: str | None


async def _choix(
    periode: PeriodParams,
    posees: PoseesParams,
    types: Annotated[
        list[TypeCoordination] | None,
        Query(max_length=3, description="Répéter pour en demander plusieurs"),
    ] = None,
) -> Choix:
    """Les filtres de l'adresse, tous à la fois."""
    return Choix(periode.du, periode.au, types or (), posees)


ChoixParams = Annotated[Choix, Depends(_choix)]


@router.post(
    "",
    status_code=201,
    responses=problems(*DE_SAISIE_DE_COORDINATION, CoordinationDejaEnregistree, CoordinationDejaSupprimee)
    | already(ReferenceCoordination),
    dependencies=[allow(SAISIR_COORDINATION), Depends(apres_les_voisins)],
)
async def enregistrer(
    body: NouvelleCoordination,
    moi: Coordinateur,
    aujourd_hui: AujourdHui,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceCoordination:
    """Enregistrer une animation, un évènement ou un partenariat. 200 si c'était déjà fait."""
    contenu = body.contenu()
    command = EnregistrerCoordination(
        coordination_id=CoordinationId(body.id),
        par=CoordinateurId(moi.coordinateur_id),
        compte_id=CompteId(moi.compte_id),
        contenu=contenu,
        tags_visibles=await tags_vus(store.database, moi, clock, contenu.tags),
        connues=await _connues(store.database, contenu.personnes),
        aujourd_hui=aujourd_hui,
        maintenant=clock.now(),
    )
    outcome = await store.execute(COORDINATION(body.id), command, context)
    response.status_code = 201 if outcome.changed else 200
    return _reference(response, body.id, outcome)


@router.put(
    "/{coordination_id:uuid}",
    responses=problems(
        *DE_SAISIE_DE_COORDINATION,
        TypeNonModifiable,
        CoordinationInconnue,
        CoordinationDejaSupprimee,
        CoordinationEffacee,
    ),
    dependencies=[allow(SA_COORDINATION), Depends(apres_les_voisins)],
)
async def corriger(
    coordination_id: UUID,
    body: CorrectionCoordination,
    moi: Coordinateur,
    trouvee: CoordinationDep,
    auteur: AuteurDeCoordinationDep,
    aujourd_hui: AujourdHui,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> ReferenceCoordination:
    """Corriger une de ses activités de coordination : le contenu envoyé remplace tout l'ancien."""
    assert auteur is not None
    contenu, etat = body.contenu(), trouvee[0]
    deja = etat.derniere.tags if isinstance(etat, Active) else ()
    command = CorrigerCoordination(
        coordination_id=CoordinationId(coordination_id),
        par=auteur.coordinateur_id,
        compte_id=auteur.compte_id,
        contenu=contenu,
        tags_visibles=await tags_vus(store.database, moi, clock, {*contenu.tags, *deja}),
        connues=await _connues(store.database, contenu.personnes),
        aujourd_hui=aujourd_hui,
        maintenant=clock.now(),
    )
    outcome = await store.execute(COORDINATION(coordination_id), command, context, expected=expected)
    return _reference(response, coordination_id, outcome)


@router.delete(
    "/{coordination_id:uuid}",
    status_code=204,
    responses=problems(CoordinationInconnue),
    dependencies=[allow(SA_COORDINATION)],
)
async def supprimer(
    coordination_id: UUID,
    auteur: AuteurDeCoordinationDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> None:
    """Supprimer une de ses activités de coordination ; elle se reprend pendant 30 jours (restauration)."""
    assert auteur is not None
    command = SupprimerCoordination(
        coordination_id=CoordinationId(coordination_id),
        par=auteur.coordinateur_id,
        compte_id=auteur.compte_id,
        maintenant=clock.now(),
    )
    outcome = await store.execute(COORDINATION(coordination_id), command, context, expected=expected)
    written(response, SERVICE, outcome)


@router.post(
    "/{coordination_id:uuid}/restauration",
    responses=problems(CoordinationInconnue, SuppressionDefinitive),
    dependencies=[allow(SA_COORDINATION)],
)
async def restaurer(
    coordination_id: UUID,
    auteur: AuteurDeCoordinationDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceCoordination:
    """Revenir sur une suppression, dans les 30 jours : l'activité revient telle qu'elle était."""
    assert auteur is not None
    command = RestaurerCoordination(
        coordination_id=CoordinationId(coordination_id),
        par=auteur.coordinateur_id,
        maintenant=clock.now(),
    )
    outcome = await store.execute(COORDINATION(coordination_id), command, context)
    return _reference(response, coordination_id, outcome)


@router.get(
    "/supprimees",
    dependencies=[allow(LIRE_SES_COORDINATIONS), Depends(after(coordinations_supprimees.table.name))],
)
async def lister_les_supprimees(
    siens: SiensDep, database: DatabaseDep, clock: ClockDep, page: PageParams
) -> Page[CoordinationSupprimeeLue]:
    """Celles qu'il peut encore reprendre, la dernière supprimée d'abord."""
    return await page.of(
        database,
        coordinations_supprimees.du_coordinateur(siens.coordinateurs, clock.now()),
        order=coordinations_supprimees.ORDRE,
        to=CoordinationSupprimeeLue.model_validate,
    )


@router.get(
    "", dependencies=[allow(LIRE_SES_COORDINATIONS), Depends(after(coordinations_listees.table.name))]
)
async def lister(
    moi: Coordinateur,
    siens: SiensDep,
    database: DatabaseDep,
    clock: ClockDep,
    page: PageParams,
    choix: ChoixParams,
    tri: Annotated[Tri, Query(description="Les plus récentes d’abord, ou les plus anciennes")] = "recentes",
) -> Page[CoordinationListee]:
    """Ses activités de coordination, avec leur nombre."""
    trouvees = await page.find(
        database,
        coordinations_listees.du_coordinateur(siens.coordinateurs, choix),
        order=coordinations_listees.ORDRES[tri],
        previous=True,
        total=True,
    )
    lues = await etiquettes_lues(database, moi, clock, {pose for row in trouvees.rows for pose in row.tags})
    return trouvees.page(lambda row: listee(row, lues))


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()) | REPONSES,
    dependencies=[
        allow(LIRE_SES_COORDINATIONS),
        ALLURE,
        PLACE,
        Depends(after(coordinations_listees.table.name)),
    ],
)
async def telecharger(
    moi: Coordinateur,
    siens: SiensDep,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    nommer: NommerDep,
    response: Response,
    choix: ChoixParams,
    format_: FormatVoulu = Format.XLSX,
) -> StreamingResponse:
    """Télécharger ses activités de coordination, tous leurs textes compris, dans un tableau."""
    retenues = coordinations_listees.du_coordinateur(siens.coordinateurs, choix)
    async with database.engine.connect() as connection:
        total = await connection.scalar(sa.select(sa.func.count()).select_from(retenues.subquery()))
        fuseau = ZoneInfo(await emplois.fuseau(connection, moi.compte_id))
    maintenant = clock.now().astimezone(fuseau)
    etiquettes = partial(etiquettes_lues, database, moi, clock)
    auteurs = await auteurs_de(database, nommer, [moi.compte_id])
    dessus = blocs(moi, auteurs, total or 0, maintenant, await filtres(choix, etiquettes))
    export = exporter(store, retenues, etiquettes, dessus)

    async def ecrire(fichier: BinaryIO) -> None:
        async with store.database.engine.scan() as connection:
            await export.ecrire(connection, format_, fichier)

    nom = f"coop-numerique_coordinations_{maintenant:%Y-%m-%d}"
    return await download(ecrire, dict(response.headers) | en_tetes(nom, format_))


@router.get(
    "/{coordination_id:uuid}",
    responses=problems(CoordinationInconnue),
    response_model=CoordinationLue,
    dependencies=[allow(SA_COORDINATION)],
)
async def lire(
    trouvee: CoordinationDep, moi: Coordinateur, database: DatabaseDep, clock: ClockDep, response: Response
) -> AnimationLue | EvenementLu | PartenariatLu:
    """Une de ses activités de coordination en entier. L'ETag sert à la corriger sans écraser."""
    match trouvee:
        case (Active() | Effacee()) as etat, version:
            response.headers["ETag"] = f'"{version}"'
            return coordination_lue(etat, await etiquettes_lues(database, moi, clock, etat.derniere.tags))
        case _:
            raise CoordinationInconnue


async def _connues(database: Database, personnes: Collection[CompteId]) -> frozenset[CompteId]:
    if not personnes:
        return frozenset()
    async with database.engine.connect() as connection:
        return frozenset(CompteId(un) for un in await connection.scalars(comptes_connus.parmi(personnes)))


def _reference(response: Response, coordination_id: UUID, outcome: Written) -> ReferenceCoordination:
    written(response, SERVICE, outcome)
    return ReferenceCoordination(id=coordination_id, position=response.headers.get("X-Position"))
