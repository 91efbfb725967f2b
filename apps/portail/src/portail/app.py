"""Composition du portail : les pages, leurs erreurs, et la seule porte vers l'API."""

import httpx2
from fastapi import FastAPI
from process.clock import Clock
from process.serve import Runtime
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from web import health
from web.edge import Edge
from web.limits import FILE, FORM, VALUES_MAX, Limits
from web.problems import Problem

from portail import erreurs, passerelle
from portail.annonces import Annonces
from portail.nomenclatures import Nomenclatures
from portail.pages import ROUTES, boite, composants, imports
from portail.rendu import Rendu
from portail.settings import Settings

_BORNES = Limits(
    body=262_144,
    format=FORM,
    accepts=dict.fromkeys(imports.CHEMINS, FILE),
    bodies=dict.fromkeys(imports.CHEMINS, imports.FORMULAIRE_MAX),
    # Less than the API's: beside each value, a page writes its own address again, without it.
    query=16_384,
    parameter_count=VALUES_MAX + 50,
)


async def build(role: str, settings: Settings) -> Runtime:
    """Le portail n'a ni base ni bus : il ne fait que répondre."""
    http = passerelle.client(settings.passerelle_url, settings.public_url)
    app = application(settings, http)
    return Runtime(app, {"annonces": app.state.annonces.suivre}, http.aclose)


def application(settings: Settings, http: httpx2.AsyncClient, *, clock: Clock | None = None) -> FastAPI:
    """L'application HTTP. http : le client de la passerelle, fermé par qui l'a ouvert."""
    origines = filter(None, [settings.proconnect_origine, settings.rdv_origine])
    annonces = Annonces(http)
    rendu = Rendu(settings.portail_theme, origines, lambda: annonces.en_cours)
    registry = CollectorRegistry()

    app = FastAPI(
        title="La Coop – Portail",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.clock = clock or Clock()
    app.state.rendu = rendu
    app.state.http = http
    app.state.annonces = annonces
    app.state.nomenclatures = Nomenclatures(http)
    app.state.failing_tasks = list[str]
    # Pages open without the API, and say what is missing: the process itself is all that has to be ready.
    app.include_router(health.router({}, lambda: app.state.failing_tasks(), registry))
    for router in ROUTES:
        app.include_router(router)
    if settings.composants:
        app.include_router(composants.router)
    if settings.boite is not None:
        app.include_router(boite.router)
    erreurs.installer(app, rendu)

    def inattendue(problem: Problem, *, path: str, request_id: str) -> Response:
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
        request = Request(scope | {"state": {"request_id": request_id}})
        return erreurs.page(rendu, request, problem.kind.status)

    app.add_middleware(Edge, bounds=_BORNES, hosts=settings.hosts, registry=registry, answer=inattendue)
    return app
