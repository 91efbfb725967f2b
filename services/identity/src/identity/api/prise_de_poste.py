"""Where a conseiller stands on the way in: his own steps, and those of the members of a team, for who
coordinates it."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from events.postgres.database import Database
from events.store.store import Store
from fastapi import APIRouter, Path, Query, Response
from process.clock import Clock
from pydantic import BaseModel, ConfigDict
from web.auth import Connecte
from web.days import Day
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.domain import prise_de_poste, reconnaissance
from identity.domain.prise_de_poste import PRISE_DE_POSTE, Avancement, Phase
from identity.domain.reconnaissance import RECONNAISSANCE
from identity.domain.vocabulaire import CompteId, EtapeDePriseDePoste, SourceDuFait
from identity.policies import PRISE_DE_POSTE_D_UN_MEMBRE, SON_COMPTE
from identity.projections import emplois

router = APIRouter(prefix="/comptes", tags=["Prise de poste"])


class EtapeLue(BaseModel):
    """Une étape. le : le jour où elle a été faite ; pour la formation continue, la dernière fois.

    qui, outil : qui peut la faire, et où.   modifiable : la personne l’a déclarée, ou peut le faire.
    """

    etape: EtapeDePriseDePoste
    phase: Phase
    avancement: Avancement
    le: dt.date | None
    source: SourceDuFait | None
    qui: str
    outil: str
    modifiable: bool


class PriseDePoste(BaseModel):
    """Les étapes dans l’ordre. annee : celle que l’on regarde, pour la formation continue.

    conseiller : la source du dispositif reconnaît la personne.
    """

    conseiller: bool
    annee: int
    etapes: list[EtapeLue]


class EtapeDeclaree(BaseModel):
    """le : le jour où l’étape a été faite."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"le": "2026-03-02"}]})

    le: Day


Etape = Annotated[EtapeDePriseDePoste, Path(description="Code de l’étape")]


@router.get("/moi/prise-de-poste", dependencies=[allow(SON_COMPTE)])
async def la_mienne(moi: Connecte, store: StoreDep, database: DatabaseDep, clock: ClockDep) -> PriseDePoste:
    """Où j’en suis de ma prise de poste."""
    return await _lue(store, moi.compte_id, await _son_jour(database, moi.compte_id, clock), mienne=True)


@router.put(
    "/moi/prise-de-poste/{etape}",
    status_code=204,
    responses=problems(
        prise_de_poste.EtapeDansLeFutur, prise_de_poste.EtapeTropAncienne, prise_de_poste.EtapeDuDispositif
    ),
    dependencies=[allow(SON_COMPTE)],
)
async def declarer(
    etape: Etape,
    body: EtapeDeclaree,
    moi: Connecte,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Dire qu’une étape est faite, ou corriger sa date."""
    aujourd_hui = await _son_jour(database, moi.compte_id, clock)
    command = prise_de_poste.DeclarerEtape(CompteId(moi.compte_id), etape, body.le, aujourd_hui, clock.now())
    written(response, "identity", await store.execute(PRISE_DE_POSTE(moi.compte_id), command, context))


@router.delete(
    "/moi/prise-de-poste/{etape}",
    status_code=204,
    responses=problems(prise_de_poste.EtapeDuDispositif),
    dependencies=[allow(SON_COMPTE)],
)
async def retirer(
    etape: Etape,
    moi: Connecte,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
    annee: Annotated[
        int | None, Query(ge=2000, le=2100, description="De la formation continue ; celle-ci par défaut")
    ] = None,
) -> None:
    """Retirer une étape que j’ai déclarée par erreur."""
    aujourd_hui = await _son_jour(database, moi.compte_id, clock)
    command = prise_de_poste.RetirerEtape(
        CompteId(moi.compte_id), etape, annee or aujourd_hui.year, clock.now()
    )
    written(response, "identity", await store.execute(PRISE_DE_POSTE(moi.compte_id), command, context))


@router.get("/{compte_id}/prise-de-poste", dependencies=[allow(PRISE_DE_POSTE_D_UN_MEMBRE)])
async def d_un_membre(
    compte_id: UUID, store: StoreDep, database: DatabaseDep, clock: ClockDep
) -> PriseDePoste:
    """Où en est un membre actuel d’une équipe que je coordonne."""
    return await _lue(store, compte_id, await _son_jour(database, compte_id, clock), mienne=False)


async def _son_jour(database: Database, compte_id: UUID, clock: Clock) -> dt.date:
    """Le jour civil du territoire de la personne."""
    async with database.engine.connect() as connection:
        siens = (await connection.execute(emplois.emplois_de(compte_id))).all()
    return clock.today(emplois.fuseau_de_la_personne(siens))


async def _lue(store: Store[Any], compte_id: UUID, aujourd_hui: dt.date, *, mienne: bool) -> PriseDePoste:
    etat, _ = await store.state(PRISE_DE_POSTE(compte_id))
    connu, _ = await store.state(RECONNAISSANCE(compte_id))
    suivie = connu if isinstance(connu, reconnaissance.Suivie) else None
    conseiller = suivie is not None and suivie.en_cours is not None
    premier = conseiller and suivie is not None and len(suivie.emplois) <= 1
    etapes = prise_de_poste.etapes(etat, aujourd_hui.year, premier_contrat=premier)
    return PriseDePoste(
        conseiller=conseiller, annee=aujourd_hui.year, etapes=[_etape(e, mienne=mienne) for e in etapes]
    )


def _etape(etape: prise_de_poste.Etape, *, mienne: bool) -> EtapeLue:
    faite = etape.faite
    du_dispositif = faite is not None and faite.source is SourceDuFait.DISPOSITIF
    return EtapeLue(
        etape=etape.etape,
        phase=etape.conduite.phase,
        avancement=etape.avancement,
        le=faite.le if faite else None,
        source=faite.source if faite else None,
        qui=etape.conduite.qui,
        outil=etape.conduite.outil,
        modifiable=mienne and not (du_dispositif and etape.avancement is Avancement.FAITE),
    )
