"""Une équipe sans coordinateur (D8) : qui la voit, qui la réclame, et ce que ses membres en disent."""

import datetime as dt
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict
from web.auth import ADMIN, SUPPORT, Caller, Connecte, Coordinateur, holds
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from equipes.api.attente import SERVICE, apres
from equipes.api.personnes import PersonnesDep
from equipes.domain.appartenance import APPARTENANCE, Membre, MembreRejoint
from equipes.domain.equipe import EQUIPE, EquipeInconnue
from equipes.domain.equipe_etat import Existante
from equipes.domain.passation import EncoreCoordonnee, TropDePropositions
from equipes.domain.reclamation import AucuneReclamation, DejaReclamee, DonnerVoix, ReclamerEquipe
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId
from equipes.policies import (
    DONNER_SA_VOIX,
    LIRE_LES_EQUIPES_SEULES,
    RECLAMER_UNE_EQUIPE,
    SiensDep,
    le_compte,
)
from equipes.projections import reclamations
from equipes.projections.comptes_rapproches import comptes_rapproches

router = APIRouter(prefix="/equipes", tags=["Passation"])


class VoixSurUneReclamation(BaseModel):
    """pour : vrai pour que la personne qui réclame l'équipe la coordonne."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"pour": True}]})

    pour: bool


class EquipeSeule(BaseModel):
    """Une équipe sans coordinateur. depuis : fin du dernier mandat, absente si la personne est effacée.

    membres : leur nombre.   reclamee, par_moi : quelqu'un la réclame, et c'est moi.   reclamee_par : son
    nom ; absent si l'identité ne répond pas.   proposee : quelqu'un est désigné et n'a pas répondu.
    """

    id: UUID
    nom: str
    depuis: dt.datetime | None
    membres: int
    reclamee: bool
    reclamee_par: str | None
    par_moi: bool
    proposee: bool


@router.get(
    "/sans-coordinateur",
    dependencies=[
        allow(LIRE_LES_EQUIPES_SEULES),
        Depends(
            apres(
                equipes=("equipes", "mandats", "membres", "passations", "reclamations"),
                identity=("emplois",),
            )
        ),
    ],
)
async def sans_coordinateur(
    moi: Connecte, database: DatabaseDep, personnes: PersonnesDep, page: PageParams
) -> Page[EquipeSeule]:
    """Les équipes que personne ne coordonne : toutes pour le support, celles de mon département sinon."""
    voisin = None if holds(moi, SUPPORT) or holds(moi, ADMIN) else CompteId(moi.compte_id)
    found = await page.find(database, reclamations.sans_coordinateur(voisin), order=reclamations.ORDRE)
    noms = await personnes.noms([row.reclamee_par for row in found.rows if row.reclamee_par is not None])
    return found.page(lambda r: _seule(r, noms, moi))


@router.post(
    "/{equipe_id}/reclamation",
    status_code=204,
    responses=problems(EquipeInconnue, EncoreCoordonnee, DejaReclamee, TropDePropositions),
    dependencies=[allow(RECLAMER_UNE_EQUIPE)],
)
async def reclamer(
    equipe_id: UUID,
    moi: Coordinateur,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Proposer de coordonner une équipe de mon département qui n'a plus de coordinateur. Ses membres en
    décident."""
    command = ReclamerEquipe(
        EquipeId(equipe_id), CoordinateurId(moi.coordinateur_id), CompteId(moi.compte_id), clock.now()
    )
    written(response, SERVICE, await store.execute(EQUIPE(equipe_id), command, context))


@router.post(
    "/{equipe_id}/reclamation/voix",
    status_code=204,
    responses=problems(EquipeInconnue, AucuneReclamation),
    dependencies=[allow(DONNER_SA_VOIX), Depends(apres(identity=("comptes_rapproches",)))],
)
async def donner_sa_voix(
    equipe_id: UUID,
    body: VoixSurUneReclamation,
    siens: SiensDep,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Dire si je veux que cette personne coordonne mon équipe. Plus de la moitié des membres en décide."""
    # Who is asked is decided here: from the journal, never a table, which may be late.
    flux = await store.streams_with(APPARTENANCE, MembreRejoint, equipe_id=equipe_id)
    actuels = [un.rejoint.compte_id for un in await store.states(flux) if isinstance(un, Membre)]
    etat, _ = await store.state(EQUIPE(equipe_id))
    dites = etat.reclamation if isinstance(etat, Existante) else None
    voix = dites.pour | dites.contre if dites is not None else frozenset[CompteId]()
    async with database.engine.connect() as connection:
        personnes = await comptes_rapproches.personnes(connection, "compte", [*actuels, *voix])
    sert = {CompteId(un): CompteId(qui.sert) for un, qui in personnes.items()}
    # Under the account that spoke already, so that its last word counts.
    moi = next((CompteId(un) for un in siens.comptes if un in voix), le_compte(siens, actuels))
    command = DonnerVoix(
        EquipeId(equipe_id), moi, body.pour, frozenset(sert[un] for un in actuels), clock.now(), sert
    )
    written(response, SERVICE, await store.execute(EQUIPE(equipe_id), command, context))


def _seule(row: Any, noms: dict[UUID, str], moi: Caller) -> EquipeSeule:
    return EquipeSeule(
        id=row.equipe_id,
        nom=row.nom,
        depuis=row.depuis,
        membres=row.membres,
        reclamee=row.reclamee_par is not None,
        reclamee_par=noms.get(row.reclamee_par),
        par_moi=row.reclamee_par == moi.compte_id,
        proposee=row.proposee,
    )
