"""Les statistiques d'un médiateur, d'un coordinateur sur ses équipes, et les totaux publics."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from events.postgres.database import Database
from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from web.auth import Connecte
from web.days import Day, PeriodParams
from web.policies import PUBLIC, allow
from web.positions import WAIT_SECONDS, parse, wait_for
from web.problems import INTROUVABLE, answers, body_error, parameter_error
from web.wiring import DatabaseDep

from activites.api.chiffres import Chiffres, TotauxPublics
from activites.api.choix import COMMUNES, CONSEILLER_NUMERIQUE, codes_compris
from activites.api.jour import AujourdHui
from activites.api.perimetres import perimetres_de
from activites.domain.vocabulaire import TypeActivite
from activites.policies import LIRE_STATISTIQUES
from activites.projections import conseillers_numeriques, lieux_connus
from activites.statistiques.fichier import Statistiques
from activites.statistiques.questions import (
    Bloc,
    Dispositif,
    Filtres,
    Perimetre,
    Periode,
    bloc_general,
    totaux,
)

router = APIRouter(tags=["Statistiques"])

MEDIATEURS_MAX = 1000
MEDIATEURS_DE_L_ADRESSE = 100
"""Autant qu'une adresse en porte : 100 paramètres, 8 Kio (web.limits)."""
COMMUNES_MAX = 1000


async def _statistiques(request: Request) -> Statistiques:
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


CodeCommune = Annotated[str, Field(max_length=20)]
"""Borné plus large qu'un code : la commune inconnue se dit dans ses propres mots."""


class QuestionStatistiques(BaseModel):
    """Les filtres d'une question : ceux de l'adresse, pour qui en a trop long."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"du": "2026-01-01", "au": "2026-06-30", "types": ["individuel"], "communes": ["75056"]}
            ]
        },
    )

    du: Annotated[Day | None, Field(description="Premier jour, compris")] = None
    au: Annotated[Day | None, Field(description="Dernier jour, compris")] = None
    types: Annotated[list[TypeActivite], Field(max_length=2)] = []
    mediateurs: Annotated[list[UUID] | None, Field(max_length=MEDIATEURS_MAX)] = None
    communes: Annotated[list[CodeCommune], Field(max_length=COMMUNES_MAX, description=COMMUNES)] = []
    conseiller_numerique: Annotated[bool | None, Field(description=CONSEILLER_NUMERIQUE)] = None


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
    aujourd_hui: AujourdHui,
    periode: PeriodParams,
    types: Annotated[list[TypeActivite] | None, Query(max_length=2)] = None,
    mediateurs: Annotated[list[UUID] | None, Query(max_length=MEDIATEURS_DE_L_ADRESSE)] = None,
    codes: Annotated[list[str] | None, Query(alias="communes", max_length=50, description=COMMUNES)] = None,
    conseiller_numerique: Annotated[bool | None, Query(description=CONSEILLER_NUMERIQUE)] = None,
) -> Response:
    """Mes statistiques ; pour un coordinateur, celles de ses équipes, membres partis compris.

    Plus de médiateurs ou de communes que l'adresse n'en porte : POST de la même question.
    """
    lus = codes_compris(codes or [], lambda _: parameter_error("communes", "commune_inconnue"))
    perimetres = await perimetres_de(database, moi, mediateurs)
    dispositif = await _dispositif(database, perimetres, conseiller_numerique)
    filtres = Filtres(perimetres, periode.du, periode.au, types or (), lus, dispositif)
    return await _repondre(statistiques, database, filtres, aujourd_hui)


@router.post(
    "/statistiques",
    response_model=Chiffres,
    responses=answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES), Depends(_apres)],
)
async def demander(
    body: QuestionStatistiques,
    moi: Connecte,
    statistiques: StatistiquesDep,
    database: DatabaseDep,
    aujourd_hui: AujourdHui,
) -> Response:
    """La même question dans le corps, pour les longues listes de médiateurs ou de communes. N'écrit rien."""
    if body.du is not None and body.au is not None and body.au < body.du:
        raise body_error("periode_a_l_envers", ["au"])
    lus = codes_compris(body.communes, lambda rang: body_error("commune_inconnue", ["communes", rang]))
    perimetres = await perimetres_de(database, moi, body.mediateurs)
    dispositif = await _dispositif(database, perimetres, body.conseiller_numerique)
    filtres = Filtres(perimetres, body.du, body.au, body.types, lus, dispositif)
    return await _repondre(statistiques, database, filtres, aujourd_hui)


@router.get(
    "/statistiques/publiques",
    response_model=TotauxPublics,
    dependencies=[allow(PUBLIC), Depends(_apres)],
)
async def publiques(statistiques: StatistiquesDep, periode: PeriodParams) -> Response:
    """Les totaux de toute la plateforme, ouverts à tous."""
    au = await statistiques.as_of()
    bloc = await statistiques.ask(totaux, Filtres(None, periode.du, periode.au))
    return _json({"totaux": bloc["totaux"], "a_jour_au": au})


async def _repondre(
    statistiques: Statistiques, database: Database, filtres: Filtres, aujourd_hui: dt.date
) -> Response:
    # Read before the question: the figures may be newer than what is said of them, never older.
    au = await statistiques.as_of()
    bloc = await statistiques.ask(bloc_general, filtres, aujourd_hui)
    await _nommer(database, bloc)
    personnes = {p.personne or p.mediateur_id for p in filtres.perimetres or ()}
    return _json(bloc | {"mediateurs": len(personnes), "a_jour_au": au})


async def _dispositif(
    database: Database, perimetres: Sequence[Perimetre], dedans: bool | None
) -> Dispositif | None:
    """Quels jours ceux qui sont comptés sont conseillers numériques. dedans : None, tout est compté."""
    if dedans is None:
        return None
    async with database.engine.connect() as connection:
        lues = await connection.execute(
            conseillers_numeriques.periodes_de([p.mediateur_id for p in perimetres])
        )
        return Dispositif(dedans, [Periode(*ligne) for ligne in lues])


async def _nommer(database: Database, bloc: Bloc) -> None:
    """Ajoute nom et commune aux lieux."""
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


def _json(contenu: Bloc) -> Response:
    # As computed: the models only say its shape, figures are many and already ours (docs/moteur.md §5).
    return Response(orjson.dumps(contenu), media_type="application/json")
