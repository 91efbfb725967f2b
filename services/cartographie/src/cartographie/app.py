"""Composition du service : ce qui répond (api) et ce qui travaille en fond (worker)."""

from pathlib import Path

import sqlalchemy as sa
from events.postgres.database import Database
from events.service import Service, Tools
from events.store.store import Store
from fastapi import FastAPI
from process.bus import connect
from process.clock import Clock
from process.serve import Runtime
from web.app import create_app

from cartographie.api import carte, communes, lieux, nomenclatures
from cartographie.domain.evenements import Event
from cartographie.domain.lieu import LIEU
from cartographie.domain.source import SOURCE
from cartographie.erasure import effacer
from cartographie.messaging import to_contract
from cartographie.projections import lieux_publies, ouvertures, sources_importees
from cartographie.settings import Settings

SERVICE = "cartographie"
DESCRIPTION: Service[Event] = Service(
    name=SERVICE,
    aggregates=(LIEU, SOURCE),
    migrations=Path(__file__).parent / "migrations",
    to_contract=to_contract,
    own=(lieux_publies, ouvertures, sources_importees),
    erase=effacer,
)


def migrate(settings: Settings) -> None:
    """Met la base au niveau de ce code."""
    DESCRIPTION.migrate(settings.database_url)


def journal(settings: Settings) -> Store[Event]:
    """Le journal du service, et sa base."""
    return DESCRIPTION.store(Database(settings.database_url), settings.coffre_cles)


async def build(role: str, settings: Settings) -> Runtime:
    """Ce dont un rôle est fait : `api`, `worker`, ou `all` pour les deux."""
    store = journal(settings)
    await DESCRIPTION.check_keys(store)
    api = (
        application(settings, store)
        if role in ("all", "api")
        else create_app(settings, title=f"{SERVICE} ({role})")
    )
    if role == "api":
        return Runtime(api, close=store.database.close)
    bus = await connect(settings)

    async def close() -> None:
        await bus.close()
        await store.database.close()

    return Runtime(api, DESCRIPTION.tasks(bus, Tools(store, Clock().now)), close)


def application(settings: Settings, store: Store[Event], *, clock: Clock | None = None) -> FastAPI:
    """L'application HTTP."""

    async def base() -> None:
        async with store.database.engine.connect() as connection:
            await connection.execute(sa.text("select 1"))

    return create_app(
        settings,
        title="La Coop – Cartographie",
        routers=[nomenclatures.router, lieux.router, communes.router, carte.router],
        ready={"base": base},
        database=store.database,
        store=store,
        sources=DESCRIPTION.sources,
        clock=clock,
    )
