"""Les statistiques d'un médiateur, d'un coordinateur sur ses équipes, et les totaux publics."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from referentiels.territoires import PARIS
from starlette.responses import Response
from web.policies import PUBLIC, allow
from web.problems import INTROUVABLE, answers
from web.wiring import ClockDep

from activites.api.chiffres import Chiffres, ChiffresPublics
from activites.api.demandes import QuestionStatistiques, de_l_adresse, du_corps
from activites.api.jour import AujourdHui
from activites.api.lecteur import LecteurDep, MoisEntiers, apres, en_json
from activites.api.publies import Publication, PublicationDep
from activites.policies.chiffres import (
    ADMINISTRER_LES_CHIFFRES,
    CHIFFRES_DE_LA_STRUCTURE,
    CHIFFRES_DU_DEPARTEMENT,
    CHIFFRES_DU_LIEU,
    LIRE_STATISTIQUES,
)
from activites.statistiques.filtres import Filtres
from activites.statistiques.questions import Bloc

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
    "/statistiques/plateforme",
    response_model=Chiffres,
    responses=answers(INTROUVABLE),
    dependencies=[allow(ADMINISTRER_LES_CHIFFRES), Depends(apres)],
)
async def de_la_plateforme(
    question: Annotated[QuestionStatistiques, Query()], lecteur: LecteurDep
) -> Response:
    """Les chiffres de toute la plateforme, avec les mêmes filtres."""
    return en_json(await lecteur.toute_la_plateforme(question, de_l_adresse))


# --- Ceux que d'autres que les siens lisent : sans les petites cases ---
Mois = Annotated[MoisEntiers, Query()]


@router.get(
    "/statistiques/publiques",
    response_model=ChiffresPublics,
    dependencies=[allow(PUBLIC)],
)
async def publiques(publication: PublicationDep, clock: ClockDep, mois: Mois) -> Response:
    """Les chiffres de toute la plateforme, hors V1, ouverts à tous, par mois entiers."""
    hors_v1 = Filtres(None, v1=False)
    return en_json(await _par_mois(publication, hors_v1, mois, clock.today(PARIS), anonyme=True))


@router.get(
    "/statistiques/departements/{departement}",
    response_model=ChiffresPublics,
    dependencies=[allow(CHIFFRES_DU_DEPARTEMENT)],
)
async def du_departement(
    departement: str, publication: PublicationDep, aujourd_hui: AujourdHui, mois: Mois
) -> Response:
    """Les chiffres d'un département, par mois entiers."""
    filtres = Filtres(None, departements=[departement])
    return en_json(await _par_mois(publication, filtres, mois, aujourd_hui, departements=[departement]))


@router.get(
    "/statistiques/structures/{structure_id:uuid}",
    response_model=ChiffresPublics,
    dependencies=[allow(CHIFFRES_DE_LA_STRUCTURE)],
)
async def de_la_structure(
    structure_id: UUID, publication: PublicationDep, aujourd_hui: AujourdHui, mois: Mois
) -> Response:
    """Les chiffres de ceux qu'une structure emploie, par mois entiers."""
    filtres, dite = Filtres(None, structures=[structure_id]), [str(structure_id)]
    return en_json(await _par_mois(publication, filtres, mois, aujourd_hui, structures_employeuses=dite))


@router.get(
    "/statistiques/lieux/{lieu_id:uuid}",
    response_model=ChiffresPublics,
    dependencies=[allow(CHIFFRES_DU_LIEU)],
)
async def du_lieu(
    lieu_id: UUID, publication: PublicationDep, aujourd_hui: AujourdHui, mois: Mois
) -> Response:
    """Les chiffres d'un lieu d'activité, par mois entiers."""
    filtres = Filtres(None, lieux=[lieu_id])
    return en_json(await _par_mois(publication, filtres, mois, aujourd_hui, lieux=[str(lieu_id)]))


async def _par_mois(
    publication: Publication,
    filtres: Filtres,
    mois: MoisEntiers,
    aujourd_hui: dt.date,
    *,
    anonyme: bool = False,
    **dits: Any,
) -> Bloc:
    """Les chiffres de ce qui est retenu, de ces mois-là. dits : les filtres appliqués. Raises 422, 503."""
    mois.verifier()
    bloc = await publication.lire(filtres.sur(mois.du, mois.au), aujourd_hui, anonyme=anonyme)
    return bloc | {"filtres": mois.model_dump(mode="json", exclude_none=True) | dits}
