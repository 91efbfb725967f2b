"""Les statistiques d'un médiateur, d'un coordinateur sur ses équipes, et les totaux publics."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa
from events.postgres.database import Database
from fastapi import APIRouter, Depends, Header, Query, Request
from referentiels import communes
from starlette.responses import Response
from web.auth import Caller, Connecte
from web.policies import PUBLIC, allow
from web.positions import WAIT_SECONDS, parse, wait_for
from web.problems import INTROUVABLE, REQUETE_ILLISIBLE, Problem, answers
from web.wiring import ClockDep, DatabaseDep

from activites.api.chiffres import Chiffres, TotauxPublics
from activites.domain.vocabulaire import TypeActivite
from activites.policies import LIRE_STATISTIQUES
from activites.projections import appartenances, lieux_connus
from activites.statistiques.fichier import Statistiques
from activites.statistiques.questions import (
    Bloc,
    Filtres,
    Perimetre,
    bloc_general,
    totaux,
)

router = APIRouter(tags=["Statistiques"])

PARIS = ZoneInfo("Europe/Paris")
JOURS_MAX = 366 * 10
MEDIATEURS_MAX = 1000


def _statistiques(request: Request) -> Statistiques:
    found: Statistiques = request.app.state.statistiques
    return found


StatistiquesDep = Annotated[Statistiques, Depends(_statistiques)]


async def _apres(
    request: Request, statistiques: StatistiquesDep, x_position: Annotated[str | None, Header()] = None
) -> None:
    """Attend, deux secondes au plus, que la position du client soit comptée."""
    if x_position is None:
        return
    service, position = parse(x_position)
    if service == statistiques.service:
        await wait_for(request, service, position, lambda: statistiques.reached(position, WAIT_SECONDS))


@router.get(
    "/statistiques",
    response_model=Chiffres,
    responses=answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES), Depends(_apres)],
)
async def consulter(
    moi: Connecte,
    statistiques: StatistiquesDep,
    database: DatabaseDep,
    clock: ClockDep,
    du: Annotated[dt.date | None, Query(description="Premier jour compté")] = None,
    au: Annotated[dt.date | None, Query(description="Dernier jour compté")] = None,
    types: Annotated[list[TypeActivite] | None, Query(max_length=2)] = None,
    mediateurs: Annotated[list[UUID] | None, Query(max_length=MEDIATEURS_MAX)] = None,
) -> Response:
    """Mes statistiques ; pour un coordinateur, celles de ses équipes, membres partis compris."""
    _verifier_la_periode(du, au)
    perimetres = await _perimetres(database, moi)
    if mediateurs is not None:
        if not {p.mediateur_id for p in perimetres} >= set(mediateurs):
            raise Problem(INTROUVABLE, "Ce médiateur n’est pas dans vos équipes.")
        perimetres = [p for p in perimetres if p.mediateur_id in set(mediateurs)]
    filtres = Filtres(perimetres, du, au, types or ())
    bloc = await statistiques.ask(bloc_general, filtres, clock.today())
    await _nommer_les_lieux(database, bloc)
    return _json(bloc | {"mediateurs": len(perimetres)})


@router.get(
    "/statistiques/publiques",
    response_model=TotauxPublics,
    dependencies=[allow(PUBLIC), Depends(_apres)],
)
async def publiques(
    statistiques: StatistiquesDep,
    du: dt.date | None = None,
    au: dt.date | None = None,
) -> Response:
    """Les totaux de toute la plateforme, ouverts à tous."""
    _verifier_la_periode(du, au)
    bloc = await statistiques.ask(totaux, Filtres(None, du, au))
    return _json({"totaux": bloc["totaux"]})


def _verifier_la_periode(du: dt.date | None, au: dt.date | None) -> None:
    for jour in (du, au):
        if jour is not None and not 2000 <= jour.year <= 2100:
            raise Problem(REQUETE_ILLISIBLE, "La période va de l’an 2000 à l’an 2100.")
    if du is not None and au is not None:
        if au < du:
            raise Problem(REQUETE_ILLISIBLE, "Le dernier jour (au) précède le premier (du).")
        if (au - du).days > JOURS_MAX:
            raise Problem(REQUETE_ILLISIBLE, "La période dépasse dix ans.")


async def _perimetres(database: Database, moi: Caller) -> list[Perimetre]:
    """Soi-même, et les membres de ses équipes : jusqu'à leur départ pour ceux qui sont partis."""
    comptes: dict[UUID, Perimetre] = {}
    if moi.coordinateur_id is not None:
        async with database.engine.connect() as connection:
            for row in await connection.execute(appartenances.des_equipes_de(moi.coordinateur_id)):
                fin = row.parti_le.astimezone(PARIS).date() if row.parti_le else None
                comptes[row.mediateur_id] = Perimetre(row.mediateur_id, fin)
    if moi.mediateur_id is not None:
        comptes[moi.mediateur_id] = Perimetre(moi.mediateur_id)
    return list(comptes.values())


async def _nommer_les_lieux(database: Database, bloc: Bloc) -> None:
    """Ajoute nom et commune aux lieux, et leur libellé aux communes."""
    lieux: Sequence[dict[str, Any]] = bloc["lieux"]
    c = lieux_connus.table.c
    async with database.engine.connect() as connection:
        noms = {
            row.lieu_id: row
            for row in await connection.execute(
                sa.select(c.lieu_id, c.nom, c.commune).where(
                    c.lieu_id == sa.func.any(sa.literal([b["lieu_id"] for b in lieux], sa.ARRAY(sa.Uuid)))
                )
            )
        }
    for ligne in lieux:
        lieu = noms.get(ligne["lieu_id"])
        ligne |= {"nom": lieu.nom if lieu else None, "commune": lieu.commune if lieu else None}
    for ligne in bloc["communes"]:
        ligne["libelle"] = _libelle(ligne["code_insee"])


def _libelle(code_insee: str | None) -> str:
    if code_insee is None:
        return "Non communiqué"
    commune = communes.par_code(code_insee)
    return commune.libelle() if commune else code_insee


def _json(contenu: Bloc) -> Response:
    # As computed: the models only say its shape, figures are many and already ours (docs/moteur.md §5).
    return Response(orjson.dumps(contenu), media_type="application/json")
