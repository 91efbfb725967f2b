"""Les statistiques d'un médiateur, d'un coordinateur sur ses équipes, et les totaux publics."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from web.days import PeriodParams
from web.policies import PUBLIC, allow
from web.problems import INTROUVABLE, answers

from activites.api.chiffres import Chiffres, TotauxPublics
from activites.api.demandes import QuestionStatistiques, de_l_adresse, du_corps
from activites.api.lecteur import LecteurDep, StatistiquesDep, apres, en_json
from activites.policies import LIRE_STATISTIQUES
from activites.statistiques.filtres import Filtres
from activites.statistiques.questions import totaux

router = APIRouter(tags=["Statistiques"])


@router.get(
    "/statistiques",
    response_model=Chiffres,
    responses=answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES), Depends(apres)],
)
async def consulter(question: Annotated[QuestionStatistiques, Query()], lecteur: LecteurDep) -> Response:
    """Mes statistiques ; pour un coordinateur, celles de ses équipes, membres partis compris.

    Plus de médiateurs ou de communes que l'adresse n'en porte : POST de la même question.
    """
    return en_json(await lecteur.page(question, de_l_adresse))


@router.post(
    "/statistiques",
    response_model=Chiffres,
    responses=answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES), Depends(apres)],
)
async def demander(body: QuestionStatistiques, lecteur: LecteurDep) -> Response:
    """La même question dans le corps, pour les longues listes de médiateurs ou de communes. N'écrit rien."""
    return en_json(await lecteur.page(body, du_corps))


@router.get(
    "/statistiques/publiques",
    response_model=TotauxPublics,
    dependencies=[allow(PUBLIC), Depends(apres)],
)
async def publiques(statistiques: StatistiquesDep, periode: PeriodParams) -> Response:
    """Les totaux de toute la plateforme, ouverts à tous."""
    au = await statistiques.as_of()
    bloc = await statistiques.ask(totaux, Filtres(None, periode.du, periode.au))
    return en_json({"totaux": bloc["totaux"], "a_jour_au": au})
