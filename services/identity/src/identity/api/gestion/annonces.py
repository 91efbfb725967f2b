"""What everybody is told: announcements, and the maintenance that stops writes."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints
from web.auth import Connecte
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.pages import Page, PageParams
from web.policies import PUBLIC, allow
from web.positions import after, written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.domain import annonce as domaine
from identity.domain.annonce import ANNONCE, PublierAnnonce, RetirerAnnonce
from identity.domain.maintenance import PLATEFORME, CommencerMaintenance, TerminerMaintenance
from identity.domain.vocabulaire import AnnonceId, CompteId
from identity.policies import GERER, LIRE_LA_GESTION
from identity.projections import annonces

router = APIRouter(tags=["Gestion"])

_MONTREES = 3
"""More would hide the page."""

type Texte = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Maintenance(BaseModel):
    """Les écritures sont coupées ; message : pourquoi, et jusqu'à quand."""

    message: str
    depuis: dt.datetime


class Annonces(BaseModel):
    """Ce que chaque page dit à tous. maintenance : absente quand on peut écrire."""

    maintenance: Maintenance | None
    annonces: list[str]


class NouvelleMaintenance(BaseModel):
    """message : ce que chacun lira."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"message": "Mise à jour en cours, jusqu’à 20 h environ."}]},
    )

    message: Texte


class NouvelleAnnonce(BaseModel):
    """id : tiré par le client.   du : aussitôt s'il n'est pas donné ; au : jusqu'à son retrait."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"id": EXAMPLE_ID, "texte": "La carte sera fermée mardi matin."}]},
    )

    id: NewId
    texte: Texte
    du: AwareDatetime | None = None
    au: AwareDatetime | None = None


class AnnonceListee(BaseModel):
    """Une annonce, passée, en cours ou à venir."""

    model_config = ConfigDict(from_attributes=True)

    annonce_id: UUID
    texte: str
    du: dt.datetime
    au: dt.datetime | None
    publiee_le: dt.datetime
    retiree_le: dt.datetime | None


@router.get("/auth/annonces", dependencies=[allow(PUBLIC)])
async def en_cours(store: StoreDep, database: DatabaseDep, clock: ClockDep, response: Response) -> Annonces:
    """Ce que chaque page dit à tous, maintenant."""
    response.headers["Cache-Control"] = "no-cache"
    maintenance, _ = await store.state(PLATEFORME)
    async with database.engine.connect() as connection:
        textes = await connection.execute(annonces.en_cours(clock.now(), _MONTREES))
        return Annonces(
            maintenance=maintenance
            and Maintenance(message=maintenance.message, depuis=maintenance.commencee_le),
            annonces=list(textes.scalars()),
        )


@router.put("/comptes/gestion/maintenance", status_code=204, dependencies=[allow(GERER)])
async def commencer(
    body: NouvelleMaintenance, moi: Connecte, store: StoreDep, clock: ClockDep, context: ContextDep
) -> None:
    """Couper les écritures de tous, sauf des administrateurs et du support ; lire reste possible."""
    command = CommencerMaintenance(body.message, CompteId(moi.compte_id), clock.now())
    await store.execute(PLATEFORME, command, context)


@router.delete("/comptes/gestion/maintenance", status_code=204, dependencies=[allow(GERER)])
async def terminer(moi: Connecte, store: StoreDep, clock: ClockDep, context: ContextDep) -> None:
    """Rouvrir les écritures."""
    await store.execute(PLATEFORME, TerminerMaintenance(CompteId(moi.compte_id), clock.now()), context)


@router.get(
    "/comptes/gestion/annonces",
    dependencies=[allow(LIRE_LA_GESTION), Depends(after(annonces.table.name))],
)
async def lister(page: PageParams, database: DatabaseDep) -> Page[AnnonceListee]:
    """Les annonces, la dernière publiée d'abord."""
    return await page.of(database, annonces.toutes(), order=annonces.ORDRE, to=AnnonceListee.model_validate)


@router.post(
    "/comptes/gestion/annonces",
    status_code=204,
    responses=problems(domaine.FinAvantLeDebut, domaine.AnnonceDejaPubliee),
    dependencies=[allow(GERER)],
)
async def publier(
    body: NouvelleAnnonce,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Publier une annonce, montrée en tête de chaque page."""
    maintenant = clock.now()
    command = PublierAnnonce(
        AnnonceId(body.id), body.texte, body.du or maintenant, body.au, CompteId(moi.compte_id), maintenant
    )
    written(response, "identity", await store.execute(ANNONCE(body.id), command, context))


@router.delete(
    "/comptes/gestion/annonces/{annonce_id}",
    status_code=204,
    responses=problems(domaine.AnnonceInconnue),
    dependencies=[allow(GERER)],
)
async def retirer(
    annonce_id: UUID,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Retirer une annonce."""
    command = RetirerAnnonce(CompteId(moi.compte_id), clock.now())
    written(response, "identity", await store.execute(ANNONCE(annonce_id), command, context))
