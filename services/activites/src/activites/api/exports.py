"""/activites/export : ses accompagnements dans un tableau ; pour un coordinateur, ceux de ses équipes."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.identity import NomsPersonnes
from events.postgres.database import Database
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, en_tetes
from web.auth import Connecte
from web.downloads import download, files
from web.policies import allow
from web.positions import after
from web.problems import INTROUVABLE, answers, problems
from web.wiring import ClockDep, DatabaseDep, StoreDep

from activites.api.choix import ChoixParams
from activites.api.etiquettes import etiquettes_lues
from activites.api.perimetres import perimetres_de
from activites.api.telechargements import ALLURE, PLACE, REPONSES, FormatVoulu
from activites.domain.refus import ExportTropLong
from activites.exports.activites import Auteurs, Lignes, Portee, exporter
from activites.exports.entete import Demande, Lectures, entete
from activites.policies.activites import EXPORTER
from activites.policies.personne import SiensDep
from activites.projections import activites_listees, emplois
from activites.projections.comptes_rapproches import comptes_rapproches

router = APIRouter(prefix="/activites", tags=["Activités"])

ACCOMPAGNEMENTS_MAX = 1_000_000
"""Ce que contient une feuille de tableur."""
MEDIATEURS_MAX = 100
type Nommer = Callable[[Collection[UUID]], Awaitable[NomsPersonnes | None]]
"""Les noms de ces comptes, d'identity ; None quand elle ne répond pas."""


async def _nommer(request: Request) -> Nommer:
    return request.app.state.nommer


NommerDep = Annotated[Nommer, Depends(_nommer)]


async def personne(_: Collection[UUID]) -> None:
    """Sans identity, les colonnes des noms restent vides."""


type NommerPour = Callable[[UUID, Collection[UUID]], Awaitable[Mapping[UUID, str]]]
"""Le nom de ces choses, tel que ce compte peut le lire ; absentes, les autres, et quand nul ne répond."""


async def rien(_: UUID, __: Collection[UUID]) -> Mapping[UUID, str]:
    """Sans identity ni equipes, ce qui n'a pas de nom ici se dit autrement."""
    return {}


@dataclass(frozen=True, slots=True)
class Nommeurs:
    """structures : employeuses, d'identity.   equipes : d'equipes."""

    structures: NommerPour = rien
    equipes: NommerPour = rien


async def _nommeurs(request: Request) -> Nommeurs:
    return request.app.state.nommeurs


NommeursDep = Annotated[Nommeurs, Depends(_nommeurs)]


async def _lectures(
    moi: Connecte, database: DatabaseDep, clock: ClockDep, nommer: NommerDep, nommeurs: NommeursDep
) -> Lectures:
    return Lectures(
        auteurs=partial(auteurs_de, database, nommer),
        tags=partial(etiquettes_lues, database, moi, clock),
        structures=partial(nommeurs.structures, moi.compte_id),
        equipes=partial(nommeurs.equipes, moi.compte_id),
    )


LecturesDep = Annotated[Lectures, Depends(_lectures)]
"""Ce que la personne connectée peut lire des noms que l'on n'a pas sous la main."""


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()) | problems(ExportTropLong) | answers(INTROUVABLE) | REPONSES,
    dependencies=[allow(EXPORTER), ALLURE, PLACE, Depends(after(activites_listees.table.name))],
)
async def telecharger(
    request: Request,
    moi: Connecte,
    siens: SiensDep,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    lectures: LecturesDep,
    response: Response,
    choix: ChoixParams,
    mediateurs: Annotated[
        list[UUID] | None, Query(max_length=MEDIATEURS_MAX, description="Soi, et les membres de ses équipes")
    ] = None,
    equipe: Annotated[
        UUID | None, Query(description="Une équipe que l’on coordonne : ses membres, sans soi-même")
    ] = None,
    lignes: Annotated[
        Lignes, Query(description="Une ligne par accompagnement, ou par activité : ce que relit l’import")
    ] = "accompagnements",
    format_: FormatVoulu = Format.XLSX,
) -> StreamingResponse:
    """Télécharger ses activités, textes compris ; un coordinateur, celles des membres actuels de ses équipes.

    De son équipe, il ne lit ni le nom d’un bénéficiaire ni une note.
    """
    comptes = await perimetres_de(database, moi, mediateurs, actuels=True, equipe=equipe)
    ids = [un.mediateur_id for un in comptes]
    soi = moi.mediateur_id is not None and set(ids) == set(siens.mediateurs)
    retenues = activites_listees.du_mediateur(ids, choix)
    async with database.engine.connect() as connection:
        total, v1 = (await connection.execute(activites_listees.etendue(retenues))).one()
        fuseau = ZoneInfo(await emplois.fuseau(connection, moi.compte_id))
    if (total or 0) > ACCOMPAGNEMENTS_MAX:
        raise ExportTropLong
    maintenant = clock.now().astimezone(fuseau)
    demande = Demande(request.query_params, choix, total or 0, maintenant)
    dessus = () if lignes == "activites" else await entete(database, demande, moi, lectures, siens)
    portee = Portee(
        ids,
        soi=soi,
        nommer=moi.usurpe_par is None,
        v1=bool(v1),
        lignes=lignes,
        annee=maintenant.year,
        fuseau=fuseau,
    )
    export = exporter(store, retenues, lectures.tags, lectures.auteurs, portee, dessus)

    async def ecrire(fichier: BinaryIO) -> None:
        async with store.database.engine.scan() as connection:
            await export.ecrire(connection, format_, fichier)

    nom = f"coop-numerique_{lignes}_{maintenant:%Y-%m-%d}"
    return await download(ecrire, dict(response.headers) | en_tetes(nom, format_))


async def auteurs_de(database: Database, nommer: Nommer, comptes: Collection[UUID]) -> Auteurs:
    """Prénom et nom de chacun, sous quelque compte qu'il ait saisi ; absents quand identity se tait."""
    async with database.engine.connect() as connection:
        personnes = await comptes_rapproches.personnes(connection, "compte", comptes)
    lus = await nommer({qui.sert for qui in personnes.values()})
    if lus is None:
        return {}
    return {
        compte: (
            prenom := lus.prenoms.get(qui.sert, ""),
            lus.personnes[qui.sert].removeprefix(prenom).strip(),
        )
        for compte, qui in personnes.items()
        if qui.sert in lus.personnes
    }
