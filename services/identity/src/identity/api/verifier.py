"""For machines: what the gateway asks before each request, and the keys that services check tokens with."""

from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from fastapi import APIRouter, Request, Response
from web.policies import MACHINES, PUBLIC, allow
from web.problems import NON_AUTHENTIFIE, Problem

from identity.api.browser import SAFE_METHODS, AccesDep, SessionOuNone, check_csrf

router = APIRouter(tags=["Machines"])

type Audience = Literal["identity", "activites", "equipes", "cartographie"]


@router.get("/auth/verifier", include_in_schema=False, dependencies=[allow(MACHINES)])
async def verifier(
    audience: Audience, request: Request, courante: SessionOuNone, acces: AccesDep
) -> Response:
    """Traefik's forwardAuth: the cookie of the forwarded request becomes a 120 s token for one service.

    Never routed by the gateway: its answer carries a token. Without `X-Forwarded-Method` the request is
    taken for one that changes something.
    """
    # What is refused is the request of the person, not this one.
    asked = urlsplit(request.headers.get("x-forwarded-uri", "")).path
    request.state.instance = unquote(asked) or request.url.path
    if courante is None:
        raise Problem(NON_AUTHENTIFIE)
    if request.headers.get("x-forwarded-method", "").upper() not in SAFE_METHODS:
        check_csrf(request.headers, courante.opaque, acces)
    token = await acces.minter.token(courante.session, audience)
    if token is None:
        raise Problem(NON_AUTHENTIFIE)
    return Response(status_code=200, headers={"Authorization": f"Bearer {token}"})


@router.get("/.well-known/jwks.json", dependencies=[allow(PUBLIC)])
async def jwks(acces: AccesDep, response: Response) -> dict[str, Any]:
    """Clés publiques des jetons internes."""
    response.headers["Cache-Control"] = "public, max-age=600"
    return await acces.keys.jwks()
