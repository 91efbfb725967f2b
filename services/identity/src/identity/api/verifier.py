"""For machines: what the gateway asks before each request, and the keys that services check tokens with."""

from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from web.auth import SAFE_METHODS, not_connected
from web.policies import MACHINES, PUBLIC, allow
from web.problems import LECTURE_SEULE, NON_AUTHENTIFIE, Kind, Problem

from identity.api.browser import AccesDep, SessionOuNone, check_csrf
from identity.domain.vocabulaire import Portee

router = APIRouter(tags=["Machines"])

MAINTENANCE = Kind("Maintenance", 503, "La Coop est en maintenance : on peut lire, pas enregistrer.")
_READS = frozenset({("POST", "/statistiques")})
"""A question that its length puts in a body."""

type Audience = Literal["identity", "activites", "equipes", "cartographie"]


@router.get("/auth/verifier", include_in_schema=False, dependencies=[allow(MACHINES)])
async def verifier(
    audience: Audience, request: Request, courante: SessionOuNone, acces: AccesDep
) -> Response:
    """Traefik's forwardAuth: what the forwarded request shows becomes a 120 s token for one service.

    Its cookie, a person's; else the token of a machine client, which no page can send for somebody. Never
    routed by the gateway: its answer carries a token. Without `X-Forwarded-Method` the request is taken for
    one that changes something.
    """
    # What is refused is the request of the person, not this one.
    asked = urlsplit(request.headers.get("x-forwarded-uri", "")).path
    request.state.instance = unquote(asked) or request.url.path
    if courante is None:
        return _bearing(await _exchanged(request, acces, audience))
    method, path = request.headers.get("x-forwarded-method", "").upper(), request.state.instance
    writes = method not in SAFE_METHODS
    if writes:
        check_csrf(request.headers, courante.opaque, acces)
    # Before the token, which a write needs: what is stopped here is stopped in every service.
    if writes and (method, path) not in _READS:
        maintenance = await acces.minter.maintenance(courante.session)
        if maintenance is not None:
            raise Problem(MAINTENANCE, maintenance.message, headers={"Retry-After": "300"})
    if courante.session.usurpateur is not None and (writes or _is_a_file(path)):
        raise Problem(LECTURE_SEULE)
    token = await acces.minter.token(courante.session, audience)
    if token is None:
        raise Problem(NON_AUTHENTIFIE)
    return _bearing(token)


@router.get("/auth/verifier/v1", include_in_schema=False, dependencies=[allow(MACHINES)])
async def verifier_v1(
    audience: Audience, request: Request, acces: AccesDep, portee: Portee | None = None
) -> Response:
    """The same for `/api/v1` and its `Authorization: Bearer <id>:<secret>` (docs/domaine/api-v1.md §2).

    portee : that the forwarded route asks.   Whatever is wrong, even with us, is the same 403.
    """
    shown = request.headers.getlist("authorization")
    try:
        machines = acces.machines
        client = await machines.clients.of_old_contract(shown[0], portee) if len(shown) == 1 else None
        if client is not None:
            return _bearing(await machines.jetons.inner(client, client.portees, audience))
    except Exception:
        structlog.get_logger().exception("old_contract_failed")
    return JSONResponse({"error": "Forbidden"}, 403)


async def _exchanged(request: Request, acces: AccesDep, audience: Audience) -> str:
    shown = request.headers.getlist("authorization")
    if not shown:
        raise Problem(NON_AUTHENTIFIE)
    scheme, _, received = shown[0].partition(" ")
    alone = len(shown) == 1 and scheme.lower() == "bearer"
    token = await acces.machines.jetons.exchange(received, audience) if alone else None
    if token is None:
        raise not_connected()
    return token


def _bearing(token: str) -> Response:
    return Response(status_code=200, headers={"Authorization": f"Bearer {token}"})


def _is_a_file(path: str) -> bool:
    """Whether this address downloads a list: every such route ends with `/export` (a test says so)."""
    return "export" in path.casefold().split("/")


@router.get("/.well-known/jwks.json", dependencies=[allow(PUBLIC)])
async def jwks(acces: AccesDep, response: Response) -> dict[str, Any]:
    """Clés publiques des jetons internes."""
    response.headers["Cache-Control"] = "public, max-age=600"
    return await acces.keys.jwks()
