"""The service and the faux ProConnect, both on real HTTP, on one database for the run; and a browser."""

import asyncio
import base64
import datetime as dt
import html
import json
import re
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio
import uvicorn
from contracts.cartographie import LieuReferenceV1
from events.postgres.database import Database
from events.projection.manager import Manager
from events.projection.projection import Projector
from events.projection.shared import Shared
from events.store.store import Claim, Context, Store
from events.testing import carry_through
from fastapi import FastAPI
from faux_proconnect.app import create_app as create_faux
from faux_proconnect.dispositif import Panne, Source
from faux_proconnect.dispositif import create_app as create_source
from faux_proconnect.failures import Failure, Mode, Target
from faux_proconnect.monde import Identifiant, Personne
from faux_proconnect.provider import Provider
from faux_proconnect.settings import Settings as FauxSettings
from identity.api.browser import Acces
from identity.app import DESCRIPTION, application, make_acces, make_outils, make_store, migrate
from identity.domain.acces import ACCES, ChangerDroit
from identity.domain.compte import COMPTE, ChoisirRole
from identity.domain.evenements import Event
from identity.domain.vocabulaire import CompteId, CoordinateurId, Droit, MediateurId, Role
from identity.entreprises.recherche import RechercheEntreprises
from identity.outils import Outils
from identity.projections import lieux_connus
from identity.settings import Settings
from process.clock import Clock
from starlette.applications import Starlette

KEY = base64.b64encode(bytes(range(32))).decode()
PATIENCE = httpx2.Timeout(60)
"""On a busy machine too: only what is asked to be silent is."""
PROCONNECT_IDENTITE = "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"
"""The identity provider of whoever has none of their own."""
SESSION, TRANSACTION = "__Host-coop_session", "__Host-coop_tx"


class Heure:
    """The service's clock, moved by hand."""

    def __init__(self) -> None:
        self.decalage = dt.timedelta()

    def lire(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.decalage

    def avancer(self, **duree: float) -> None:
        self.decalage += dt.timedelta(**duree)


@dataclass
class Plateforme:
    """What a test may touch."""

    settings: Settings
    acces: Acces
    store: Store[Event]
    database: Database
    faux: Provider
    source: Source
    heure: Heure
    app: FastAPI
    http: httpx2.AsyncClient
    """What the service asks ProConnect with."""

    def impatiente(self) -> None:
        """The service waits no longer for who does not answer, until the end of the test."""
        self.http.timeout = httpx2.Timeout(0.5)

    def panne(self, mode: Mode, target: Target = "both", delay_s: float = 30.0) -> None:
        self.faux.fail(Failure(mode, target, delay_s))

    def personne(self, **champs: Any) -> Personne:
        """A new person known of the federation, with an address of their own unless given."""
        cle = uuid4().hex[:12]
        defaut = {
            "id": cle,
            "email": f"{cle}@ville.exemple.fr",
            "given_name": "Léa",
            "usual_name": "Martin",
            "siret": "13002603200016",
            "phone_number": "+33639980001",
        }
        return self.faux.monde.placer(Personne.model_validate({**defaut, **champs}))

    def personne_forte(self, **champs: Any) -> Personne:
        """The same, whose provider asks for two factors."""
        fort = Identifiant(uid=uuid4().hex, acr="eidas1-mfa", amr=("pwd", "otp", "mfa"))
        return self.personne(identifiants={PROCONNECT_IDENTITE: fort}, **champs)

    async def donner(self, compte_id: object, droit: Droit) -> None:
        """A right of application, as `coop droit` gives it."""
        qui = CompteId(UUID(str(compte_id)))
        command = ChangerDroit(qui, droit, None, "essai", self.heure.lire())
        await self.store.execute(ACCES(qui), command, Context("essai", "essai"))

    def changer(self, personne: Personne, **champs: Any) -> Personne:
        """The same person at the provider, with other fields (`claims`: what userinfo says)."""
        return self.faux.monde.placer(Personne.model_validate({**personne.model_dump(), **champs}))

    @property
    def outils(self) -> Outils:
        """What the orders and the jobs work with."""
        return make_outils(self.settings, self.store, self.acces, Clock(self.heure.lire))

    async def suivre(self, nom: str) -> None:
        """One reaction reads the whole journal, and its orders are carried out."""
        reaction = next(r for r in DESCRIPTION.reactions if r.name == nom)
        manager = Manager(self.database, DESCRIPTION.feed(self.store), reaction)
        await carry_through(manager, DESCRIPTION.executor(reaction, self.outils))

    def recus(self, adresse: str) -> list[EmailMessage]:
        """What this mailbox received, the oldest first."""
        fichiers = sorted(self.settings.courriels_dossier.glob("*.eml"), key=lambda f: f.stat().st_mtime_ns)
        lus = [message_from_bytes(fichier.read_bytes(), policy=default) for fichier in fichiers]
        return [message for message in lus if message["To"] == adresse]

    def dernier(self, adresse: str) -> str:
        """The plain text of the last one."""
        corps = self.recus(adresse)[-1].get_body(("plain",))
        assert corps is not None
        return corps.get_content()

    async def code(self, adresse: str) -> str:
        """The last code that this mailbox received."""
        await self.suivre("codes")
        trouve = re.search(r"^(\d{4} \d{4})\r?$", self.dernier(adresse), re.MULTILINE)
        assert trouve is not None
        return trouve[1]

    async def un_lieu(self) -> UUID:
        """A lieu that cartographie has published, and that identity knows."""
        contrat = LieuReferenceV1(
            lieu_id=uuid4(),
            source="essai",
            id_source="1",
            nom="Médiathèque des Quatre C",
            commune="Lons-le-Saunier",
            code_postal="39000",
        )
        row = lieux_connus.project(None, contrat)
        assert row is not None
        async with self.database.engine.begin() as connection:
            await connection.execute(lieux_connus.table.insert().values(row))
        return contrat.lieu_id

    async def faits(self, compte_id: object) -> list[str]:
        """Names of the account's events."""
        return [type(r.event).__name__ for r in await self.store.load(f"compte-{compte_id}")]

    async def compter(self, table: str) -> int:
        async with self.database.raw() as connection:
            counted: Any = await connection.fetchval(f"select count(*) from {table}")
        return int(counted)

    async def rattraper(self, projection: str) -> None:
        """Wait until the read model has seen the whole journal."""
        for _ in range(6000):
            async with self.database.raw() as connection:
                retard: Any = await connection.fetchval(
                    """select count(*) from events e
                       left join checkpoints c on c.projection = $1
                       where c.xid is null or (e.xid, e.position) > (c.xid::text::xid8, c.number)""",
                    projection,
                )
            if retard == 0:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"la projection {projection} n'a pas rattrapé le journal")


@dataclass
class Navigateur:
    """A browser: cookies by origin (also `__Host-` ones on loopback), redirects followed by hand."""

    plateforme: Plateforme
    http: httpx2.AsyncClient
    cookies: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    poses: list[str] = field(default_factory=list[str])
    jetons_lus: dict[frozenset[tuple[str, str]], str] = field(
        default_factory=dict[frozenset[tuple[str, str]], str]
    )
    """The anti-forgery token of each session, as a page keeps it."""

    @property
    def base(self) -> str:
        return self.plateforme.settings.public_url

    @property
    def siens(self) -> dict[str, str]:
        """Cookies of the service."""
        return self.cookies.setdefault(urlsplit(self.base).netloc, {})

    async def demander(self, method: str, url: str, **options: Any) -> httpx2.Response:
        url = urljoin(self.base, url)
        jar = self.cookies.setdefault(urlsplit(url).netloc, {})
        headers = dict(options.pop("headers", {}))
        if jar:
            headers.setdefault("Cookie", "; ".join(f"{n}={v}" for n, v in jar.items()))
        response = await self.http.request(method, url, headers=headers, **options)
        # Cookies are ours to keep: httpx would not send `Secure` ones on loopback, a browser does.
        self.http.cookies.clear()
        for line in response.headers.get_list("set-cookie"):
            self.poses.append(line)
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value and "max-age=0" not in line.lower():
                jar[name] = value
            else:
                jar.pop(name, None)
        return response

    async def suivre(self, response: httpx2.Response, jusqu_a: str = "") -> httpx2.Response:
        """Follow redirects; stop before requesting a URL that contains `jusqu_a`."""
        while response.is_redirect:
            location = urljoin(str(response.request.url), response.headers["location"])
            if jusqu_a and jusqu_a in location:
                return response
            response = await self.demander("GET", location)
        return response

    async def aller_au_retour(self, personne: Personne, return_to: str = "/espace") -> httpx2.Response:
        """Sign in at ProConnect, and stop on its last redirect, before our callback is called."""
        depart = await self.demander("GET", "/auth/connexion", params={"return_to": return_to})
        assert depart.status_code == 303, depart.text
        page = await self.suivre(depart, "/auth/retour")
        if page.is_redirect:
            return page
        return await self.repondre(page, {"email": personne.email})

    async def repondre(self, page: httpx2.Response, champs: dict[str, str]) -> httpx2.Response:
        caches = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        caches = {n: html.unescape(v) for n, v in caches.items()}
        action = urljoin(str(page.request.url), "/api/v2/interaction")
        suite = await self.demander("POST", action, data={**caches, **champs})
        return await self.suivre(suite, "/auth/retour")

    async def finir(self, retour: httpx2.Response) -> httpx2.Response:
        """Call our callback; what it answers, before its own redirect."""
        assert retour.is_redirect, retour.text
        return await self.demander("GET", retour.headers["location"])

    async def se_connecter(self, personne: Personne, return_to: str = "/espace") -> httpx2.Response:
        """The whole sign-in; the callback's answer."""
        return await self.finir(await self.aller_au_retour(personne, return_to))

    async def moi(self) -> dict[str, Any]:
        response = await self.demander("GET", "/auth/session")
        assert response.status_code == 200, response.text
        return response.json()

    async def preuves(self) -> dict[str, str]:
        """What a page sends with a change: where it comes from, and its session's token."""
        session = frozenset(self.siens.items())
        if session not in self.jetons_lus:
            self.jetons_lus[session] = (await self.moi())["csrf"]
        return {"Origin": self.base, "X-CSRF-Token": self.jetons_lus[session]}

    async def ecrire(self, method: str, url: str, corps: Any = None, **entetes: str) -> httpx2.Response:
        """A change by cookie, as a page of the platform does it."""
        headers = {**await self.preuves(), **entetes}
        return await self.demander(method, url, headers=headers, json=corps)

    async def jeton(self, method: str = "GET", audience: str = "identity") -> str:
        """What the gateway obtains for a request of this browser."""
        headers = {"X-Forwarded-Method": method}
        if method != "GET":
            headers |= await self.preuves()
        verdict = await self.demander("GET", "/auth/verifier", params={"audience": audience}, headers=headers)
        assert verdict.status_code == 200, verdict.text
        return verdict.headers["authorization"]

    async def s_inscrire(
        self, role: str = "mediateur", role_id: object = None, **employeur: Any
    ) -> httpx2.Response:
        """The whole inscription of somebody signed in; what the validation answers."""
        profil = "mediateur" if role == "mediateur" else "coordinateur_hors_dispositif"
        lieu_id = await self.plateforme.un_lieu()
        etapes: dict[str, Any] = {
            "profil": {"profil": profil, "cgu_acceptees": True, "version_cgu": "2026-01"},
            "informations": {"profession": "Médiatrice numérique"},
            "employeur": {
                "emploi_id": str(uuid4()),
                "siret": "13002603200016",
                "nom": "Ville d'Exemple",
                "adresse": "1 place de la Mairie",
                "debut": "2026-01-05",
                **employeur,
            },
            "lieux": {"lieux": [str(lieu_id)]},
        }
        for etape in etapes if role == "mediateur" else ("profil", "employeur"):
            fait = await self.passer("PUT", f"/comptes/moi/inscription/{etape}", etapes[etape])
            assert fait.status_code == 204, fait.text
        return await self.passer(
            "POST", "/comptes/moi/inscription/validation", {"id": str(role_id or uuid4())}
        )

    async def recevoir_le_role(self, role: str = "mediateur", role_id: UUID | None = None) -> str:
        """The role alone, without an emploi, as accounts older than the inscription have it. The position."""
        compte_id, tenu = CompteId(UUID((await self.moi())["compte_id"])), role_id or uuid4()
        command = ChoisirRole(
            role=Role(role),
            mediateur_id=MediateurId(tenu) if role == "mediateur" else None,
            coordinateur_id=CoordinateurId(tenu) if role == "coordinateur" else None,
            cgu_acceptees=True,
            version_cgu="2026-01",
            maintenant=self.plateforme.heure.lire(),
        )
        ecrit = await self.plateforme.store.execute(
            COMPTE(compte_id), command, Context("essai", "essai"), claims=[Claim(role, tenu.bytes)]
        )
        return f"identity:{ecrit.position}"

    async def passer(self, method: str, url: str, corps: Any = None, **entetes: str) -> httpx2.Response:
        """A request through the gateway: verified, then given to the service with its token."""
        headers = {"Authorization": await self.jeton(method), **entetes}
        return await self.demander(method, url, headers=headers, **({"json": corps} if corps else {}))


class Serveur(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals belong to pytest."""
        yield


@asynccontextmanager
async def serving(app: Starlette, listener: socket.socket) -> AsyncGenerator[None]:
    config = uvicorn.Config(
        app, ws="none", http="httptools", lifespan="on", log_config=None, access_log=False
    )
    server = Serveur(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    # As uvloop does: without, each answer in two writes waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plateforme]:
    """Everything, started once."""
    name = f"identity_{uuid4().hex}"
    admin: Any = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    ours, theirs, others = _listener(), _listener(), _listener()
    source = Source(cle="cle-de-la-source")
    public_url = f"http://127.0.0.1:{ours.getsockname()[1]}"
    issuer = f"http://127.0.0.1:{theirs.getsockname()[1]}/api/v2"
    faux = Provider(
        FauxSettings(
            issuer=issuer,
            client_id="coop",
            client_secret="secret-du-client-coop",
            redirect_uris=f"{public_url}/auth/retour",
            post_logout_uris=f"{public_url}/auth/deconnexion/retour",
        )
    )
    settings = Settings(
        service="identity",
        port=0,
        database_url=postgres_url.rsplit("/", 1)[0] + "/" + name,
        nats_url="nats://127.0.0.1:1",
        public_url=public_url,
        issuer=public_url,
        jwks_url=f"{public_url}/.well-known/jwks.json",
        coffre_cles=f"1:{KEY}",  # pyright: ignore[reportArgumentType]
        proconnect_issuer=issuer,
        proconnect_client_id="coop",
        proconnect_client_secret="secret-du-client-coop",
        hash_key=KEY,  # pyright: ignore[reportArgumentType]
        support_coop="aide@coop.exemple.fr",
        courriels_dossier=tmp_path_factory.mktemp("boites"),
        dispositif_url=f"http://127.0.0.1:{others.getsockname()[1]}",
        dispositif_cle=source.cle,
    )
    await asyncio.to_thread(migrate, settings)
    heure = Heure()
    clock = Clock(heure.lire)
    database = Database(settings.database_url)
    store = make_store(database, settings)
    async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        acces = make_acces(settings, database, store, clock, http)
        app = application(settings, database, store, acces, clock)
        async with (
            serving(create_faux(faux), theirs),
            serving(create_source(source), others),
            serving(app, ours),
        ):
            # As a process of the service: one reading of the journal for all the tables.
            journal = Shared(DESCRIPTION.feed(store))
            works = [
                asyncio.create_task(
                    Projector(database, projection, journal.tap(lambda: DESCRIPTION.feed(store))).run()
                )
                for projection in DESCRIPTION.own
            ]
            yield Plateforme(settings, acces, store, database, faux, source, heure, app, http)
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
        await acces.proconnect.close()
    await database.close()
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest_asyncio.fixture
async def plateforme(platform: Plateforme) -> AsyncIterator[Plateforme]:
    """The platform, put back as it was: the same people, no failure, the right time, keys of today."""
    connues = dict(platform.faux.monde.personnes)
    yield platform
    platform.faux.monde.personnes = connues
    platform.faux.fail(Failure())
    platform.http.timeout = PATIENCE
    platform.source.fiches.clear()
    platform.source.demandes.clear()
    platform.source.panne, platform.source.attente = Panne.AUCUNE, 0.0
    platform.faux.clock.offset_s = 0.0
    far = platform.heure.decalage > dt.timedelta(days=1)
    platform.heure.decalage = dt.timedelta()
    if far:
        async with platform.database.raw() as connection:
            await connection.execute("delete from cles_signature")
        await platform.acces.keys.ensure()
        # As when keys are changed in a hurry: whoever keeps them would wait 30 s before asking again.
        platform.app.state.verifier.keys_changed()


@pytest_asyncio.fixture
async def nouveau_navigateur(plateforme: Plateforme) -> AsyncIterator[Any]:
    """Makes browsers, each with cookies of its own."""
    async with httpx2.AsyncClient(
        timeout=PATIENCE, trust_env=False, verify=False, follow_redirects=False
    ) as http:
        yield lambda: Navigateur(plateforme, http)


@pytest_asyncio.fixture
async def gestionnaires(plateforme: Plateforme, nouveau_navigateur: Any) -> dict[Droit, Navigateur]:
    """An administrator and somebody of the support, each in their browser."""
    entrees: dict[Droit, Navigateur] = {}
    for droit in (Droit.ADMIN, Droit.SUPPORT):
        personne, navigateur = plateforme.personne_forte(), nouveau_navigateur()
        await navigateur.se_connecter(personne)
        await plateforme.donner((await navigateur.moi())["compte_id"], droit)
        await navigateur.se_connecter(personne)
        entrees[droit] = navigateur
    return entrees


class FauxAnnuaire:
    """The State's directory of companies, on loopback: it answers what the test says, or does not."""

    def __init__(self) -> None:
        self.etat = "A"
        self.statut = 200
        self.corps: bytes | None = None
        """In place of an establishment with the number asked for."""
        self.secondes = 0.0
        self.fini = asyncio.Event()
        """Nobody waits any more, however slow it was told to be."""
        self.demandes: list[str] = []

    async def repondre(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        demande = (await reader.readuntil(b"\r\n\r\n")).decode()
        q = parse_qs(urlsplit(demande.split()[1]).query)["q"][0]
        self.demandes.append(q)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.fini.wait(), self.secondes)
        corps = self.corps if self.corps is not None else self._trouve(q)
        tete = f"HTTP/1.1 {self.statut} X\r\nConnection: close\r\nContent-Length: {len(corps)}\r\n\r\n"
        with suppress(ConnectionError):
            writer.write(tete.encode() + corps)
            await writer.drain()
        writer.close()

    def _trouve(self, q: str) -> bytes:
        etablissement = {
            "siret": q if q.isdigit() else "13002603200016",
            "adresse": "1 place de la Mairie 39000 LONS-LE-SAUNIER",
            "code_postal": "39000",
            "commune": "39300",
            "libelle_commune": "LONS-LE-SAUNIER",
            "etat_administratif": self.etat,
        }
        resultat = {"nom_complet": "VILLE D'EXEMPLE", "siege": etablissement, "matching_etablissements": []}
        return json.dumps({"results": [resultat]}).encode()


@pytest_asyncio.fixture
async def faux_annuaire() -> AsyncIterator[tuple[FauxAnnuaire, RechercheEntreprises]]:
    """The directory, and what asks it."""
    faux = FauxAnnuaire()
    serveur = await asyncio.start_server(faux.repondre, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{serveur.sockets[0].getsockname()[1]}"
    async with serveur, httpx2.AsyncClient(timeout=PATIENCE, trust_env=False, verify=False) as http:
        yield faux, RechercheEntreprises(http, url, secondes=60)
        faux.fini.set()


@pytest_asyncio.fixture
async def annuaire(
    plateforme: Plateforme, faux_annuaire: tuple[FauxAnnuaire, RechercheEntreprises]
) -> AsyncIterator[FauxAnnuaire]:
    """The service asks this one for the length of a test."""
    avant = plateforme.acces
    plateforme.acces = plateforme.app.state.acces = replace(avant, annuaire=faux_annuaire[1])
    yield faux_annuaire[0]
    plateforme.acces = plateforme.app.state.acces = avant


@pytest.fixture
def navigateur(nouveau_navigateur: Any) -> Navigateur:
    return nouveau_navigateur()
