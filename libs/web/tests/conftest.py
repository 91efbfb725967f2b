"""An application that does everything libs/web offers, and the servers to try it on."""

import asyncio
import base64
import datetime as dt
import io
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Annotated, Any
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio
import sqlalchemy as sa
import structlog
import uvicorn
from events.decider import Refusal, Refusals
from events.postgres.database import Database
from events.store.store import ClaimTaken, Conflict, Overloaded, Written
from events.types import Position
from events.vault.vault import PersonErased
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from process import logs
from process.serve import Server
from process.settings import ServiceSettings
from pydantic import BaseModel, ConfigDict, Field, field_validator
from web.app import create_app
from web.auth import COORDINATEUR, MEDIATEUR, Connecte, Coordinateur, Mediateur
from web.days import Day, PeriodParams
from web.limits import FILE, Limits
from web.pages import Page, PageParams
from web.parameters import any_parameter
from web.policies import PUBLIC, SIGNED_IN, Rule, allow
from web.positions import IfMatch, after, written
from web.problems import INTROUVABLE, Problem, problems
from web.testing import TokenIssuer
from web.wiring import ClockDep, ContextDep, DatabaseDep, request_id

KEYS = "1:" + base64.b64encode(bytes(range(32))).decode()


class DateDansLeFutur(Refusal):
    """La date est dans le futur."""


class ActiviteInconnue(Refusal):
    """Cette activité n’existe pas."""


class Ligne(BaseModel):
    """Une ligne."""

    model_config = ConfigDict(extra="forbid")
    quantite: Annotated[int, Field(ge=1, lt=100)]


class Saisie(BaseModel):
    """Ce que l’on saisit."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    nom: Annotated[str, Field(max_length=20)] = ""
    lignes: Annotated[list[Ligne], Field(max_length=3)] = []
    libre: dict[str, Any] = {}
    jour: Day | None = None

    @field_validator("nom")
    @classmethod
    def _sans_interdit(cls, nom: str) -> str:
        if nom == "interdit":
            raise ValueError("Ce nom est réservé.")
        if nom == "bavard":
            raise ValueError("Le nom bavard est réservé.")
        if nom == "entier":
            int(nom)
        return nom


# Ten rows: n from 0 to 9, each `ville` and `jour` several times, and what a collation sorts otherwise.
_valeurs = sa.values(
    sa.column("n", sa.Integer), sa.column("ville", sa.Text(collation="C")), sa.column("jour", sa.Date)
).data([(n, ("Évry", "evry", "Lyon")[n % 3], dt.date(2026, 1, 1 + n // 4)) for n in range(10)])
NOMBRES: sa.Select[*tuple[Any, ...]] = sa.select(_valeurs.alias("nombres"))

MEDIATEURS = Rule("mediateurs", "Un médiateur.", roles=frozenset({MEDIATEUR}))
COORDINATEURS = Rule("coordinateurs", "Un coordinateur.", roles=frozenset({COORDINATEUR}))
ADMINISTRER = Rule("administrer", "Un administrateur.", roles=frozenset({"admin"}))


def _routes() -> APIRouter:
    routes = APIRouter(prefix="/essais", tags=["Essais"])

    @routes.post(
        "",
        status_code=201,
        responses=problems(DateDansLeFutur, ActiviteInconnue),
        dependencies=[allow(PUBLIC)],
    )
    async def creer(saisie: Saisie, response: Response, expected: IfMatch) -> dict[str, Any]:
        """Créer un essai."""
        written(response, "essai", Written(3, Position(12, 34), changed=True))
        return {"id": str(saisie.id), "version": expected}

    @routes.post("/formulaire", dependencies=[allow(PUBLIC)])
    async def formulaire() -> str:
        return "reçu"

    @routes.post("/fichier", dependencies=[allow(PUBLIC)])
    async def fichier(request: Request) -> int:
        return len(await request.body())

    @routes.get("", dependencies=[allow(PUBLIC)])
    async def bornes(page: PageParams, filtre: str = "") -> int:
        return page.limite

    @routes.get("/nombres", dependencies=[allow(PUBLIC)])
    async def lister(page: PageParams, database: DatabaseDep, filtre: str = "") -> Page[int]:
        """Lister les nombres."""
        return await page.of(database, NOMBRES, order=(NOMBRES.selected_columns.n,), to=lambda row: row.n)

    @routes.get("/miens", dependencies=[allow(SIGNED_IN)])
    async def miens(page: PageParams, database: DatabaseDep, caller: Connecte) -> Page[int]:
        return await page.of(database, NOMBRES, order=(NOMBRES.selected_columns.n,), to=lambda row: row.n)

    @routes.get("/tries", dependencies=[allow(PUBLIC)])
    async def tries(
        page: PageParams, database: DatabaseDep, sens: Annotated[list[str], Query()]
    ) -> Page[int]:
        """sens : of each column of the order, "asc" or "desc"."""
        columns = NOMBRES.selected_columns
        order = [
            column.desc() if way == "desc" else column
            for column, way in zip((columns.ville, columns.jour, columns.n), sens, strict=True)
        ]
        return await page.of(database, NOMBRES, order=order, to=lambda row: row.n, previous=True, total=True)

    @routes.get("/moi", dependencies=[allow(SIGNED_IN)])
    async def moi(caller: Connecte, context: ContextDep) -> dict[str, Any]:
        return {"compte_id": str(caller.compte_id), "author": context.author, "request": context.request_id}

    @routes.get("/mediateur", dependencies=[allow(MEDIATEURS)])
    async def mediateur(caller: Mediateur) -> str:
        return str(caller.mediateur_id)

    @routes.get("/coordinateur", dependencies=[allow(COORDINATEURS)])
    async def coordinateur(caller: Coordinateur) -> str:
        return str(caller.coordinateur_id)

    @routes.get("/admin", dependencies=[allow(ADMINISTRER)])
    async def admin() -> str:
        return "oui"

    @routes.get("/lecture", dependencies=[allow(PUBLIC), Depends(after("essais_listes"))])
    async def lecture() -> Response:
        return Response('"lu"', media_type="application/json")

    @routes.get("/lecture-a-moi", dependencies=[allow(SIGNED_IN), Depends(after("essais_listes"))])
    async def lecture_a_moi() -> str:
        return "lu"

    @routes.get("/heure", dependencies=[allow(PUBLIC)])
    async def heure(clock: ClockDep, request: Request) -> list[str]:
        return [clock.now().isoformat(), clock.today().isoformat(), request_id(request)]

    @routes.get("/erreur/{nom}", dependencies=[allow(PUBLIC)])
    async def erreur(nom: str) -> None:
        raise {
            "refus": DateDansLeFutur("Le 3 mai n’est pas encore arrivé.", field="/date"),
            "refus_multiples": Refusals([DateDansLeFutur(field="/date"), ActiviteInconnue()]),
            "mille_refus": Refusals([DateDansLeFutur(field=f"/dates/{n}") for n in range(1000)]),
            "inconnue": ActiviteInconnue(),
            "conflit": Conflict(),
            "pris": ClaimTaken("siret"),
            "charge": Overloaded(),
            "efface": PersonErased(),
            "introuvable": Problem(INTROUVABLE),
            "http": HTTPException(429),
            "theiere": HTTPException(418),
            "absente": ConnectionRefusedError("postgres:5432"),
            "bogue": RuntimeError("secret-canari"),
        }[nom]

    @routes.get("/periode", dependencies=[allow(PUBLIC)])
    async def periode(choisie: PeriodParams, mots: Annotated[list[str] | None, Query()] = None) -> list[Any]:
        return [choisie.du, choisie.au, mots]

    @routes.get("/ouverte", dependencies=[allow(PUBLIC), Depends(any_parameter)])
    async def ouverte(request: Request) -> list[str]:
        return list(request.query_params)

    @routes.get("/{essai_id}", dependencies=[allow(PUBLIC)])
    async def lire(essai_id: UUID) -> str:
        return str(essai_id)

    return routes


def make_settings(**changes: Any) -> ServiceSettings:
    values: dict[str, Any] = {
        "service": "essai",
        "port": 0,
        "database_url": "postgresql://essai:secret@127.0.0.1:1/essai",
        "nats_url": "nats://127.0.0.1:4222",
        "issuer": "http://identity.test",
        "jwks_url": "http://127.0.0.1:1/jwks",
        "coffre_cles": KEYS,
    }
    return ServiceSettings(**(values | changes))


def make_app(**changes: Any) -> FastAPI:
    """changes : arguments of create_app; `settings` may be among them."""
    arguments: dict[str, Any] = {
        "settings": make_settings(),
        "title": "Essai",
        "routers": [_routes()],
        "statuses": {ActiviteInconnue: 404},
    }
    arguments |= changes
    return create_app(arguments.pop("settings"), **arguments)


type Ask = Callable[[FastAPI], httpx2.AsyncClient]


@pytest.fixture
def build() -> Callable[..., FastAPI]:
    """make_app, for the tests that need their own application."""
    return make_app


@pytest.fixture
def settings_with() -> Callable[..., ServiceSettings]:
    """make_settings."""
    return make_settings


@pytest.fixture(autouse=True)
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The logs as a service writes them: call it to read the lines so far."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("essai", "INFO", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers, _ = before
    root.setLevel(before[1])


@pytest_asyncio.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the plain application, without a network."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(make_app()), base_url="http://essai") as c:
        yield c


@pytest_asyncio.fixture(scope="module")
async def issuer() -> AsyncIterator[TokenIssuer]:
    async with TokenIssuer() as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def secured_app(issuer: TokenIssuer) -> AsyncIterator[FastAPI]:
    """An application that trusts `issuer`."""
    app = make_app(settings=make_settings(jwks_url=issuer.url))
    yield app
    await app.state.verifier.close()


@pytest_asyncio.fixture(scope="module")
async def secured(secured_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of `secured_app`."""
    transport = httpx2.ASGITransport(secured_app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://essai") as c:
        yield c


@pytest_asyncio.fixture
async def reader(journal: Database, issuer: TokenIssuer) -> AsyncIterator[FastAPI]:
    """An application that has a real database, and trusts `issuer`."""
    app = make_app(database=journal, settings=make_settings(jwks_url=issuer.url))
    yield app
    await app.state.verifier.close()


@pytest_asyncio.fixture
async def reading(reader: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the same."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(reader), base_url="http://essai") as c:
        yield c


@pytest_asyncio.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    """A real uvicorn, as in production, on a free port of the loopback."""
    limits = Limits(
        accepts={"/essais/formulaire": "application/x-www-form-urlencoded", "/essais/fichier": FILE},
        bodies={"/essais/fichier": 2_000_000},
    )
    async with Serving(make_app(limits=limits)) as number:
        yield number


@pytest_asyncio.fixture
async def impatient() -> AsyncIterator[int]:
    """The same, that waits no time for a body: on a busy machine, one that comes would be too late."""
    async with Serving(make_app(limits=Limits(body_seconds=0.3))) as number:
        yield number


class Serving:
    """uvicorn in the test's own loop."""

    def __init__(self, app: FastAPI) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        # As uvloop does: without, each answer in two writes waits 40 ms for the client's acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            app, http="httptools", loop="none", ws="none", log_config=None, access_log=False
        )
        self._server = Server(config)
        self._task: Awaitable[None] | None = None

    async def __aenter__(self) -> int:
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        while not self._server.started:
            await asyncio.sleep(0.005)
        return self._socket.getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        assert self._task is not None
        await self._task
        self._socket.close()
