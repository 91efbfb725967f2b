"""Composition root: the HTTP application and the background work of the équipes service."""

import asyncio
import datetime as dt
from pathlib import Path

import structlog
from events.decider import Refusal
from events.postgres.database import Database
from events.service import Fed, Heard, Service
from events.store.store import Claim, Context, Store
from fastapi import FastAPI
from nats.aio.client import Client
from process.bus import connect
from process.clock import Clock
from process.serve import Runtime
from process.supervisor import Work
from web.app import create_app
from web.revocations import hear_revocations

from equipes.api import equipes, invitations, membres
from equipes.api.personnes import Personnes
from equipes.domain.appartenance import APPARTENANCE, MembreInconnu
from equipes.domain.equipe import EQUIPE, EquipeInconnue, NomInvalide
from equipes.domain.evenements import Event
from equipes.domain.invitation import INVITATION, ConstaterExpiration, InvitationInconnue
from equipes.domain.vocabulaire import cle_invitation
from equipes.erasure import CONTRACTS as EFFACEMENTS
from equipes.erasure import effacements, effacer
from equipes.messaging import adhesions, to_contract
from equipes.projections import activites_vues, comptes_connus, emplois, mandats
from equipes.projections import equipes as equipes_lues
from equipes.projections import invitations as invitations_lues
from equipes.projections import membres as membres_lus
from equipes.settings import Settings

log = structlog.get_logger()

SERVICE = "equipes"
STATUSES: dict[type[Refusal], int] = {
    EquipeInconnue: 404,
    InvitationInconnue: 404,
    MembreInconnu: 404,
    NomInvalide: 422,
}
DESCRIPTION: Service[Event] = Service(
    name=SERVICE,
    aggregates=(EQUIPE, APPARTENANCE, INVITATION),
    migrations=Path(__file__).resolve().parents[2] / "migrations",
    to_contract=to_contract,
    own=(equipes_lues, mandats, invitations_lues, membres_lus),
    fed=(
        Fed(comptes_connus, "identity", comptes_connus.CONTRACTS),
        Fed(emplois, "identity", emplois.CONTRACTS),
        Fed(activites_vues, "activites", activites_vues.CONTRACTS),
    ),
    reactions={"adhesions": lambda store, _: adhesions(store)},
    heard={"effacements": Heard("identity", EFFACEMENTS, lambda store, _: effacements(store))},
    erase=effacer,
)
EXPIRATION_SECONDS = 300.0
"""Between two looks at the invitations whose time has passed."""


def migrate(settings: Settings) -> None:
    """Bring the database to the last revision."""
    DESCRIPTION.migrate(settings.database_url)


def application(settings: Settings, store: Store[Event], bus: Client, clock: Clock) -> FastAPI:
    """The HTTP application. Names and revoked sessions come by `bus`, listened to by `listen`."""

    async def base() -> None:
        async with store.database.raw() as connection:
            await connection.fetchval("select 1")

    app = create_app(
        settings,
        title="La Coop – équipes",
        routers=[equipes.router, invitations.router, membres.router],
        statuses=STATUSES,
        ready={"base": base},
        database=store.database,
        store=store,
        clock=clock,
    )
    app.state.personnes = Personnes(bus)
    return app


async def listen(app: FastAPI, bus: Client) -> None:
    """What the HTTP application hears from identity, in memory: names that changed, sessions revoked."""
    await app.state.personnes.listen()
    await hear_revocations(bus, app.state.verifier, app.state.clock)


async def expire_for_ever(store: Store[Event], clock: Clock) -> None:
    """Close, again and again, the invitations whose time has passed."""
    while True:
        while await expire(store, clock.now()):
            pass
        await asyncio.sleep(EXPIRATION_SECONDS)


async def expire(store: Store[Event], maintenant: dt.datetime) -> int:
    """Close some of the invitations whose time has passed. Returns how many facts were written."""
    async with store.database.engine.connect() as connection:
        rows = (await connection.execute(invitations_lues.a_clore(maintenant, 100))).all()
    count = 0
    for row in rows:
        written = await store.execute(
            INVITATION(row.invitation_id),
            ConstaterExpiration(maintenant),
            Context(SERVICE, f"expiration-{row.invitation_id}"),
            releases=[Claim("invitation", cle_invitation(row.equipe_id, row.compte_id))],
        )
        count += written.changed
    return count


async def build(role: str, settings: Settings) -> Runtime:
    """What this role of the service is made of."""
    clock = Clock()
    database = Database(settings.database_url)
    store = DESCRIPTION.store(database, settings.coffre_cles)
    await DESCRIPTION.check_keys(store)
    bus = await connect(settings)

    async def close() -> None:
        await bus.close()
        await database.close()

    if role in ("all", "api"):
        app = application(settings, store, bus, clock)
        await listen(app, bus)
    else:
        app = create_app(settings, title=f"{SERVICE} ({role})")
    tasks: dict[str, Work] = {}
    if role in ("all", "worker"):
        tasks = DESCRIPTION.tasks(store, bus, settings.coffre_cles)
        tasks["expirations"] = lambda: expire_for_ever(store, clock)
    return Runtime(app, tasks, close)
