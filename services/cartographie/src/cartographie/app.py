"""Composition du service : ce qui répond (api) et ce qui travaille en fond (worker)."""

from pathlib import Path

import sqlalchemy as sa
from events import migrations
from events.codec import Codec
from events.database import Database
from events.projection import Projector
from events.relay import Relay
from events.source import FeedSource
from events.store import Store
from events.vault import Vault
from fastapi import FastAPI
from nats.aio.client import Client
from web.app import create_app
from web.bus import connect
from web.clock import Clock
from web.serve import Runtime
from web.supervisor import Work

from cartographie.api import lieux
from cartographie.evenements import Evenement
from cartographie.messaging import to_contract
from cartographie.projections import lieux_publies, sources_importees
from cartographie.settings import Settings

SERVICE = "cartographie"
MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate(settings: Settings) -> None:
    """Met la base au niveau de ce code."""
    migrations.upgrade(settings.database_url, MIGRATIONS)


def journal(settings: Settings) -> Store[Evenement]:
    """Le journal du service, et sa base."""
    database = Database(settings.database_url)
    return Store(database, Codec[Evenement](Evenement), Vault(database, settings.coffre_cles))


async def build(role: str, settings: Settings) -> Runtime:
    """Ce dont un rôle est fait : `api`, `worker`, ou `all` pour les deux."""
    store = journal(settings)
    api = application(settings, store) if role in ("all", "api") else None
    if role == "api":
        return Runtime(api, close=store.database.close)
    bus = await connect(settings)

    async def close() -> None:
        await bus.close()
        await store.database.close()

    return Runtime(api, travaux(store, bus), close)


def application(settings: Settings, store: Store[Evenement], *, clock: Clock | None = None) -> FastAPI:
    """L'application HTTP."""

    async def base() -> None:
        async with store.database.engine.connect() as connection:
            await connection.execute(sa.text("select 1"))

    return create_app(
        settings,
        title="Cartographie",
        routers=[lieux.router],
        ready={"base": base},
        database=store.database,
        store=store,
        clock=clock,
    )


def projecteurs(store: Store[Evenement]) -> list[Projector[Evenement]]:
    """Les tables de lecture, chacune avec sa propre lecture du journal."""
    return [
        Projector(store.database, lieux_publies, FeedSource(store, SERVICE)),
        Projector(store.database, sources_importees, FeedSource(store, SERVICE)),
    ]


def travaux(store: Store[Evenement], bus: Client) -> dict[str, Work]:
    """Les tâches de fond : tables de lecture, et publication des contrats."""
    taches: dict[str, Work] = {projecteur.name: projecteur.run for projecteur in projecteurs(store)}
    return taches | {"relay": Relay(store, bus, SERVICE, to_contract).run}
