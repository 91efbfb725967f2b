"""create_app: a FastAPI application with everything an HTTP edge owes, the same in the four services."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from events.decider import Refusal
from events.postgres.database import Database
from events.store.store import Store
from fastapi import APIRouter, Depends, FastAPI
from process.clock import Clock
from process.settings import ServiceSettings
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from web import docs, health, openapi, policies, problem_pages, problems
from web.auth import Verifier
from web.cursors import Cursors
from web.edge import Edge
from web.health import Check
from web.jwks import Jwks
from web.limits import Limits
from web.pace import Paces
from web.parameters import check_parameters
from web.positions import Waits

_EVERYWHERE = (Depends(check_parameters),)

type Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    settings: ServiceSettings,
    *,
    title: str,
    routers: Sequence[APIRouter] = (),
    statuses: Mapping[type[Refusal], int] | None = None,
    lifespan: Lifespan | None = None,
    ready: Mapping[str, Check] | None = None,
    database: Database | None = None,
    store: Store[Any] | None = None,
    sources: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    limits: Limits | None = None,
    registry: CollectorRegistry | None = None,
) -> FastAPI:
    """The application of one service. Raises policies.Ungoverned when a route names no rule.

    statuses : HTTP status of refusals, 409 unless listed.  ready : named checks of /sante/pret.
    database, store, clock : what wiring's dependencies give (or set app.state yourself before serving).
    sources : each read model and the service that it reads: nobody waits there for another's facts.
    registry : of this application's own figures; one of its own by default.
    """
    registry = registry or CollectorRegistry()
    clock = clock or Clock()
    verifier = Verifier(
        issuer=settings.issuer, audience=settings.service, jwks=Jwks(settings.jwks_url), clock=clock
    )

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncGenerator[None]:
        # Also what was added since it was made.
        policies.governed(app)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(verifier.close)
            if lifespan is not None:
                await stack.enter_async_context(lifespan(app))
            yield

    app = FastAPI(
        title=title,
        version="1",
        lifespan=live,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=_EVERYWHERE,
        # Its spans would carry bodies and addresses: ours are chosen, in the edge.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.clock = clock
    app.state.verifier = verifier
    app.state.waits = Waits()
    app.state.sources = sources or {}
    app.state.paces = Paces()
    app.state.cursors = Cursors(key for _, key in sorted(settings.coffre_cles.items(), reverse=True))
    app.state.failing_tasks = _none_failing
    if database is not None:
        app.state.database = database
    if store is not None:
        app.state.store = store

    app.include_router(health.router(ready or {}, lambda: app.state.failing_tasks(), registry))
    app.router.routes.extend(_routes(routers))
    app.include_router(problem_pages.router())
    if settings.documented:
        app.include_router(docs.router(settings.service, app))
    policies.governed(app)
    problems.install(app, statuses or {})
    openapi.install(app, statuses or {})
    app.add_middleware(Edge, bounds=limits or Limits(), hosts=settings.hosts, registry=registry)
    return app


_together: dict[tuple[int, ...], APIRouter] = {}


def _routes(routers: Sequence[APIRouter]) -> Sequence[BaseRoute]:
    """Theirs, prepared once in a process: 90 ms for a whole service, which each test would spend again."""
    # What is kept keeps these routers: no other takes their identity.
    these = tuple(map(id, routers))
    if these not in _together:
        together = APIRouter()
        for router in routers:
            together.include_router(router, dependencies=_EVERYWHERE)
        _together[these] = together
    return _together[these].routes


def _none_failing() -> list[str]:
    return []
