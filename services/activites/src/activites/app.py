"""Composition du service : ce qui répond (api) et ce qui travaille en fond (worker)."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import httpx2
import sqlalchemy as sa
from contracts.identity import CompteFermeV1, ComptesRapprochesV1, PersonneEffaceeV1, RoleRetireV1
from events.postgres.database import Database
from events.projection.manager import Reaction
from events.service import Fed, Service
from events.store.store import Store
from fastapi import APIRouter, FastAPI
from process.bus import connect
from process.clock import Clock
from process.names import ask_names, ask_registered, ask_structures, ask_teams
from process.serve import Runtime
from process.supervisor import Work
from web.app import create_app
from web.limits import Limits
from web.revocations import hear_revocations

from activites.api import (
    accueil,
    activites,
    beneficiaires,
    brouillons,
    chiffres_exportes,
    chiffres_proposes,
    coordination_histoire,
    coordinations,
    coordinations_comptees,
    doublons,
    exports,
    habitudes,
    histoire,
    imports,
    imports_de_beneficiaires,
    liens,
    lot,
    modeles,
    nomenclatures,
    plateforme,
    rdv,
    rdv_d_une_personne,
    statistiques,
    suivi_en_direct,
    tags,
    telechargements,
)
from activites.api.gardes import Gardes
from activites.api.lecteur import PLATEFORME_S
from activites.api.publies import Publies
from activites.api.statuses import STATUSES
from activites.domain.activite import ACTIVITE
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.coordination import COORDINATION
from activites.domain.coordination_faits import CoordinationRestauree, CoordinationSupprimee
from activites.domain.evenements import Event
from activites.domain.faits import ActiviteRestauree, ActiviteSupprimee
from activites.domain.tag import TAG
from activites.erasure import effacer
from activites.jobs import JOBS
from activites.messaging import to_contract
from activites.outils import Outils
from activites.projections import (
    activites_listees,
    activites_suivies,
    activites_supprimees,
    appartenances,
    beneficiaires_suivis,
    comptes_suspendus,
    conseillers_numeriques,
    coordinations_listees,
    coordinations_supprimees,
    emplois,
    lieux_choisis,
    lieux_connus,
)
from activites.projections import coordinations as equipes_coordonnees
from activites.projections import tags as tags_lus
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.rdv.ensemble import CHEMIN as WEBHOOKS
from activites.rdv.ensemble import Rendezvous
from activites.rdv.http import RdvHttp
from activites.rdv.service import Adresses, SansAdresses
from activites.reactions import corbeille, effacements, fermetures, rdv_delies
from activites.settings import Settings
from activites.statistiques import fichier

SERVICE = "activites"
DESCRIPTION: Service[Event] = Service(
    name=SERVICE,
    aggregates=(ACTIVITE, BENEFICIAIRE, COORDINATION, TAG),
    migrations=Path(__file__).parent / "migrations",
    to_contract=to_contract,
    own=(
        activites_listees,
        activites_supprimees,
        activites_suivies,
        beneficiaires_suivis,
        coordinations_listees,
        coordinations_supprimees,
        tags_lus,
    ),
    files=(fichier,),
    fed=(
        Fed(lieux_connus, "cartographie"),
        Fed(lieux_choisis, "identity"),
        Fed(emplois, "identity"),
        Fed(comptes_rapproches, "identity"),
        Fed(conseillers_numeriques, "identity"),
        Fed(comptes_suspendus, "identity"),
        Fed(equipes_coordonnees, "equipes"),
        Fed(appartenances, "equipes"),
    ),
    reactions=(
        Reaction("effacements", effacements, (PersonneEffaceeV1,), effacements.Effacer, service="identity"),
        Reaction("fermetures", fermetures, (CompteFermeV1,), fermetures.RevoquerSesLiens, service="identity"),
        Reaction(
            "rdv_delies",
            rdv_delies,
            (CompteFermeV1, RoleRetireV1, ComptesRapprochesV1),
            rdv_delies.Delier,
            service="identity",
        ),
        Reaction(
            "corbeille",
            corbeille,
            (ActiviteSupprimee, ActiviteRestauree, CoordinationSupprimee, CoordinationRestauree),
            corbeille.Ordre,
        ),
    ),
    jobs=JOBS,
    erase=effacer,
)
"""Ce que le service est ; le fichier de statistiques appartient au processus qui répond (`build`)."""

SAISIES: Sequence[APIRouter] = (
    nomenclatures.router,
    accueil.router,
    habitudes.router,
    activites.router,
    exports.router,
    histoire.router,
    lot.router,
    coordinations.router,
    coordination_histoire.router,
    imports.router,
    imports_de_beneficiaires.router,
    brouillons.router,
    modeles.router,
    doublons.router,
    beneficiaires.router,
    tags.router,
    rdv.router,
    rdv_d_une_personne.router,
    rdv.messages,
)
"""Ce que le rôle `api` sert."""
CHIFFRES: Sequence[APIRouter] = (
    statistiques.router,
    statistiques.public,
    plateforme.public,
    chiffres_exportes.router,
    chiffres_proposes.router,
    coordinations_comptees.router,
    suivi_en_direct.router,
    liens.router,
    liens.public,
)
"""Ce que le rôle `statistiques` sert : lui seul tient le fichier."""


def migrate(settings: Settings) -> None:
    """Met la base au niveau de ce code."""
    DESCRIPTION.migrate(settings.database_url)


async def build(role: str, settings: Settings) -> Runtime:
    """Ce dont un rôle est fait : `api`, `worker`, `statistiques`, ou `all` pour les trois."""
    fin = AsyncExitStack()
    database = Database(settings.database_url)
    fin.push_async_callback(database.close)
    store = DESCRIPTION.store(database, settings.coffre_cles)
    await DESCRIPTION.check_keys(store)
    taches: dict[str, Work] = {}
    http = httpx2.AsyncClient(timeout=5, trust_env=False, follow_redirects=False)
    fin.push_async_callback(http.aclose)
    if role in ("all", "worker"):
        bus = await connect(settings)
        fin.push_async_callback(bus.close)
        outils = Outils(store, Clock().now, rendezvous(settings, store, http, SansAdresses(), Clock()))
        taches |= DESCRIPTION.tasks(bus, outils)
    routers = SAISIES if role in ("all", "api") else []
    chiffres = None
    if role in ("all", "statistiques"):
        chiffres = DESCRIPTION.file(fichier, store, settings.statistiques_fichier)
        await chiffres.open()
        fin.push_async_callback(chiffres.close)
        routers = [*routers, *CHIFFRES]
        taches[chiffres.name] = chiffres.run
    if routers:
        api = application(settings, store, routers)
        api.state.statistiques = chiffres
        from process.edge import broker, start

        from activites.rdv.adresses import AdressesDIdentity

        edge = broker(settings)
        api.state.nommer = partial(ask_names, edge)
        api.state.nommeurs = exports.Nommeurs(partial(ask_structures, edge), partial(ask_teams, edge))
        api.state.inscrits = partial(ask_registered, edge)
        api.state.rdv = rendezvous(settings, store, http, AdressesDIdentity(edge), Clock())
        hear_revocations(edge, api.state.verifier, api.state.clock)
        await start(edge)
        fin.push_async_callback(edge.stop)
    else:
        api = create_app(settings, title=f"{SERVICE} ({role})")
    return Runtime(api, taches, fin.aclose)


def application(
    settings: Settings, store: Store[Event], routers: Sequence[APIRouter], *, clock: Clock | None = None
) -> FastAPI:
    """L'application HTTP."""

    async def base() -> None:
        async with store.database.engine.connect() as connection:
            await connection.execute(sa.text("select 1"))

    app = create_app(
        settings,
        title="La Coop – Activités",
        routers=routers,
        statuses=STATUSES,
        ready={"base": base},
        database=store.database,
        store=store,
        sources=DESCRIPTION.sources,
        clock=clock,
        limits=Limits(
            bodies=dict.fromkeys((imports.CHEMIN, imports_de_beneficiaires.CHEMIN), imports.CORPS_MAX)
            | {WEBHOOKS: rdv.MESSAGE_MAX}
        ),
    )
    app.state.nommer = exports.personne
    app.state.nommeurs = exports.Nommeurs()
    app.state.inscrits = plateforme.personne
    app.state.telechargements = asyncio.Semaphore(telechargements.A_LA_FOIS)
    app.state.publies = Publies()
    app.state.gardes, app.state.ensemble = Gardes(PLATEFORME_S), Gardes(0.0)
    app.state.suivis_qui_recomptent = asyncio.Semaphore(suivi_en_direct.A_LA_FOIS)
    # Given by who runs it (`build`): without it, no rendez-vous is offered.
    app.state.rdv = None
    return app


def rendezvous(
    settings: Settings, store: Store[Event], http: httpx2.AsyncClient, adresses: Adresses, clock: Clock
) -> Rendezvous | None:
    """Ce qui parle à RDV Service Public ; None quand rien n'est réglé."""
    if not settings.rdv_url:
        return None
    service = RdvHttp(
        http,
        clock.now,
        url=settings.rdv_url,
        client_id=settings.rdv_client_id,
        secret=settings.rdv_client_secret,
        retour=f"{settings.public_url}/espace/rdv/retour",
        revocation=settings.rdv_revocation,
    )
    return Rendezvous.of(store, service, adresses, cles=settings.coffre_cles, public_url=settings.public_url)
