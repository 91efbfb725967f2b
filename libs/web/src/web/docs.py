"""Swagger UI at /docs/<service>, from files that a package installed: nothing comes from another site."""

import html
from importlib.resources import files

import orjson
from fastapi import APIRouter, FastAPI, Request, Response

from web.policies import PUBLIC, allow
from web.problems import INTROUVABLE, Problem

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{base}/swagger-ui.css">
<link rel="icon" href="{base}/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{base}/swagger-ui-bundle.js"></script>
<script src="{base}/init.js"></script>
</body>
</html>
"""
EXAMPLE_ID = "00000000-0000-4000-8000-000000000000"
"""In the examples, an identifier that the client draws: the page draws one each time it is opened."""
_INIT = """// What a page of La Coop sends: the CSRF token of the session, on whatever changes something.
// The browser adds the cookie and the Origin by itself.
const jeton = async () => {
  const session = await fetch("/auth/session");
  return session.ok ? (await session.json()).csrf : "";
};
(async () => {
  const texte = await (await fetch(%s)).text();
  const spec = JSON.parse(texte.replaceAll(%s, () => crypto.randomUUID()));
  SwaggerUIBundle({spec, dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    requestInterceptor: async (demande) => {
      if (!["GET", "HEAD"].includes((demande.method || "GET").toUpperCase())) {
        demande.headers["X-CSRF-Token"] = await jeton();
      }
      return demande;
    }});
})();
"""


def router(service: str, app: FastAPI) -> APIRouter:
    """The page, its description and its assets, under /docs/<service>."""
    base = f"/docs/{service}"
    routes = APIRouter(include_in_schema=False, dependencies=[allow(PUBLIC)])
    page = _PAGE.format(base=base, title=html.escape(app.title))
    init = _INIT % (orjson.dumps(f"{base}/openapi.json").decode(), orjson.dumps(EXAMPLE_ID).decode())

    @routes.get(base)
    async def documentation(_request: Request) -> Response:
        """La documentation, à lire et à essayer."""
        return Response(page, headers={"Content-Security-Policy": _POLICY}, media_type="text/html")

    @routes.get(f"{base}/openapi.json")
    async def description(_request: Request) -> Response:
        """La description OpenAPI du service."""
        return Response(orjson.dumps(app.openapi()), media_type="application/json")

    @routes.get(f"{base}/init.js")
    async def start(_request: Request) -> Response:
        return Response(init, media_type="text/javascript")

    @routes.get(base + "/{name}")
    async def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise Problem(INTROUVABLE)
        content = files("fastapi_offline").joinpath("static", name).read_bytes()
        return Response(content, headers={"Cache-Control": "public, max-age=3600"}, media_type=_ASSETS[name])

    return routes
