"""The history of an account, in sentences: for the person, and for the gestion."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.postgres.database import Database
from events.store.store import Store
from events.stream import StreamId
from events.types import Position
from fastapi import APIRouter
from pydantic import BaseModel
from web.auth import Connecte
from web.pages import FactCursor, FactLimit, Page
from web.policies import allow
from web.problems import problems
from web.wiring import DatabaseDep, StoreDep

from identity.connexion.adresses import comptes_de
from identity.domain.compte import COMPTE, CompteInconnu
from identity.domain.emploi import EMPLOI
from identity.domain.evenements import FLUX_DU_COMPTE
from identity.domain.histoire import Nommer, auteur, phrase
from identity.domain.rapprochement import RAPPROCHEMENT
from identity.domain.session import SESSION
from identity.domain.vocabulaire import CompteId
from identity.policies import LIRE_LA_GESTION, SON_COMPTE
from identity.projections import comptes, emplois, rapprochements
from identity.projections.tables import sessions

router = APIRouter(prefix="/comptes", tags=["Comptes"])

_EXPLOITANT = "l’exploitant de la plateforme"


class Fait(BaseModel):
    """Ce qui s'est passé. fait : le nom de l'événement.   phrase : ce qu'une personne en lit."""

    le: dt.datetime
    fait: str
    phrase: str


@router.get("/moi/histoire", dependencies=[allow(SON_COMPTE)])
async def la_mienne(
    moi: Connecte, store: StoreDep, database: DatabaseDep, limite: FactLimit = 50, apres: FactCursor = None
) -> Page[Fait]:
    """L'histoire de mon compte et de ceux qui en sont rapprochés, le plus récent d'abord.

    Qui les administre n'y est pas nommé.
    """

    def nommer(par: CompteId | None) -> str:
        return _EXPLOITANT if par is None else "un administrateur"

    miens = await comptes_de(store, CompteId(moi.compte_id))
    flux = [un for mien in miens for un in await _flux(database, mien, rapprochements.siens(mien))]
    return _page(await _faits(store, flux, limite, apres), nommer, limite)


@router.get(
    "/gestion/utilisateurs/{compte_id:uuid}/histoire",
    responses=problems(CompteInconnu),
    dependencies=[allow(LIRE_LA_GESTION)],
)
async def celle_d_un_compte(
    compte_id: UUID, store: StoreDep, database: DatabaseDep, limite: FactLimit = 50, apres: FactCursor = None
) -> Page[Fait]:
    """L'histoire d'un compte, le plus récent d'abord, avec le nom de qui a décidé."""
    sien = CompteId(compte_id)
    faits = await _faits(store, await _flux(database, sien, rapprochements.entre(sien)), limite, apres)
    if not faits and not await store.load(COMPTE(sien)):
        raise CompteInconnu
    auteurs = {par for recorded in faits if (par := auteur(recorded.event)) is not None}
    async with database.engine.connect() as connection:
        noms = {r.compte_id: f"{r.prenom} {r.nom}" for r in await connection.execute(comptes.noms(auteurs))}

    def nommer(par: CompteId | None) -> str:
        return _EXPLOITANT if par is None else noms.get(par, "un compte effacé")

    return _page(faits, nommer, limite)


async def _flux(
    database: Database, compte_id: CompteId, lisibles: sa.Select[UUID]
) -> list[StreamId[Any, Any, Any]]:
    """Every stream that tells of the account: its own, its emplois', its sessions'.

    lisibles : the cases that the reader may see.
    """
    async with database.engine.connect() as connection:
        siens = await connection.execute(
            sa.select(emplois.table.c.emploi_id).where(emplois.table.c.compte_id == compte_id)
        )
        siennes = await connection.execute(
            sa.select(sessions.c.session_id).where(sessions.c.compte_id == compte_id)
        )
        dossiers = await connection.execute(lisibles)
        return [
            *(of(compte_id) for of in FLUX_DU_COMPTE),
            *(EMPLOI(emploi_id) for emploi_id in siens.scalars()),
            *(SESSION(session_id) for session_id in siennes.scalars()),
            *(RAPPROCHEMENT(rapprochement_id) for rapprochement_id in dossiers.scalars()),
        ]


async def _faits(
    store: Store[Any], flux: list[StreamId[Any, Any, Any]], limite: int, apres: str | None
) -> list[Any]:
    """The facts of the page, the latest first, and one more when there is another page."""
    return await store.latest(flux, limite + 1, Position.parse(apres) if apres is not None else None)


def _page(faits: list[Any], nommer: Nommer, limite: int) -> Page[Fait]:
    montres = faits[:limite]
    return Page(
        elements=[
            Fait(le=r.recorded_at, fait=type(r.event).__name__, phrase=phrase(r.event, nommer))
            for r in montres
        ],
        suivant=str(montres[-1].position) if len(faits) > limite else None,
    )
