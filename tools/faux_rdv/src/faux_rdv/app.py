"""The application: OAuth, the API, the test controls, liveness."""

import re
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from faux_rdv import api, controls, oauth
from faux_rdv.monde import Monde
from faux_rdv.settings import Settings, is_loopback

_PORT = re.compile(r":[0-9]+$")


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(title="Faux RDV Service Public", openapi_url=None)
    app.state.settings = settings
    app.state.monde = Monde(demo=settings.demo, token_seconds=settings.token_seconds)
    for router in (oauth.router, api.router, controls.router):
        app.include_router(router)

    @app.get("/sante/vivant")
    async def vivant() -> dict[str, str]:
        return {"etat": "vivant"}

    @app.middleware("http")
    async def loopback_names_only(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """A foreign name resolved to 127.0.0.1 (DNS rebinding) is refused."""
        if not is_loopback(_PORT.sub("", request.headers.get("host", ""))):
            return Response("Hôte refusé\n", 421, media_type="text/plain; charset=utf-8")
        response = await call_next(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app
