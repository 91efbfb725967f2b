"""Composition root: the HTTP application and the background work of the équipes service."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from contracts.identity import CompteFermeV1, PersonneEffaceeV1, RoleRetireV1
from events.decider import Refusal
from events.postgres.database import Database
from events.projection.manager import Reaction
from events.service import Fed, Service, Tools
from events.store.store import Store
from fastapi import FastAPI
from process.bus import connect
from process.clock import Clock
from process.serve import Runtime
from process.supervisor import Work
from web.app import create_app
from web.revocations import hear_revocations

from equipes.api import (
    equipes,
    invitations,
    membres,
    mes_equipes,
    nomenclatures,
    passations,
    reclamations,
    reseau,
)
from equipes.api.personnes import Personnes
from equipes.domain.appartenance import APPARTENANCE, MembreInconnu
from equipes.domain.equipe import EQUIPE, EquipeInconnue, NomInvalide
from equipes.domain.equipe_faits import DepartAnnonce, DepartAnnule
from equipes.domain.evenements import Event
from equipes.domain.invitation import INVITATION, InvitationAcceptee, InvitationInconnue
from equipes.domain.passation import (
    DateDeDepartRefusee,
    DejaCoordinateur,
    PassationInconnue,
    RaisonDePassationAbsente,
    SuccesseurAbsent,
    SuccesseurInconnu,
    SuccesseurSansRole,
)
from equipes.erasure import effacer
from equipes.jobs import JOBS
from equipes.messaging import Equipes, to_contract
from equipes.projections import activites_vues, comptes_connus, emplois, mandats, reconnaissances
from equipes.projections import equipes as equipes_lues
from equipes.projections import invitations as invitations_lues
from equipes.projections import membres as membres_lus
from equipes.projections import passations as passations_lues
from equipes.projections import reclamations as reclamations_lues
from equipes.projections import reseau as reseau_lu
from equipes.projections.comptes_rapproches import comptes_rapproches
from equipes.reactions import adhesions, departs, effacements, fermetures, roles_retires
from equipes.settings import Settings

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

log = structlog.get_logger()

SERVICE = "equipes"
STATUSES: dict[type[Refusal], int] = {
    EquipeInconnue: 404,
    InvitationInconnue: 404,
    MembreInconnu: 404,
    NomInvalide: 422,
    PassationInconnue: 404,
    DateDeDepartRefusee: 422,
    SuccesseurAbsent: 422,
    SuccesseurInconnu: 422,
    SuccesseurSansRole: 422,
    DejaCoordinateur: 422,
    RaisonDePassationAbsente: 422,
}
DESCRIPTION: Service[Event] = Service(
    name=SERVICE,
    aggregates=(EQUIPE, APPARTENANCE, INVITATION),
    migrations=Path(__file__).parent / "migrations",
    to_contract=to_contract,
    own=(
        equipes_lues,
        mandats,
        invitations_lues,
        membres_lus,
        reseau_lu,
        passations_lues,
        reclamations_lues,
    ),
    fed=(
        Fed(comptes_connus, "identity"),
        Fed(emplois, "identity"),
        Fed(comptes_rapproches, "identity"),
        Fed(reconnaissances, "identity"),
        Fed(activites_vues, "activites"),
    ),
    reactions=(
        Reaction("adhesions", adhesions, (InvitationAcceptee,), adhesions.FaireMembre),
        Reaction("departs", departs, (DepartAnnonce, DepartAnnule), departs.FaireDepart),
        Reaction("effacements", effacements, (PersonneEffaceeV1,), effacements.Effacer, service="identity"),
        Reaction(
            "fermetures", fermetures, (CompteFermeV1,), fermetures.QuitterSesEquipes, service="identity"
        ),
        Reaction(
            "roles_retires",
            roles_retires,
            (RoleRetireV1,),
            roles_retires.QuitterSesMandats,
            service="identity",
        ),
    ),
    jobs=JOBS,
    erase=effacer,
)


def migrate(settings: Settings) -> None:
    """Bring the database to the last revision."""
    DESCRIPTION.migrate(settings.database_url)


def application(settings: Settings, store: Store[Event], edge: "NatsBroker", clock: Clock) -> FastAPI:
    """The HTTP application. Once the edge has started, it hears from identity (names that changed, sessions
    revoked) and answers who may read the name of an équipe."""

    async def base() -> None:
        async with store.database.raw() as connection:
            await connection.fetchval("select 1")

    app = create_app(
        settings,
        title="La Coop – Équipes",
        routers=[
            nomenclatures.router,
            mes_equipes.router,
            reseau.router,
            passations.router,
            reclamations.router,
            equipes.router,
            invitations.router,
            membres.router,
        ],
        statuses=STATUSES,
        ready={"base": base},
        database=store.database,
        store=store,
        sources=DESCRIPTION.sources,
        clock=clock,
    )
    app.state.personnes = Personnes(edge)
    app.state.personnes.listen()
    Equipes(store, clock).answer_on(edge)
    hear_revocations(edge, app.state.verifier, clock)
    return app


async def build(role: str, settings: Settings) -> Runtime:
    """What this role of the service is made of."""
    clock = Clock()
    ending = AsyncExitStack()
    database = Database(settings.database_url)
    ending.push_async_callback(database.close)
    store = DESCRIPTION.store(database, settings.coffre_cles)
    await DESCRIPTION.check_keys(store)
    tasks: dict[str, Work] = {}
    if role in ("all", "api"):
        from process.edge import broker, start

        edge = broker(settings)
        app = application(settings, store, edge, clock)
        await start(edge)
        ending.push_async_callback(edge.stop)
    else:
        app = create_app(settings, title=f"{SERVICE} ({role})")
    if role in ("all", "worker"):
        bus = await connect(settings)
        ending.push_async_callback(bus.close)
        tasks = DESCRIPTION.tasks(bus, Tools(store, clock.now))
    return Runtime(app, tasks, ending.aclose)
