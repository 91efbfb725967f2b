"""Where the platform is: the variables of a service when they are set, else the embedded platform."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import nats
from embedded import nats as embedded_nats
from embedded import postgres as embedded_postgres
from embedded.credentials import Credentials
from embedded.journal import Journal
from embedded.services import environment
from embedded.settings import ROOT, SERVICES, from_environment
from embedded.state import State
from embedded.supervisor import Supervisor
from events.postgres.database import Database
from events.service import Service
from events.store.store import Store
from events.vault.vault import Vault
from nats.aio.client import Client
from nats.errors import Error as NatsError
from process.settings import ServiceSettings, load


class ReglageManquant(Exception):
    """What was asked cannot be done with these settings or options; the message says which. Exit 2."""


class ServeurAbsent(Exception):
    """PostgreSQL, NATS or the whole platform is away. Exit 3."""


async def _nothing_said(_: Exception) -> None:
    return


class Plateforme:
    """Settings, descriptions and connections of the services that can be reached from here."""

    def __init__(self, env: Mapping[str, str] = os.environ) -> None:
        """Reads the environment; opens nothing."""
        self._env = env
        self._alone = "DATABASE_URL" in env
        self._allumee_ici = False
        self._embedded = from_environment(env)
        self._state = State(self._embedded.folder)

    @property
    def seul(self) -> bool:
        """Beside one service, known by its variables."""
        return self._alone

    @property
    def registre(self) -> Path:
        """Folder of the ledgers of erasures kept apart: COOP_REGISTRE, else `.local/registre`."""
        given = self._env.get("COOP_REGISTRE")
        return Path(given).expanduser() if given else ROOT / ".local" / "registre"

    def services(self, asked: str | None = None) -> tuple[str, ...]:
        """The services concerned: the one asked, else all those within reach."""
        if asked is not None:
            return (asked,)
        if self._alone:
            raise ReglageManquant("DATABASE_URL désigne un seul service : précisez lequel.")
        return SERVICES

    def description(self, service: str) -> Service[Any]:
        return import_module(f"{service}.app").DESCRIPTION

    def reglages[S: ServiceSettings](self, service: str, sorte: type[S] = ServiceSettings) -> S:
        """sorte : those of this very service, when more is needed than what all of them have.

        Raises ServeurAbsent when the embedded platform is not there; exits 2 on a refused variable.
        """
        # The command listens on nothing: a port is no setting of its own.
        return load(sorte, **({"service": service, "port": 0} | self._valeurs(service)))

    def _valeurs(self, service: str) -> dict[str, Any]:
        if self._alone:
            return {}
        if not self._allumee_ici and (self._state.owner() is None or not self._state.is_ready()):
            raise ServeurAbsent(
                f"La plateforme de {self._embedded.folder} n’est pas allumée : lancez « make run », ou donnez"
                " les variables d’un service (DATABASE_URL…)."
            )
        running = self._embedded.with_ports(self._state.ports())
        values = environment(running, Credentials(running.folder), service)
        return {name.lower(): value for name, value in values.items()}

    # --- Connections ---

    @asynccontextmanager
    async def store(self, service: str) -> AsyncGenerator[Store[Any]]:
        """The service's journal. Refuses a database that is another service's."""
        settings = self.reglages(service)
        database = Database(settings.database_url, pool_size=4)
        try:
            description = self.description(service)
            await _check_owner(database, description)
            yield description.store(database, settings.coffre_cles)
        finally:
            await database.close()

    @asynccontextmanager
    async def journal_de(self, service: str, depuis: str) -> AsyncGenerator[Store[Any] | None]:
        """The journal of a service that another one reads; None when it is out of reach from there."""
        if self._alone and service != depuis:
            yield None
        else:
            async with self.store(service) as store:
                yield store

    @asynccontextmanager
    async def bus(self, service: str) -> AsyncGenerator[Client]:
        """NATS, as the service itself: reads its stream and those of others."""
        settings = self.reglages(service)
        async with _connected(settings.nats_url, settings.nats_user, settings.nats_password) as client:
            yield client

    @asynccontextmanager
    async def bus_admin(self, service: str) -> AsyncGenerator[Client]:
        """NATS, as the user who declares the stream of the service and may remove messages."""
        settings = self.reglages(service)
        if self._alone:
            user = self._needed("COOP_NATS_USER", "l’utilisateur NATS qui déclare le flux")
            password = self._needed("COOP_NATS_PASSWORD", "son mot de passe")
        else:
            user = embedded_nats.operator(service)
            password = Credentials(self._embedded.folder)[f"nats/{user}"]
        async with _connected(settings.nats_url, user, password) as client:
            yield client

    def admin_url(self) -> str:
        """A database of the cluster, as a role that may create others."""
        if self._alone:
            return self._needed("COOP_ADMIN_URL", "l’adresse PostgreSQL d’un rôle qui crée des bases")
        return embedded_postgres.admin_url(self._embedded.with_ports(self._state.ports()))

    def _needed(self, variable: str, what: str) -> str:
        if value := self._env.get(variable):
            return value
        raise ReglageManquant(f"{variable} manque : {what}.")

    @asynccontextmanager
    async def serveurs(self) -> AsyncGenerator[None]:
        """PostgreSQL and NATS up; when the embedded platform is off, these two alone for the block.

        What needs the services stopped (a restore) so needs nothing else than `make stop`.
        """
        if self._alone or not self._state.take():
            yield
            return
        # The lock is ours: nobody can light the platform meanwhile.
        settings, credentials = self._embedded, Credentials(self._embedded.folder)
        self._state.open(settings.ports)
        journal = Journal(settings.folder / "journaux", verbose=False)
        programs = [
            embedded_postgres.program(settings, credentials),
            embedded_nats.program(settings, credentials),
        ]
        supervisor = Supervisor(programs, settings.folder, journal, self._state)
        try:
            await supervisor.start()
            self._allumee_ici = True
            yield
        finally:
            self._allumee_ici = False
            await asyncio.shield(supervisor.stop())
            self._state.close()
            journal.close()


def coffre(store: Store[Any]) -> Vault:
    """The vault of a store that `Plateforme.store` opened."""
    assert store.vault is not None, "Service.store gives one"
    return store.vault


async def _check_owner(database: Database, description: Service[Any]) -> None:
    tables = [projection.table.name for projection in description.own]
    async with database.raw() as connection:
        missing = await connection.fetch(
            "select t from unnest($1::text[]) t where to_regclass(quote_ident(t)) is null", tables
        )
        up_to_date = await connection.fetchval("select to_regproc('feed_watermark') is not null")
    if missing:
        raise ReglageManquant(f"La base donnée n’est pas celle de {description.name}.")
    if not up_to_date:
        raise ReglageManquant(
            f"La base de {description.name} n’est pas à jour : « {description.name} migrer »."
        )


@asynccontextmanager
async def _connected(url: str, user: str, password: str) -> AsyncGenerator[Client]:
    try:
        client = await nats.connect(
            url,
            user=user or None,
            password=password or None,
            name="coop",
            inbox_prefix=f"_INBOX.{user}" if user else "_INBOX",
            connect_timeout=5,
            max_reconnect_attempts=1,
            reconnect_time_wait=0.2,
            allow_reconnect=False,
            error_cb=_nothing_said,
        )
    except (OSError, NatsError) as error:
        raise ServeurAbsent(f"NATS ne répond pas ({type(error).__name__}).") from error
    try:
        yield client
    finally:
        await client.close()
