"""OAuth 2.0 for machine clients: token, introspection, revocation, metadata.

Their answers are those of the RFCs, which any OAuth client reads: the metadata describe them, not OpenAPI.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from web.auth import Cliente
from web.policies import PUBLIC, allow
from web.problems import INTROUVABLE, Problem

from identity.api.browser import AccesDep, address_of
from identity.domain.vocabulaire import Portee
from identity.oauth.serveur import Answer, Asked, Endpoint, UnreadableForm, read
from identity.policies import SE_PROUVER, SON_CLIENT

router = APIRouter(tags=["Clients de machine"])

FORMS = ("/oauth/token", "/oauth/introspect", "/oauth/revoke")
"""Routes whose body is a form, as the RFCs want it."""
_RECOGNISED = {"WWW-Authenticate": 'Basic realm="coop", charset="UTF-8"'}


class MonClient(BaseModel):
    """Le client qui demande. portees : celles de son jeton.   fin : dernier jour, s'il y en a un."""

    client_id: UUID
    nom: str
    portees: list[Portee]
    fin: dt.date | None


@router.post("/oauth/token", include_in_schema=False, dependencies=[allow(SE_PROUVER)])
async def token(request: Request, acces: AccesDep) -> Response:
    """Un jeton de quinze minutes (RFC 6749 §4.4)."""
    try:
        asked = await _asked(request)
    except UnreadableForm:
        return _json(Answer(400, {"error": "invalid_request"}))
    seconds = await acces.machines.cadence.wait(asked.claimed or "", address_of(request))
    if seconds is not None:
        return _json(Answer(429, {"error": "slow_down"}), {"Retry-After": str(seconds)})
    answer = await acces.machines.serveur.answer("token", asked)
    if answer.client is not None:
        await acces.machines.clients.seen(answer.client)
    return _json(answer)


@router.post("/oauth/introspect", include_in_schema=False, dependencies=[allow(SE_PROUVER)])
async def introspect(request: Request, acces: AccesDep) -> Response:
    """Ce que vaut un jeton à soi (RFC 7662)."""
    return await _answer("introspection", request, acces)


@router.post("/oauth/revoke", include_in_schema=False, dependencies=[allow(SE_PROUVER)])
async def revoke(request: Request, acces: AccesDep) -> Response:
    """Révoquer un jeton à soi (RFC 7009)."""
    return await _answer("revocation", request, acces)


@router.get("/.well-known/oauth-authorization-server", dependencies=[allow(PUBLIC)])
async def metadata(acces: AccesDep, response: Response) -> dict[str, Any]:
    """Où et comment un client de machine obtient un jeton (RFC 8414)."""
    response.headers["Cache-Control"] = "public, max-age=600"
    return acces.machines.serveur.metadata()


@router.get("/oauth/client", dependencies=[allow(SON_CLIENT)])
async def mon_client(moi: Cliente, acces: AccesDep) -> MonClient:
    """Quel client suis-je ?"""
    client = await acces.machines.clients.find(str(moi.client_id))
    if client is None:
        raise Problem(INTROUVABLE)
    return MonClient(
        client_id=moi.client_id,
        nom=client.creation.nom,
        portees=[portee for portee in Portee if portee in moi.portees],
        fin=client.fin,
    )


async def _answer(endpoint: Endpoint, request: Request, acces: AccesDep) -> Response:
    try:
        return _json(await acces.machines.serveur.answer(endpoint, await _asked(request)))
    except UnreadableForm:
        return _json(Answer(400, {"error": "invalid_request"}))


async def _asked(request: Request) -> Asked:
    return read(await request.body(), request.headers)


def _json(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    challenge = _RECOGNISED if answer.status == 401 else {}
    return JSONResponse(answer.body, answer.status, headers={**challenge, **(headers or {})})
