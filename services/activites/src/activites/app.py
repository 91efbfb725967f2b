"""Composition du service : ce qui répond (api) et ce qui travaille en fond (worker)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from events import migrations
from events.bus import BusSource
from events.codec import Codec
from events.contracts.base import Contract
from events.database import Database
from events.projection import Projection, Projector
from events.relay import Relay
from events.source import FeedSource
from events.store import Store
from events.vault import Vault
from fastapi import APIRouter, FastAPI
from nats.aio.client import Client
from web.app import create_app
from web.bus import connect, hear_revocations
from web.clock import Clock
from web.serve import Runtime
from web.supervisor import Work

from activites.api import activites, statistiques, statuts
from activites.domain.activite import Event
from activites.messaging import to_contract
from activites.projections import (
    activites_listees,
    appartenances,
    emplois,
    equipes_coordonnees,
    lieux_connus,
)
from activites.projections.statistiques.alimentation import CONTRATS, NOM, Statistiques, reconstruire
from activites.projections.statistiques.fichier import FichierIllisible, FichierStatistiques
from activites.settings import Settings

log = structlog.get_logger()

SERVICE = "activites"
MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate(settings: Settings) -> None:
    """Met la base au niveau de ce code."""
    migrations.upgrade(settings.database_url, MIGRATIONS)


async def build(role: str, settings: Settings) -> Runtime:
    """Ce dont un rôle est fait : `api`, `worker`, `statistiques`, ou `all` pour les trois."""
    database = Database(settings.database_url)
    store: Store[Event] = Store(database, Codec(Event), Vault(database, settings.coffre_cles))
    bus = await connect(settings)
    taches: Mapping[str, Work] = travaux(store, bus) if role in ("all", "worker") else {}
    routers = [activites.router] if role in ("all", "api") else []
    chiffres = None
    if role in ("all", "statistiques"):
        chiffres = await ouvrir_statistiques(settings.statistiques_fichier, store, bus)
        routers = [*routers, statistiques.router]
        taches = {**taches, NOM: chiffres.run}
    api = application(settings, store, routers) if routers else None
    if api is not None:
        api.state.statistiques = chiffres
        await hear_revocations(bus, api.state.verifier, api.state.clock)

    async def close() -> None:
        await bus.close()
        if chiffres is not None:
            chiffres.fichier.fermer()
        await database.close()

    return Runtime(api, taches, close)


async def ouvrir_statistiques(chemin: Path, store: Store[Event], bus: Client) -> Statistiques:
    """Le fichier de statistiques de ce processus ; refait depuis le journal s'il manque ou ne se lit plus."""
    source = BusSource(bus, SERVICE, CONTRATS, consumer=f"{SERVICE}-{NOM}")
    try:
        if FichierStatistiques.existe(chemin):
            return Statistiques(FichierStatistiques(chemin), source, store.database)
    except FichierIllisible:
        log.warning("statistics_unreadable")
    flux = await bus.jetstream().stream_info(SERVICE.upper())
    comptes = await reconstruire(chemin, store, to_contract, sequence=flux.state.last_seq)
    log.info("statistics_rebuilt", contracts=comptes)
    return Statistiques(FichierStatistiques(chemin), source, store.database)


def application(
    settings: Settings, store: Store[Event], routers: Sequence[APIRouter], *, clock: Clock | None = None
) -> FastAPI:
    """L'application HTTP."""

    async def base() -> None:
        async with store.database.engine.connect() as connection:
            await connection.execute(sa.text("select 1"))

    return create_app(
        settings,
        title="Activités",
        routers=routers,
        statuses=statuts.STATUTS,
        ready={"base": base},
        database=store.database,
        store=store,
        clock=clock,
    )


def travaux(store: Store[Event], bus: Client) -> Mapping[str, Work]:
    """Les tâches de fond : tables de lecture, et publication des contrats."""

    def du_bus(
        service: str, projection: Projection[Any], contracts: Sequence[type[Contract]]
    ) -> Projector[Any]:
        consumer = f"{SERVICE}-{projection.table.name}"
        return Projector(store.database, projection, BusSource(bus, service, contracts, consumer))

    projectors = (
        Projector(store.database, activites_listees, FeedSource(store, SERVICE)),
        du_bus("cartographie", lieux_connus, lieux_connus.contracts),
        du_bus("identity", emplois, emplois.contracts),
        du_bus("equipes", equipes_coordonnees, equipes_coordonnees.contracts),
        du_bus("equipes", appartenances, appartenances.contracts),
    )
    relay = Relay(store, bus, SERVICE, to_contract)
    return {projector.name: projector.run for projector in projectors} | {"relay": relay.run}
