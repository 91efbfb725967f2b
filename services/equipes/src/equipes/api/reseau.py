"""Le réseau d'une équipe : des coordinateurs liés à elle, ni membres ni lecteurs de ses chiffres (D3)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from equipes.api.attente import SERVICE, apres
from equipes.api.personnes import PersonnesDep
from equipes.domain.equipe import EquipeInconnue
from equipes.domain.invitation import INVITATION, InvitationInconnue, RompreRelation, SansRelation
from equipes.domain.vocabulaire import EquipeId
from equipes.policies import (
    INVITER,
    LIRE_SES_MANDATS,
    ROMPRE_UNE_RELATION,
    SiensDep,
    coordinateurs_de,
    invitation_envoyee,
    le_compte,
    le_sien,
    sans_reveler,
)
from equipes.projections import reseau

router = APIRouter(tags=["Réseau"])


class CoordinateurLie(BaseModel):
    """Un coordinateur du réseau de l'équipe. invitation_id : celle d'où vient la relation.

    nom : absent si l'identité ne répond pas.
    """

    invitation_id: UUID
    compte_id: UUID
    coordinateur_id: UUID
    nom: str | None
    depuis: dt.datetime


class EquipeLiee(BaseModel):
    """Une équipe au réseau de laquelle je suis. invitation_id : celle d'où vient la relation."""

    invitation_id: UUID
    equipe_id: UUID
    nom: str
    depuis: dt.datetime


@router.get(
    "/equipes/reseau",
    dependencies=[allow(LIRE_SES_MANDATS), Depends(apres(equipes=("equipes", "reseau")))],
)
async def mon_reseau(siens: SiensDep, database: DatabaseDep, page: PageParams) -> Page[EquipeLiee]:
    """Les équipes auxquelles je suis lié, sans en être membre."""
    found = await page.find(database, reseau.du_compte(siens.comptes), order=reseau.ORDRE)
    return found.page(
        lambda r: EquipeLiee(invitation_id=r.invitation_id, equipe_id=r.equipe_id, nom=r.nom, depuis=r.depuis)
    )


@router.get(
    "/equipes/{equipe_id}/reseau",
    responses=problems(EquipeInconnue),
    dependencies=[allow(INVITER), Depends(apres(equipes=("reseau",)))],
)
async def reseau_de_lequipe(
    equipe_id: UUID, database: DatabaseDep, personnes: PersonnesDep, page: PageParams
) -> Page[CoordinateurLie]:
    """Les coordinateurs liés à l'équipe que je coordonne."""
    found = await page.find(database, reseau.de_lequipe(EquipeId(equipe_id)), order=reseau.ORDRE)
    noms = await personnes.noms([row.compte_id for row in found.rows])
    return found.page(lambda r: lie_lu(r, noms))


@router.post(
    "/invitations/{invitation_id}/rupture",
    status_code=204,
    responses=problems(InvitationInconnue, SansRelation),
    dependencies=[allow(ROMPRE_UNE_RELATION)],
)
async def rompre(
    invitation_id: UUID,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Mettre fin à une relation de réseau, de l'un ou de l'autre côté."""
    envoyee, maintenant = await invitation_envoyee(store, invitation_id), clock.now()
    coordinateurs = await coordinateurs_de(store, envoyee.equipe_id, maintenant)
    command = RompreRelation(
        le_compte(siens, [envoyee.compte_id]), le_sien(siens, coordinateurs), coordinateurs, maintenant
    )
    with sans_reveler():
        written(response, SERVICE, await store.execute(INVITATION(invitation_id), command, context))


def lie_lu(row: Any, noms: Mapping[UUID, str]) -> CoordinateurLie:
    """Une relation. noms : de ceux que l'identité a su nommer."""
    return CoordinateurLie(
        invitation_id=row.invitation_id,
        compte_id=row.compte_id,
        coordinateur_id=row.coordinateur_id,
        nom=noms.get(row.compte_id),
        depuis=row.depuis,
    )
