"""The person's own account: reading it, adding a role."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from events.named import named
from events.store.store import Claim
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from web.auth import Connecte
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.policies import allow
from web.positions import after, written
from web.problems import INTROUVABLE, Problem, already, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.api.browser import AccesDep, renew
from identity.api.fiche import Fiche, fiche_lue
from identity.connexion.sessions.jetons import load_compte
from identity.domain import cgu, compte, inscription
from identity.domain.compte import COMPTE
from identity.domain.fiche import FICHE
from identity.domain.vocabulaire import CompteId, CoordinateurId, MediateurId, Role
from identity.policies import SON_COMPTE
from identity.projections import comptes, comptes_actifs, membres

router = APIRouter(prefix="/comptes/moi", tags=["Comptes"])


class MonCompte(BaseModel):
    """Le compte de la personne connectée. fiche : ce qu'elle dit d'elle, et ce qu'elle accepte de montrer."""

    compte_id: UUID
    prenom: str
    nom: str
    courriel: str
    telephone: str | None
    siret: str | None
    mediateur_id: UUID | None
    coordinateur_id: UUID | None
    version_cgu: str | None
    cgu_acceptees_le: dt.datetime | None
    ouvert_le: dt.datetime
    fiche: Fiche


class ChoixDeRole(BaseModel):
    """id : du médiateur ou du coordinateur, tiré par le client.   version_cgu : celle de `/auth/cgu`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"role": "mediateur", "id": EXAMPLE_ID, "cgu_acceptees": True, "version_cgu": "2026-01"}
            ]
        },
    )

    role: Role
    id: NewId
    cgu_acceptees: bool
    version_cgu: Annotated[str, StringConstraints(max_length=40)]


class RoleTenu(BaseModel):
    """Le rôle choisi et son identifiant."""

    role: Role
    id: UUID


@router.get("", dependencies=[allow(SON_COMPTE), Depends(after("comptes"))])
async def mon_compte(moi: Connecte, store: StoreDep) -> MonCompte:
    """Mon compte."""
    async with store.database.engine.connect() as connection:
        row = (await connection.execute(comptes.un_compte(moi.compte_id))).one_or_none()
    if row is None:
        raise Problem(INTROUVABLE)
    fiche, _ = await store.state(FICHE(moi.compte_id))
    return MonCompte(**named(MonCompte.model_fields, row, fiche=fiche_lue(fiche)))


@router.post(
    "/role",
    status_code=201,
    responses=problems(
        inscription.InscriptionInachevee,
        compte.CguNonAcceptees,
        compte.VersionDeCguInconnue,
        compte.RoleDejaChoisi,
        compte.CompteInconnu,
    )
    | already(RoleTenu),
    dependencies=[allow(SON_COMPTE)],
)
async def choisir_role(
    body: ChoixDeRole,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> RoleTenu:
    """Ajouter un rôle à celui de mon inscription. La session change : le cookie est remplacé.

    200 si c'était déjà fait.
    """
    if isinstance(await load_compte(store, CompteId(moi.compte_id)), compte.EnInscription):
        raise inscription.InscriptionInachevee
    if body.version_cgu != cgu.ACTUELLE.version:
        raise compte.VersionDeCguInconnue(field="/version_cgu")
    mediateur = body.role is Role.MEDIATEUR
    command = compte.ChoisirRole(
        role=body.role,
        mediateur_id=MediateurId(body.id) if mediateur else None,
        coordinateur_id=None if mediateur else CoordinateurId(body.id),
        cgu_acceptees=body.cgu_acceptees,
        version_cgu=body.version_cgu,
        maintenant=clock.now(),
    )
    # The client draws the identifier: it must be nobody else's, or a token would speak for them.
    claim = Claim(body.role.value, body.id.bytes)
    outcome = await store.execute(COMPTE(moi.compte_id), command, context, claims=[claim])
    if outcome.changed:
        await renew(acces, moi, context, response)
    response.status_code = 201 if outcome.changed else 200
    written(response, "identity", outcome)
    return RoleTenu(role=body.role, id=body.id)


@router.delete(
    "/role/mediateur",
    status_code=204,
    responses=problems(
        compte.DernierRole, compte.MediationUtilisee, compte.MembreDUneEquipe, compte.CompteInconnu
    ),
    dependencies=[
        allow(SON_COMPTE),
        *(Depends(after(table.name)) for table in (comptes_actifs.table, membres.table)),
    ],
)
async def rendre_la_mediation(
    moi: Connecte,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> None:
    """Rendre la médiation et ne garder que la coordination, tant que je n’ai rien saisi."""
    async with database.engine.connect() as connection:
        a_saisi = await connection.scalar(comptes_actifs.est_actif(moi.compte_id))
        membre = await connection.scalar(membres.est_membre(moi.compte_id))
    command = compte.RetirerMediation(bool(a_saisi), bool(membre), clock.now())
    outcome = await store.execute(COMPTE(moi.compte_id), command, context)
    if outcome.changed:
        await renew(acces, moi, context, response)
    written(response, "identity", outcome)
