"""Les statistiques d'un médiateur, d'un coordinateur sur ses équipes, et les totaux publics."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from referentiels.territoires import PARIS
from starlette.responses import Response
from web.open_data import UNCHANGED, IfNoneMatch, OpenRoute
from web.policies import PUBLIC, allow
from web.problems import INTROUVABLE, answers
from web.wiring import ClockDep

from activites.api.chiffres import Chiffres, ChiffresPublics
from activites.api.demandes import QuestionDeLaPlateforme, QuestionStatistiques, de_l_adresse, du_corps
from activites.api.jour import AujourdHui
from activites.api.lecteur import LecteurDep, MoisEntiers, en_json
from activites.api.publies import GARDE, Publication, PublicationDep
from activites.policies.chiffres import (
    ADMINISTRER_LES_CHIFFRES,
    CHIFFRES_DE_LA_STRUCTURE,
    CHIFFRES_DU_DEPARTEMENT,
    CHIFFRES_DU_LIEU,
    LIRE_STATISTIQUES,
)
from activites.statistiques.filtres import Filtres

router = APIRouter(tags=["Statistiques"])
public = APIRouter(
    tags=["Statistiques"], route_class=OpenRoute, responses=UNCHANGED, dependencies=[IfNoneMatch]
)


@router.get(
    "/statistiques",
    response_model=Chiffres,
    responses=answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES)],
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
    dependencies=[allow(LIRE_STATISTIQUES)],
)
async def demander(body: QuestionStatistiques, lecteur: LecteurDep) -> Response:
    """La même question dans le corps, pour les longues listes de médiateurs ou de communes. N'écrit rien."""
    return en_json(await lecteur.page(body, du_corps))


@router.get(
    "/statistiques/plateforme",
    response_model=Chiffres,
    responses=answers(INTROUVABLE),
    dependencies=[allow(ADMINISTRER_LES_CHIFFRES)],
)
async def de_la_plateforme(
    question: Annotated[QuestionDeLaPlateforme, Query()], lecteur: LecteurDep
) -> Response:
    """Les chiffres de toute la plateforme, petits nombres compris ; un administrateur seul.

    Les mêmes filtres que les siens, sans équipe ni bénéficiaires ; de quelques secondes au plus.
    """
    return en_json(await lecteur.toute_la_plateforme(question, de_l_adresse))


# --- Ceux que d'autres que les siens lisent : sans les petites cases ---
@dataclass(frozen=True, slots=True)
class ParMois:
    """De quoi publier les chiffres de ces mois-là."""

    publication: Publication
    aujourd_hui: dt.date
    mois: MoisEntiers

    async def repondre(self, filtres: Filtres, *, anonyme: bool = False, **dits: Any) -> Response:
        """Ce qui est retenu. dits : les filtres appliqués, en plus des mois. Raises 422, 503."""
        self.mois.verifier()
        retenus = filtres.sur(self.mois.du, self.mois.au)
        bloc = await self.publication.lire(retenus, self.aujourd_hui, anonyme=anonyme)
        return en_json(bloc | {"filtres": self.mois.model_dump(mode="json", exclude_none=True) | dits})


async def _du_lecteur(
    publication: PublicationDep, aujourd_hui: AujourdHui, mois: Annotated[MoisEntiers, Query()]
) -> ParMois:
    return ParMois(publication, aujourd_hui, mois)


ParMoisDep = Annotated[ParMois, Depends(_du_lecteur)]
"""À l'heure de la personne connectée."""


@public.get(
    "/statistiques/publiques",
    response_model=ChiffresPublics,
    dependencies=[allow(PUBLIC)],
)
async def publiques(
    publication: PublicationDep, clock: ClockDep, mois: Annotated[MoisEntiers, Query()]
) -> Response:
    """Les chiffres de toute la plateforme, hors V1, ouverts à tous, par mois entiers."""
    par_mois = ParMois(publication, clock.today(PARIS), mois)
    reponse = await par_mois.repondre(Filtres(None, v1=False), anonyme=True)
    reponse.headers["Cache-Control"] = GARDE
    return reponse


@router.get(
    "/statistiques/departements/{departement}",
    response_model=ChiffresPublics,
    dependencies=[allow(CHIFFRES_DU_DEPARTEMENT)],
)
async def du_departement(departement: str, par_mois: ParMoisDep) -> Response:
    """Les chiffres d'un département, par mois entiers."""
    return await par_mois.repondre(Filtres(None, departements=[departement]), departements=[departement])


@router.get(
    "/statistiques/structures/{structure_id:uuid}",
    response_model=ChiffresPublics,
    dependencies=[allow(CHIFFRES_DE_LA_STRUCTURE)],
)
async def de_la_structure(structure_id: UUID, par_mois: ParMoisDep) -> Response:
    """Les chiffres de ceux qu'une structure emploie, par mois entiers."""
    dite = [str(structure_id)]
    return await par_mois.repondre(Filtres(None, structures=[structure_id]), structures_employeuses=dite)


@router.get(
    "/statistiques/lieux/{lieu_id:uuid}",
    response_model=ChiffresPublics,
    dependencies=[allow(CHIFFRES_DU_LIEU)],
)
async def du_lieu(lieu_id: UUID, par_mois: ParMoisDep) -> Response:
    """Les chiffres d'un lieu d'activité, par mois entiers."""
    return await par_mois.repondre(Filtres(None, lieux=[lieu_id]), lieux=[str(lieu_id)])
