"""/activites/{id}/histoire : ce qu'il est advenu d'un compte rendu, fait par fait, pour son auteur."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

from events.postgres.database import Database
from events.types import Position, Recorded
from fastapi import APIRouter
from process.clock import Clock
from pydantic import BaseModel, ConfigDict, Field
from web.auth import Caller, Mediateur
from web.pages import FactCursor, FactLimit, Page
from web.policies import allow
from web.problems import problems
from web.rapproches import Siens
from web.wiring import ClockDep, StoreDep

from activites.api.changements import Changement, changements
from activites.api.etiquettes import etiquettes_lues
from activites.domain.activite import ACTIVITE
from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteDecrite,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
    Event,
    TextesEffaces,
)
from activites.domain.refus import ActiviteInconnue
from activites.policies.activites import SON_ACTIVITE
from activites.policies.personne import SiensDep
from activites.projections import lieux_connus

router = APIRouter(prefix="/activites", tags=["Activités"])


class ChangementLu(BaseModel):
    """Une question dont la réponse a changé, en mots ; vide : sans réponse."""

    model_config = ConfigDict(from_attributes=True)

    question: str
    avant: str
    apres: str


class FaitDeCompteRendu(BaseModel):
    """Ce qui s'est passé. fait : le nom de l'événement.   phrase : ce qu'une personne en lit."""

    le: dt.datetime
    fait: str
    par: Annotated[
        Literal["vous", "plateforme"], Field(description="Vous, sous l’un de vos comptes, ou La Coop")
    ]
    phrase: str
    changements: list[ChangementLu]


@router.get(
    "/{activite_id:uuid}/histoire", responses=problems(ActiviteInconnue), dependencies=[allow(SON_ACTIVITE)]
)
async def lire(
    activite_id: UUID,
    moi: Mediateur,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    limite: FactLimit = 50,
    apres: FactCursor = None,
) -> Page[FaitDeCompteRendu]:
    """L'histoire d'une de ses activités, le plus récent d'abord, supprimée ou non."""
    faits = await store.load(ACTIVITE(activite_id))
    noms = await _noms(store.database, moi, clock, faits)
    avant: ActiviteDecrite | None = None
    racontes: list[Raconte] = []
    for recorded in faits:
        event: Event = recorded.event
        changes = changements(avant, event, noms) if avant and isinstance(event, ActiviteDecrite) else []
        if isinstance(event, ActiviteDecrite):
            avant = event
        racontes.append((recorded, _phrase(event), changes))
    return raconter(racontes, siens, limite, apres)


type Raconte = tuple[Recorded[Any], str, Sequence[Changement]]
"""Un fait, ce qu'une personne en lit, et ce qu'il a changé."""


def raconter(
    faits: Sequence[Raconte], siens: Siens, limite: int, apres: str | None
) -> Page[FaitDeCompteRendu]:
    """Le plus récent d'abord. siens : les comptes de qui lit."""
    comptes = [str(compte) for compte in siens.comptes]
    lus = [
        (
            recorded.position,
            FaitDeCompteRendu(
                le=recorded.recorded_at,
                fait=type(recorded.event).__name__,
                par="vous" if recorded.metadata["author"] in comptes else "plateforme",
                phrase=phrase,
                changements=[ChangementLu.model_validate(c) for c in changes],
            ),
        )
        for recorded, phrase, changes in faits
    ]
    debut = Position.parse(apres) if apres is not None else None
    suite = [lu for lu in reversed(lus) if debut is None or lu[0] < debut]
    montres = suite[:limite]
    return Page(
        elements=[fait for _, fait in montres],
        suivant=str(montres[-1][0]) if len(suite) > limite else None,
    )


async def _noms(
    database: Database, moi: Caller, clock: Clock, faits: Sequence[Recorded[Any]]
) -> dict[UUID, str]:
    """Des lieux et des étiquettes que ces faits citent, comme on les nomme aujourd'hui."""
    decrites = [r.event for r in faits if isinstance(r.event, ActiviteDecrite)]
    lues = await etiquettes_lues(database, moi, clock, {tag for a in decrites for tag in a.tags})
    noms: dict[UUID, str] = {pose: lue.nom for pose, lue in lues.items()}
    if lieux := {a.lieu_id for a in decrites if a.lieu_id is not None}:
        async with database.engine.connect() as connection:
            connus = await connection.execute(lieux_connus.ceux_ci(lieux))
            noms |= {lieu.lieu_id: lieu.nom for lieu in connus}
    return noms


def _phrase(event: Event) -> str:
    match event:
        case ActiviteEnregistree():
            return "Compte rendu enregistré."
        case ActiviteCorrigee():
            return "Compte rendu corrigé."
        case ActiviteSupprimee():
            return "Compte rendu supprimé : il se reprend pendant 30 jours."
        case ActiviteRestauree():
            return "Suppression annulée : le compte rendu est repris."
        case TextesEffaces():
            return "Ce qui y était écrit est détruit. Le reste compte toujours."
        case _:
            assert_never(event)
