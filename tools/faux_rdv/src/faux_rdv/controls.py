"""/_test/*: tests add and remove rendez-vous, send webhooks, right or wrong, and switch the service off.

JSON bodies only: a web page of elsewhere can post a form here, not JSON.
"""

import datetime as dt
import hashlib
import hmac
import json
from typing import Any, Literal

import httpx2
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict

from faux_rdv.monde import Rdv, Status, Usager, rdv_json
from faux_rdv.oauth import MondeDep

SIGNATURE = "X-Lapin-Signature"
"""Hexadecimal HMAC-SHA256 of the body, under the secret of the endpoint."""


async def _json_only(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if request.method not in ("GET", "DELETE") and media_type != "application/json":
        raise HTTPException(415, "application/json attendu")


router = APIRouter(prefix="/_test", dependencies=[Depends(_json_only)])


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UsagerBody(Body):
    first_name: str
    last_name: str
    email: str | None = None
    phone_number: str | None = None
    birth_date: str | None = "1900-01-01"
    address: str | None = None
    status: Status = "unknown"


class RdvBody(Body):
    """id : of one that exists, to replace it."""

    id: int | None = None
    email: str
    starts_at: dt.datetime
    duration_in_min: int = 30
    collectif: bool = False
    motif: str = "Aide à une démarche en ligne"
    lieu: str = "Médiathèque d’Exemple"
    name: str | None = None
    status: Status = "unknown"
    users: list[UsagerBody] = []


class WebhookOrder(Body):
    """How to tell of a rendez-vous. signature : right by default.   late_s : age that the message gives."""

    rdv_id: int
    event: Literal["created", "updated", "destroyed"] = "updated"
    signature: Literal["right", "wrong", "none"] = "right"
    late_s: float = 0.0
    organisation: int | None = None


class SwitchBody(Body):
    down: bool | None = None
    expire_tokens: bool = False
    forget_refresh: bool = False


@router.post("/rdvs")
async def add(body: RdvBody, monde: MondeDep) -> dict[str, Any]:
    """Add a rendez-vous to an agent, or replace it."""
    people: list[tuple[Usager, Status]] = [
        (Usager(monde.new_id(), **one.model_dump(exclude={"status"})), one.status) for one in body.users
    ]
    rdv_id = body.id if body.id is not None else monde.new_id()
    said = body.model_dump(exclude={"id", "email", "users"})
    monde.rdvs[rdv_id] = Rdv(rdv_id, monde.agent(body.email), participations=people, **said)
    return rdv_json(monde.rdvs[rdv_id])


@router.delete("/rdvs/{rdv_id}")
async def remove(rdv_id: int, monde: MondeDep) -> dict[str, bool]:
    return {"removed": monde.rdvs.pop(rdv_id, None) is not None}


@router.post("/webhook")
async def send(body: WebhookOrder, monde: MondeDep) -> dict[str, Any]:
    """Tell the endpoints of the organisation; gives what each was sent and answered, to send it again."""
    rdv = monde.rdvs.get(body.rdv_id)
    if rdv is None:
        raise HTTPException(404)
    when = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=body.late_s)).isoformat()
    meta = {"model": "Rdv", "event": body.event, "event_occurred_at": when, "payload_computed_at": when}
    data = rdv_json(rdv)
    if body.organisation is not None:
        data["organisation"] = {**data["organisation"], "id": body.organisation}
    text = json.dumps({"data": data, "meta": meta}, ensure_ascii=False)
    sent: list[dict[str, Any]] = []
    for endpoint in list(monde.webhooks.values()):
        if endpoint.organisation != rdv.agent.organisation or "rdv" not in endpoint.subscriptions:
            continue
        secret = endpoint.secret if body.signature == "right" else "un autre"
        mark = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        headers |= {} if body.signature == "none" else {SIGNATURE: mark}
        async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
            try:
                answer = await http.post(endpoint.target_url, content=text.encode(), headers=headers)
                status = answer.status_code
            except httpx2.HTTPError:
                status = 0
        sent.append({"url": endpoint.target_url, "body": text, "headers": headers, "status": status})
    return {"sent": sent}


@router.post("/switch")
async def switch(body: SwitchBody, monde: MondeDep) -> dict[str, bool]:
    """Stop answering, answer again, end the access tokens, forget the refresh tokens."""
    if body.down is not None:
        monde.down = body.down
    if body.expire_tokens:
        for jeton in monde.jetons.values():
            jeton.until = 0
    if body.forget_refresh:
        monde.refresh.clear()
    return {"down": monde.down}


@router.post("/reset")
async def reset(request: Request, monde: MondeDep) -> dict[str, bool]:
    """Forget everybody, identifiers aside."""
    request.app.state.monde = monde.anew()
    return {"reset": True}


@router.get("/state")
async def state(monde: MondeDep) -> dict[str, Any]:
    return {
        "calls": monde.calls,
        "agents": {a.email: a.id for a in monde.agents.values()},
        "tokens": len({j.access for j in (*monde.jetons.values(), *monde.refresh.values())}),
        "rdvs": {rdv.id: rdv.status for rdv in monde.rdvs.values()},
        "webhooks": [{"organisation": w.organisation, "url": w.target_url} for w in monde.webhooks.values()],
    }
