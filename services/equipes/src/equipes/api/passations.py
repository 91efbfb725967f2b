"""Passer la main : un coordinateur part à une date, quelqu'un lui succède ou pas (D7, D9)."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from referentiels.territoires import instant_de
from web.auth import Connecte
from web.days import Day
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.rapproches import Siens
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from equipes.api.attente import SERVICE, AujourdHui, apres
from equipes.domain.equipe import EQUIPE, EquipeInconnue
from equipes.domain.equipe_etat import Existante, coordinateurs
from equipes.domain.passation import (
    AnnoncerDepart,
    AnnulerDepart,
    AutreDepartAnnonce,
    DateDeDepartRefusee,
    DejaCoordinateur,
    Designe,
    DesignerSuccesseur,
    EncoreCoordonnee,
    MandatInconnu,
    PassationInconnue,
    RaisonDePassationAbsente,
    RepondrePassation,
    SansRoleDeCoordinateur,
    SuccesseurAbsent,
    SuccesseurInconnu,
    SuccesseurSansRole,
    TropDePropositions,
)
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId
from equipes.policies import (
    CONDUIRE_UNE_PASSATION,
    LIRE_SES_INVITATIONS,
    REPONDRE_A_UNE_PASSATION,
    EquipeDep,
    SiensDep,
    le_compte,
)
from equipes.projections import comptes_connus, emplois, passations
from equipes.projections.comptes_rapproches import comptes_rapproches

router = APIRouter(prefix="/equipes", tags=["Passation"])


class Passation(BaseModel):
    """Le départ d'un coordinateur, et qui le remplace.

    effet : premier jour sans lui, aujourd’hui si absent.   successeur : compte de la personne désignée ;
    absent, l'équipe n'aura plus de coordinateur.   raison : demandée au support, qui l'annonce pour un autre.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"effet": "2026-12-31", "successeur": "0b54ad2c-6a3e-4b1e-9d6e-2f0c5f1f4a77"}]
        },
    )

    effet: Day | None = None
    successeur: UUID | None = None
    raison: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class ReponseAUnePassation(BaseModel):
    """accepte : vrai pour coordonner l'équipe."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"accepte": True}]})

    accepte: bool


class EquipeProposee(BaseModel):
    """Une équipe que l'on me demande de coordonner. a_accepter : rien ne me passe sans mon accord."""

    id: UUID
    nom: str
    effet_le: dt.datetime
    a_accepter: bool


@router.get(
    "/passations",
    dependencies=[allow(LIRE_SES_INVITATIONS), Depends(apres(equipes=("equipes", "passations")))],
)
async def proposees(siens: SiensDep, database: DatabaseDep, page: PageParams) -> Page[EquipeProposee]:
    """Les équipes que l'on me propose de coordonner, ou qui me passeront à une date."""
    select = passations.proposees_a(siens.comptes)
    return await page.of(database, select, order=passations.ORDRE, to=_proposee)


@router.post(
    "/{equipe_id}/passation",
    status_code=204,
    responses=problems(
        EquipeInconnue,
        MandatInconnu,
        DateDeDepartRefusee,
        SuccesseurAbsent,
        SuccesseurInconnu,
        SuccesseurSansRole,
        DejaCoordinateur,
        AutreDepartAnnonce,
        EncoreCoordonnee,
        RaisonDePassationAbsente,
        TropDePropositions,
    ),
    dependencies=[allow(CONDUIRE_UNE_PASSATION), Depends(apres(identity=("comptes_connus",)))],
)
async def annoncer(
    equipe_id: UUID,
    body: Passation,
    etat: EquipeDep,
    moi: Connecte,
    siens: SiensDep,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    aujourd_hui: AujourdHui,
    response: Response,
) -> None:
    """Annoncer mon départ, et qui me succède ; redit autrement, le dernier compte. Le support l'annonce pour
    un autre, ou donne un coordinateur à une équipe qui n'en a plus."""
    par, maintenant = le_compte(siens, [mandat.compte_id for mandat in etat.mandats]), clock.now()
    async with database.engine.connect() as connection:
        fuseau = await emplois.fuseau(connection, moi.compte_id)
    successeur = await _designe(database, body.successeur)
    effet = body.effet or aujourd_hui
    # Without a date, the support meant a team that nobody coordinates: somebody may do so since.
    annonce = body.effet is not None or not coordinateurs(etat).isdisjoint(siens.coordinateurs)
    command = (
        AnnoncerDepart(
            EquipeId(equipe_id),
            _qui_part(siens, etat),
            par,
            successeur,
            effet,
            maintenant if effet == aujourd_hui else instant_de(effet, fuseau),
            aujourd_hui,
            maintenant,
            body.raison,
        )
        if etat.mandats and annonce
        else DesignerSuccesseur(EquipeId(equipe_id), par, successeur, maintenant, body.raison)
    )
    written(response, SERVICE, await store.execute(EQUIPE(equipe_id), command, context))


@router.delete(
    "/{equipe_id}/passation",
    status_code=204,
    responses=problems(EquipeInconnue),
    dependencies=[allow(CONDUIRE_UNE_PASSATION)],
)
async def annuler(
    equipe_id: UUID, moi: Connecte, store: StoreDep, clock: ClockDep, context: ContextDep, response: Response
) -> None:
    """Annuler un départ avant sa date."""
    command = AnnulerDepart(EquipeId(equipe_id), CompteId(moi.compte_id), clock.now())
    written(response, SERVICE, await store.execute(EQUIPE(equipe_id), command, context))


@router.post(
    "/{equipe_id}/passation/reponse",
    status_code=204,
    responses=problems(PassationInconnue, SansRoleDeCoordinateur),
    dependencies=[allow(REPONDRE_A_UNE_PASSATION)],
)
async def repondre(
    equipe_id: UUID,
    body: ReponseAUnePassation,
    moi: Connecte,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Accepter de coordonner l'équipe que l'on me propose, ou la décliner."""
    etat, _ = await store.state(EQUIPE(equipe_id))
    propose = etat.successeur if isinstance(etat, Existante) else None
    command = RepondrePassation(
        EquipeId(equipe_id),
        le_compte(siens, [propose.compte_id] if propose is not None else []),
        None if moi.coordinateur_id is None else CoordinateurId(moi.coordinateur_id),
        body.accepte,
        clock.now(),
    )
    try:
        written(response, SERVICE, await store.execute(EQUIPE(equipe_id), command, context))
    except EquipeInconnue:
        # Whether it exists is nobody's business but of who is named there.
        raise PassationInconnue from None


def _qui_part(siens: Siens, etat: Existante) -> CoordinateurId:
    """Me; or, when the support says it for them, the one who coordinates."""
    miens = coordinateurs(etat) & set(siens.coordinateurs)
    return next(iter(miens), etat.mandats[0].coordinateur_id)


async def _designe(database: DatabaseDep, compte_id: UUID | None) -> Designe | None:
    if compte_id is None:
        return None
    async with database.engine.connect() as connection:
        qui = (await comptes_rapproches.personnes(connection, "compte", [compte_id]))[compte_id]
        roles = (await connection.execute(comptes_connus.roles_de(qui.tous))).all()
    # Today's account first: under its own identifier when it coordinates itself.
    tenus = sorted(roles, key=lambda un: un.compte_id != qui.sert)
    coordinateur_id = next((un.coordinateur_id for un in tenus if un.coordinateur_id is not None), None)
    return Designe(
        CompteId(qui.sert),
        connu=bool(roles),
        coordinateur_id=coordinateur_id,
        mediateur_seul=coordinateur_id is None and any(un.mediateur_id is not None for un in roles),
        dans_le_dispositif=any(un.du_dispositif for un in roles),
    )


def _proposee(row: Any) -> EquipeProposee:
    return EquipeProposee(id=row.equipe_id, nom=row.nom, effet_le=row.effet_le, a_accepter=row.a_accepter)
