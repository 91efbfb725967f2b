"""Composition root: the HTTP application and the background work of the identity service."""

import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import httpx2
import structlog
from contracts.equipes import InvitationAccepteeV1, InvitationEnvoyeeV1, InvitationRefuseeV1
from courriels.remise import remise
from events.decider import Refusal
from events.postgres.database import Database
from events.projection.manager import Reaction
from events.service import Fed, Service
from events.store.store import Store
from fastapi import FastAPI
from process.bus import connect
from process.clock import Clock
from process.serve import Runtime
from process.supervisor import Work
from web.app import create_app
from web.limits import FORM, Limits
from web.revocations import hear_revocations

from identity.api import (
    annuaire,
    cgu,
    clients,
    comptes,
    comptes_prepares,
    connexion,
    courriels,
    deconnexion,
    donnees,
    emplois,
    employeur,
    entreprises,
    fermeture,
    fiche,
    histoire,
    identites,
    inscription,
    lieux,
    nomenclatures,
    oauth,
    prise_de_poste,
    reconnaissance,
    session,
    verifier,
)
from identity.api import rapprochements as api_rapprochements
from identity.api.browser import Acces
from identity.api.gestion import acces as gestion_acces
from identity.api.gestion import annonces as gestion_annonces
from identity.api.gestion import emplois as gestion_emplois
from identity.api.gestion import fermeture as gestion_fermeture
from identity.api.gestion import identites as gestion_identites
from identity.api.gestion import rapprochements as gestion_rapprochements
from identity.api.gestion import rectifications as gestion_rectifications
from identity.api.gestion import roles as gestion_roles
from identity.api.gestion import usurpation as gestion_usurpation
from identity.api.gestion import utilisateurs as gestion_utilisateurs
from identity.connexion.chiffre import Empreintes, Sealer
from identity.connexion.codes import Codes
from identity.connexion.identites import Identites
from identity.connexion.proconnect.client import ProConnect
from identity.connexion.proconnect.errors import IssuerMismatch, SigninFailed
from identity.connexion.rapprochement import Rapprochements
from identity.connexion.reserve import est_reserve
from identity.connexion.sessions.cles import SigningKeys
from identity.connexion.sessions.jetons import Minter
from identity.connexion.sessions.registre import Registre
from identity.connexion.sessions.transactions import Transactions
from identity.dispositif.fichier import SourceFichier
from identity.dispositif.http import SourceHttp
from identity.dispositif.reprise import Dispositif
from identity.dispositif.source import SansSource, Source
from identity.domain.acces import (
    ACCES,
    CompteSuspendu,
    DroitDonne,
    DroitRetire,
    RaisonAbsente,
    SonPropreCompte,
    SuspensionLevee,
)
from identity.domain.annonce import ANNONCE, AnnonceInconnue, FinAvantLeDebut
from identity.domain.client import (
    CLIENT,
    AucunePortee,
    CleInconnue,
    ClesRefusees,
    ClientInconnu,
    FinDuClientAvantDebut,
    NominatifSansConvention,
    NominatifSansFin,
    SecretInconnu,
)
from identity.domain.compte import (
    COMPTE,
    CguNonAcceptees,
    CompteEfface,
    CompteFerme,
    CompteInconnu,
    CompteOuvert,
    ComptePrepare,
    CompteRenvoye,
    CompteRouvert,
    CourrielDejaAjoute,
    CourrielPrincipal,
    RoleChoisi,
    TropDeCourriels,
    VersionDeCguInconnue,
)
from identity.domain.compte_roles import AucunRole
from identity.domain.courriel import AdresseSupprimee, CourrielIllisible
from identity.domain.demandes import DEMANDES, RectificationInconnue, TropDArchives, TropDeRectifications
from identity.domain.emploi import (
    EMPLOI,
    CommuneDeStructureInconnue,
    DebutDEmploiImprobable,
    EmploiInconnu,
    FinAvantDebut,
    FinDansLeFutur,
    FinDEmploiImprobable,
    NomDEmployeurInvalide,
)
from identity.domain.emploi_faits import ContratTermine, EmploiCorrige, EmploiDeclare, EmploiEfface
from identity.domain.employeur import NouvelEmployeurAVenir
from identity.domain.evenements import Event
from identity.domain.fiche import FICHE
from identity.domain.inscription import (
    INSCRIPTION,
    CguAAccepter,
    EtablissementFerme,
    InscriptionValidee,
    LieuDActiviteInconnu,
    LieuRepete,
    LieuxManquants,
    RappelEnvoye,
    TropDeLieux,
)
from identity.domain.intervention import INTERVENTION, InterventionFaite
from identity.domain.maintenance import MAINTENANCE
from identity.domain.preuve import PREUVE, CodeDemande, CodeFaux, CodeInconnu, CodePerime
from identity.domain.prise_de_poste import PRISE_DE_POSTE, EtapeDansLeFutur, EtapeTropAncienne
from identity.domain.rapprochement import RAPPROCHEMENT, ComptesRapproches, RapprochementAnnule
from identity.domain.reconnaissance import RECONNAISSANCE
from identity.domain.session import SESSION, SessionInconnue, SessionOuverte, SessionRevoquee
from identity.domain.siret import SiretInvalide, SiretMalForme
from identity.domain.usurpation import USURPATION, UsurpationCommencee, UsurpationImpossible
from identity.entreprises.annuaire import Annuaire
from identity.entreprises.fichier import AnnuaireFichier
from identity.entreprises.recherche import RechercheEntreprises
from identity.erasure import effacer
from identity.jobs import JOBS
from identity.messaging import Adresses, Inscriptions, Personnes, Structures, to_contract
from identity.oauth.acces import AccesMachine
from identity.outils import Outils
from identity.projections import (
    annonces,
    comptes_actifs,
    coordinations,
    employeurs_a_verifier,
    equipes_animees,
    lieux_connus,
    limitations,
    membres,
    noms_portes,
    reconnaissances,
    rectifications,
    roles_en_equipe,
    utilisateurs,
)
from identity.projections import annuaire as annuaire_lu
from identity.projections import clients as clients_lus
from identity.projections import comptes as comptes_lus
from identity.projections import emplois as emplois_lus
from identity.projections import rapprochements as rapprochements_lus
from identity.projections import secrets_clients as secrets_lus
from identity.projections.comptes_rapproches import comptes_rapproches
from identity.reactions import (
    acces_changes,
    codes,
    effacements,
    fermetures,
    fins_de_contrat,
    inactivites,
    interventions,
    invitations,
    passations,
    preparations,
    rappels,
    rapprochements,
    rapprochements_dits,
    reprises,
    sessions_revoquees,
    usurpations,
)
from identity.settings import Settings

log = structlog.get_logger()

SERVICE = "identity"

STATUSES: dict[type[Refusal], int] = {
    CompteInconnu: 404,
    EmploiInconnu: 404,
    SessionInconnue: 404,
    CodeInconnu: 404,
    RaisonAbsente: 422,
    UsurpationImpossible: 409,
    AnnonceInconnue: 404,
    FinAvantLeDebut: 422,
    SonPropreCompte: 403,
    RectificationInconnue: 404,
    TropDArchives: 429,
    TropDeRectifications: 429,
    CguNonAcceptees: 422,
    CodeFaux: 422,
    CodePerime: 422,
    CourrielIllisible: 422,
    AdresseSupprimee: 422,
    CourrielDejaAjoute: 422,
    CourrielPrincipal: 422,
    TropDeCourriels: 422,
    VersionDeCguInconnue: 422,
    SiretMalForme: 422,
    SiretInvalide: 422,
    CommuneDeStructureInconnue: 422,
    NomDEmployeurInvalide: 422,
    DebutDEmploiImprobable: 422,
    FinAvantDebut: 422,
    FinDEmploiImprobable: 422,
    FinDansLeFutur: 422,
    EtapeDansLeFutur: 422,
    EtapeTropAncienne: 422,
    ClientInconnu: 404,
    SecretInconnu: 404,
    AucunePortee: 422,
    FinDuClientAvantDebut: 422,
    NominatifSansFin: 422,
    NominatifSansConvention: 422,
    ClesRefusees: 422,
    CleInconnue: 404,
    CguAAccepter: 422,
    EtablissementFerme: 422,
    NouvelEmployeurAVenir: 422,
    LieuDActiviteInconnu: 422,
    LieuRepete: 422,
    LieuxManquants: 422,
    TropDeLieux: 422,
    AucunRole: 422,
}


DESCRIPTION: Service[Event] = Service(
    name=SERVICE,
    aggregates=(
        ACCES,
        ANNONCE,
        CLIENT,
        COMPTE,
        DEMANDES,
        EMPLOI,
        FICHE,
        INSCRIPTION,
        INTERVENTION,
        MAINTENANCE,
        PREUVE,
        PRISE_DE_POSTE,
        RAPPROCHEMENT,
        RECONNAISSANCE,
        SESSION,
        USURPATION,
    ),
    migrations=Path(__file__).parent / "migrations",
    to_contract=to_contract,
    own=(
        comptes_lus,
        emplois_lus,
        utilisateurs,
        employeurs_a_verifier,
        rapprochements_lus,
        limitations,
        noms_portes,
        rectifications,
        annonces,
        annuaire_lu,
        reconnaissances,
        clients_lus,
        secrets_lus,
        comptes_rapproches,
    ),
    fed=(
        Fed(lieux_connus, "cartographie"),
        Fed(comptes_actifs, "activites"),
        Fed(coordinations, "equipes"),
        Fed(equipes_animees, "equipes"),
        Fed(roles_en_equipe, "equipes"),
        Fed(membres, "equipes"),
    ),
    reactions=(
        Reaction(
            "sessions_revoquees", sessions_revoquees, (SessionRevoquee,), sessions_revoquees.OublierSession
        ),
        Reaction(
            "invitations",
            invitations,
            (InvitationEnvoyeeV1, InvitationAccepteeV1, InvitationRefuseeV1),
            invitations.Ordre,
            invitations.Invitation,
            service="equipes",
        ),
        Reaction(
            "passations",
            passations,
            passations.READS,
            passations.Ordre,
            passations.Membres,
            service="equipes",
        ),
        Reaction("reprises", reprises, (SessionOuverte,), reprises.ReprendreDuDispositif),
        Reaction(
            "fins_de_contrat",
            fins_de_contrat,
            (EmploiDeclare, EmploiCorrige, ContratTermine, EmploiEfface),
            fins_de_contrat.AnnoncerFinDeContrat,
        ),
        Reaction(
            "rappels",
            rappels,
            (CompteOuvert, RoleChoisi, InscriptionValidee, RappelEnvoye, CompteEfface),
            rappels.Ordre,
        ),
        Reaction("effacements", effacements, (CompteEfface,), effacements.FinirEffacement),
        Reaction(
            "fermetures",
            fermetures,
            (CompteFerme, CompteRouvert, CompteEfface),
            fermetures.Ordre,
        ),
        Reaction(
            "inactivites",
            inactivites,
            (SessionOuverte, CompteFerme, CompteEfface, CompteRenvoye),
            inactivites.Ordre,
            rows=inactivites.Suivi,
        ),
        Reaction(
            "preparations",
            preparations,
            (ComptePrepare, CompteOuvert, CompteEfface),
            preparations.OublierAdresse,
        ),
        Reaction("codes", codes, (CodeDemande,), codes.EnvoyerCode),
        Reaction(
            "acces_changes",
            acces_changes,
            (DroitDonne, DroitRetire, CompteSuspendu),
            acces_changes.FermerSessions,
        ),
        Reaction(
            "interventions",
            interventions,
            (InterventionFaite, DroitDonne, DroitRetire, CompteSuspendu, SuspensionLevee),
            interventions.DireIntervention,
        ),
        Reaction(
            "suites_de_rapprochement",
            rapprochements,
            (ComptesRapproches, RapprochementAnnule),
            rapprochements.SuivreRapprochement,
        ),
        Reaction(
            "rapprochements_dits",
            rapprochements_dits,
            (ComptesRapproches, RapprochementAnnule),
            rapprochements_dits.DireRapprochement,
        ),
        Reaction("usurpations", usurpations, (UsurpationCommencee,), usurpations.Ordre),
    ),
    jobs=JOBS,
    # People sign in again after a restore, signing keys are drawn again, the source is asked again.
    volatile=(
        "sessions",
        "transactions_connexion",
        "cles_signature",
        "envois_de_code",
        "reprises_dispositif",
        "usages_clients",
        "assertions_vues",
        "jetons_revoques",
        "cadences_clients",
    ),
    erase=effacer,
)


def migrate(settings: Settings) -> None:
    """Bring the database to the last revision."""
    DESCRIPTION.migrate(settings.database_url)


def make_store(database: Database, settings: Settings) -> Store[Event]:
    """The journal of the service, with its vault."""
    return DESCRIPTION.store(database, settings.coffre_cles)


def make_acces(
    settings: Settings, database: Database, store: Store[Event], clock: Clock, http: httpx2.AsyncClient
) -> Acces:
    """The objects of the sign-in."""
    sealer = Sealer(settings.coffre_cles)
    keys = SigningKeys(database, sealer, clock)
    empreintes = Empreintes(settings.hash_key)
    registre = Registre(database, store, sealer, clock)
    return Acces(
        settings=settings,
        proconnect=ProConnect(settings.registration, http, lambda: clock.now().timestamp()),
        transactions=Transactions(database, sealer, clock),
        registre=registre,
        keys=keys,
        minter=Minter(store, keys, settings.issuer, clock),
        empreintes=empreintes,
        codes=Codes(database, store, empreintes, clock),
        identites=Identites(store, empreintes, registre, clock, settings.proconnect_issuer),
        rapprochements=Rapprochements(store, empreintes, registre, clock, partial(est_reserve, store)),
        dispositif=Dispositif(store, make_source(settings, http), clock),
        machines=AccesMachine.of(database, store, keys, empreintes, settings.issuer, clock),
        annuaire=make_annuaire(settings, http),
    )


def make_source(settings: Settings, http: httpx2.AsyncClient) -> Source:
    """Who says who is conseiller numérique."""
    if settings.dispositif_url:
        return SourceHttp(http, settings.dispositif_url, settings.dispositif_cle)
    return SourceFichier(settings.dispositif_fichier) if settings.dispositif_fichier else SansSource()


def make_annuaire(settings: Settings, http: httpx2.AsyncClient) -> Annuaire:
    """That of the State where there is a network, else the file that comes with the service."""
    url = settings.annuaire_entreprises_url
    return RechercheEntreprises(http, url) if url else AnnuaireFichier()


def make_outils(settings: Settings, store: Store[Event], acces: Acces, clock: Clock) -> Outils:
    """What the orders and the jobs work with."""
    return Outils(
        store,
        clock.now,
        acces.registre,
        acces.transactions,
        acces.keys,
        acces.codes,
        acces.rapprochements,
        acces.dispositif,
        acces.machines,
        acces.annuaire,
        remise(settings, clock.now),
        settings.public_url,
        settings.support_coop,
        settings.timezone,
    )


def application(
    settings: Settings, database: Database, store: Store[Event], acces: Acces, clock: Clock
) -> FastAPI:
    """The HTTP application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        await acces.keys.ensure()
        yield

    async def base() -> None:
        async with database.raw() as connection:
            await connection.fetchval("select 1")

    app = create_app(
        settings,
        title="La Coop – Identité",
        routers=[
            connexion.router,
            deconnexion.router,
            session.router,
            verifier.router,
            cgu.router,
            nomenclatures.router,
            gestion_utilisateurs.router,
            gestion_acces.router,
            gestion_fermeture.router,
            gestion_roles.router,
            gestion_identites.router,
            gestion_emplois.router,
            gestion_usurpation.router,
            gestion_annonces.router,
            gestion_rapprochements.router,
            gestion_rectifications.router,
            histoire.router,
            comptes.router,
            comptes_prepares.router,
            courriels.router,
            identites.router,
            fermeture.router,
            donnees.router,
            api_rapprochements.router,
            emplois.router,
            employeur.router,
            fiche.router,
            annuaire.router,
            reconnaissance.router,
            prise_de_poste.router,
            oauth.router,
            clients.router,
            inscription.router,
            lieux.router,
            entreprises.router,
        ],
        statuses=STATUSES,
        lifespan=lifespan,
        ready={"base": base},
        database=database,
        store=store,
        sources=DESCRIPTION.sources,
        clock=clock,
        limits=Limits(accepts=dict.fromkeys(oauth.FORMS, FORM)),
    )
    app.state.acces = acces
    return app


async def build(role: str, settings: Settings) -> Runtime:
    """What this role of the service is made of."""
    clock = Clock()
    ending = AsyncExitStack()
    database = Database(settings.database_url)
    ending.push_async_callback(database.close)
    store = make_store(database, settings)
    await DESCRIPTION.check_keys(store)
    http = httpx2.AsyncClient(timeout=httpx2.Timeout(5), trust_env=False)
    ending.push_async_callback(http.aclose)
    acces = make_acces(settings, database, store, clock, http)
    ending.push_async_callback(acces.proconnect.close)
    from process.edge import broker, start  # FastStream: not for what only reads `DESCRIPTION`

    edge = broker(settings)
    tasks: dict[str, Work] = {}
    if role in ("all", "api"):
        await _check_issuer(acces.proconnect)
        app = application(settings, database, store, acces, clock)
        hear_revocations(edge, app.state.verifier, clock)
    else:
        app = create_app(settings, title=f"{SERVICE} ({role})")
    if role in ("all", "worker"):
        bus = await connect(settings)
        ending.push_async_callback(bus.close)
        tasks = DESCRIPTION.tasks(bus, make_outils(settings, store, acces, clock))
        Personnes(database).answer_on(edge)
        Structures(database).answer_on(edge)
        Inscriptions(database, clock).answer_on(edge)
        Adresses(store, acces.empreintes).answer_on(edge)
    await start(edge)
    ending.push_async_callback(edge.stop)
    return Runtime(app, tasks, ending.aclose)


async def _check_issuer(proconnect: ProConnect) -> None:
    """Refuse to start in front of another issuer than the setting's; one that is away is not refused."""
    try:
        await proconnect.load()
    except IssuerMismatch:
        print(  # noqa: T201 - said to the person who starts the service
            "PROCONNECT_ISSUER : le document de découverte nomme un autre émetteur.", file=sys.stderr
        )
        raise SystemExit(2) from None
    except SigninFailed as failure:
        # Each sign-in tries again, and answers the help page meanwhile.
        log.warning("proconnect_unreachable", reason=failure.reason.value, detail=failure.detail)
