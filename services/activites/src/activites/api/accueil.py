"""L'accueil d'un médiateur, en une lecture : dernières activités, sujets, mois, et ce qui reste à faire."""

import datetime as dt
from collections import Counter
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from web.auth import Mediateur
from web.policies import allow
from web.positions import after
from web.wiring import ClockDep, DatabaseDep

from activites.api.etiquettes import etiquettes_lues
from activites.api.habitudes import RECENTES
from activites.api.jour import AujourdHui
from activites.api.lectures import ActiviteListee, listee
from activites.casiers import BROUILLONS
from activites.domain.vocabulaire import Thematique
from activites.policies.activites import LIRE_SES_ACTIVITES
from activites.policies.personne import SiensDep
from activites.projections import activites_listees, tags
from activites.projections.activites_listees import Choix
from activites.projections.tables import Rows
from activites.rdv import agenda

router = APIRouter(prefix="/activites", tags=["Activités"])

SUJETS = 20


class MoisEnCours(BaseModel):
    """Le mois civil de la personne, comme ses statistiques le comptent depuis son premier jour.

    accompagnements : une personne à un atelier en est un, chacune des autres aussi.
    """

    du: dt.date
    activites: int
    accompagnements: int


class AFaire(BaseModel):
    """brouillons : commencés, ou prévus au plus tard aujourd'hui.   rdv : passés, sans leur compte rendu."""

    brouillons: int
    rdv: int


class Accueil(BaseModel):
    """dernieres : les plus récentes d'abord.   thematiques : celles des 200 dernières, par fréquence.
    a_faire : à la personne elle-même, et à nulle autre.
    """

    dernieres: list[ActiviteListee]
    thematiques: Annotated[list[Thematique], Field(max_length=SUJETS)]
    mois: MoisEnCours
    a_faire: AFaire | None


@router.get(
    "/accueil",
    dependencies=[
        allow(LIRE_SES_ACTIVITES),
        Depends(after(activites_listees.table.name)),
        Depends(after(tags.table.name)),
    ],
)
async def accueil(
    moi: Mediateur,
    siens: SiensDep,
    database: DatabaseDep,
    clock: ClockDep,
    aujourd_hui: AujourdHui,
    limite: Annotated[int, Query(ge=1, le=20, description="Nombre de dernières activités")] = 5,
) -> Accueil:
    """Mes dernières activités, mes sujets les plus fréquents, mon mois, et ce qui me reste à faire."""
    debut = aujourd_hui.replace(day=1)
    toutes = activites_listees.du_mediateur(siens.mediateurs).order_by(*activites_listees.ORDRE)
    du_mois = activites_listees.du_mediateur(siens.mediateurs, Choix(du=debut)).subquery()
    somme: sa.ColumnElement[int] = sa.func.sum(du_mois.c.accompagnements)
    compte = sa.select(sa.func.count(), somme).select_from(du_mois)
    commences = BROUILLONS.du_compte(moi.compte_id)
    commences = commences.where(sa.func.coalesce(BROUILLONS.table.c.pour_le, aujourd_hui) <= aujourd_hui)
    a_rendre = agenda.du_compte(moi.compte_id, siens.mediateurs, clock.now(), a_rendre=True)
    restent = sa.select(_combien(commences), _combien(a_rendre))
    async with database.engine.connect() as connection:
        recentes = (await connection.execute(toutes.limit(RECENTES))).all()
        activites, accompagnements = (await connection.execute(compte)).one()
        brouillons, rdv = (await connection.execute(restent)).one() if moi.usurpe_par is None else (0, 0)
    montrees = recentes[:limite]
    lues = await etiquettes_lues(database, moi, clock, {pose for row in montrees for pose in row.tags})
    frequents = Counter(Thematique(t) for a in recentes for t in a.thematiques).most_common(SUJETS)
    return Accueil(
        dernieres=[listee(row, lues) for row in montrees],
        thematiques=[t for t, _ in frequents],
        mois=MoisEnCours(du=debut, activites=activites, accompagnements=accompagnements or 0),
        a_faire=AFaire(brouillons=brouillons, rdv=rdv) if moi.usurpe_par is None else None,
    )


def _combien(choix: Rows) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(choix.subquery()).scalar_subquery()
