"""Les équipes d'une personne, à tous ses titres, et les membres de celles qu'elle coordonne."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from web.pages import Page, PageParams
from web.policies import allow
from web.wiring import ClockDep, DatabaseDep

from equipes.api.attente import AujourdHui, apres
from equipes.api.membres import Membre, membre_lu
from equipes.api.personnes import PersonnesDep
from equipes.policies import LIRE_SES_MANDATS, LIRE_TOUTES_SES_EQUIPES, Place, SiensDep
from equipes.projections.membres import Instant, Statut, des_equipes_coordonnees
from equipes.projections.toutes import MaPlace, toutes

router = APIRouter(prefix="/equipes", tags=["Équipes"])


class EquipeAMoi(BaseModel):
    """Une équipe, et à quel titre elle est la mienne. depuis : début du mandat, de l'appartenance ou de la
    relation.   invitation_id : d'une relation seulement, celle d'où elle vient."""

    id: UUID
    nom: str
    place: MaPlace
    depuis: dt.datetime
    invitation_id: UUID | None


class MembreDeMesEquipes(Membre):
    """Un membre d'une équipe que je coordonne ; membre de deux d'entre elles, il y est deux fois."""

    equipe_id: UUID
    equipe_nom: str


@router.get(
    "/toutes",
    dependencies=[
        allow(LIRE_TOUTES_SES_EQUIPES),
        Depends(apres(equipes=("equipes", "mandats", "membres", "reseau"))),
    ],
)
async def les_miennes(siens: SiensDep, database: DatabaseDep, page: PageParams) -> Page[EquipeAMoi]:
    """Toutes mes équipes : celles que je coordonne, celles dont je suis membre, celles de mon réseau."""
    select = toutes(siens)
    vue = select.selected_columns
    return await page.of(database, select, order=(vue.rang, vue.depuis, vue.equipe_id), to=_a_moi)


@router.get(
    "/miennes/membres",
    dependencies=[
        allow(LIRE_SES_MANDATS),
        Depends(
            apres(
                equipes=("equipes", "mandats", "membres"),
                activites=("activites_vues",),
                identity=("emplois", "comptes_rapproches", "reconnaissances"),
            )
        ),
    ],
)
async def leurs_membres(
    siens: SiensDep,
    database: DatabaseDep,
    clock: ClockDep,
    aujourd_hui: AujourdHui,
    personnes: PersonnesDep,
    page: PageParams,
    statut: Annotated[
        list[Statut] | None, Query(max_length=3, description="Tous si absent ; peut être répété")
    ] = None,
    comptes: Annotated[
        list[UUID] | None, Query(max_length=200, description="Ces personnes seulement ; peut être répété")
    ] = None,
) -> Page[MembreDeMesEquipes]:
    """Les membres des équipes que je coordonne : les actifs d'abord, les anciens à la fin."""
    quand = Instant(clock.now(), aujourd_hui)
    select = des_equipes_coordonnees(siens.coordinateurs, quand, frozenset(statut or Statut), comptes)
    vue = select.selected_columns
    found = await page.find(database, select, order=(vue.rang, vue.equipe_id, vue.mediateur_id))
    noms = await personnes.noms([row.compte_id for row in found.rows])
    return found.page(
        lambda r: MembreDeMesEquipes(
            **membre_lu(r, noms.get(r.compte_id), Place.COORDINATEUR).model_dump(),
            equipe_id=r.equipe_id,
            equipe_nom=r.equipe_nom,
        )
    )


def _a_moi(row: Any) -> EquipeAMoi:
    return EquipeAMoi(
        id=row.equipe_id,
        nom=row.nom,
        place=MaPlace(row.place),
        depuis=row.depuis,
        invitation_id=row.invitation_id,
    )
