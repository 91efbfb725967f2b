"""The roles of an account, given and taken back by an administrator."""

from typing import Annotated

from events.store.store import Claim
from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.policies import allow
from web.positions import after
from web.problems import problems
from web.wiring import DatabaseDep

from identity.api.browser import AccesDep
from identity.api.gestion.acces import DecideurDep, Decision
from identity.connexion.sessions.jetons import load_compte
from identity.domain import acces as domaine
from identity.domain import compte, compte_roles
from identity.domain.compte import COMPTE
from identity.domain.compte_etat import Inscrit
from identity.domain.intervention import Geste
from identity.domain.vocabulaire import CoordinateurId, MediateurId, MotifRevocation, Role
from identity.policies import GERER
from identity.projections import comptes_actifs, coordinations, membres

router = APIRouter(prefix="/comptes/gestion/utilisateurs/{compte_id}", tags=["Gestion"])


class RolesChoisis(Decision):
    """roles : tous ceux que la personne aura.   id : du rôle donné, tiré par le client."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": EXAMPLE_ID, "roles": ["mediateur", "coordinateur"], "raison": "Anime l’équipe."}
            ]
        }
    )

    id: NewId
    roles: Annotated[list[Role], Field(max_length=len(Role))]


@router.put(
    "/roles",
    status_code=204,
    responses=problems(
        domaine.RaisonAbsente,
        domaine.SonPropreCompte,
        compte.CompteInconnu,
        compte.CompteQuiRenvoie,
        compte.CompteEstFerme,
        compte_roles.AucunRole,
        compte_roles.RoleAvantInscription,
        compte_roles.MediateurQuiASaisi,
        compte_roles.MediateurEnEquipe,
        compte_roles.CoordinateurQuiAUnMembre,
    ),
    dependencies=[
        allow(GERER),
        *(Depends(after(table.name)) for table in (comptes_actifs.table, membres.table, coordinations.table)),
    ],
)
async def changer(body: RolesChoisis, qui: DecideurDep, acces: AccesDep, database: DatabaseDep) -> None:
    """Donner un rôle ou en retirer un ; il en reste au moins un. Les sessions de la personne se ferment."""
    state = await load_compte(qui.store, qui.compte_id)
    coordinateur_id = state.coordinateur_id if isinstance(state, Inscrit) else None
    async with database.engine.connect() as connection:
        a_saisi = await connection.scalar(comptes_actifs.est_actif(qui.compte_id))
        membre = await connection.scalar(membres.est_membre(qui.compte_id))
        anime = await connection.scalar(membres.a_un_membre(coordinateur_id))
    command = compte_roles.ChangerRoles(
        frozenset(body.roles),
        bool(a_saisi),
        bool(membre),
        bool(anime),
        MediateurId(body.id),
        CoordinateurId(body.id),
        qui.maintenant,
    )
    donnes = set(body.roles) - set(compte.roles(state))
    claims = [Claim(role.value, body.id.bytes) for role in donnes]
    note = qui.noter(Geste.ROLES_CHANGES, body.raison)
    if (await qui.intervenir(COMPTE(qui.compte_id), command, note, claims=claims)).changed:
        await acces.registre.revoke_all(qui.compte_id, MotifRevocation.DROIT_CHANGE, qui.context)
