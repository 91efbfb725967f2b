"""The application: routes under /api/v2, the test controls, liveness, and the error pages."""

import re
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from faux_proconnect import controls, logout, pages, sign_in, tokens
from faux_proconnect.authorization import CallbackError, PageError
from faux_proconnect.provider import Provider
from faux_proconnect.settings import PREFIX, is_loopback
from faux_proconnect.tokens import NO_STORE, OAuthError

PORT = re.compile(r":[0-9]+$")


def create_app(provider: Provider) -> FastAPI:
    app = FastAPI(title="Faux ProConnect", openapi_url=None)
    app.state.provider = provider
    for router in (sign_in.router, tokens.router, logout.router):
        app.include_router(router, prefix=PREFIX)
    app.include_router(controls.router)

    @app.get("/sante/vivant")
    async def vivant() -> dict[str, str]:
        return {"etat": "vivant"}

    @app.middleware("http")
    async def loopback_names_only(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """A foreign name resolved to 127.0.0.1 (DNS rebinding) is refused."""
        if not is_loopback(PORT.sub("", request.headers.get("host", ""))):
            return Response("Hôte refusé\n", 421, media_type="text/plain; charset=utf-8")
        response = await call_next(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @app.exception_handler(PageError)
    async def page_error(_: Request, error: PageError) -> Response:
        return pages.error_page(error.code, error.message, error.status)

    @app.exception_handler(CallbackError)
    async def callback_error(_: Request, error: CallbackError) -> Response:
        values = {"error": error.error, "error_description": error.description, "state": error.state}
        return sign_in.way_back(provider, error.redirect_uri, values)

    @app.exception_handler(OAuthError)
    async def oauth_error(_: Request, error: OAuthError) -> Response:
        body = {"error": error.error, "error_description": error.description}
        return JSONResponse(body, error.status, headers=NO_STORE)

    @app.exception_handler(HTTPException)
    async def unknown_route(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith(PREFIX) and error.status_code == 404:
            return pages.error_page("Y000404", "Cette page n'existe pas.", 404)
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)

    return app
