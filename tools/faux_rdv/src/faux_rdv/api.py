"""/api/v1: what an agent sees with an access token, a hundred elements a page."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel

from faux_rdv.monde import (
    PER_PAGE,
    Agent,
    Monde,
    Rdv,
    Status,
    Webhook,
    agent_json,
    organisation_json,
    rdv_json,
    user_json,
)
from faux_rdv.oauth import MondeDep

router = APIRouter(prefix="/api/v1")


async def _agent(request: Request, monde: MondeDep) -> Agent:
    monde.calls += 1
    if monde.down:
        raise HTTPException(503)
    scheme, _, access = request.headers.get("authorization", "").partition(" ")
    agent = monde.of_token(access) if scheme == "Bearer" else None
    if agent is None:
        raise HTTPException(401)
    return agent


AgentDep = Annotated[Agent, Depends(_agent)]
Page = Annotated[int, Query(ge=1)]


def _paged(name: str, elements: Sequence[dict[str, Any]], page: int) -> dict[str, Any]:
    pages = -(-len(elements) // PER_PAGE)
    meta = {"current_page": page, "total_count": len(elements), "total_pages": pages}
    return {name: elements[(page - 1) * PER_PAGE : page * PER_PAGE], "meta": meta}


@router.get("/agents/me")
async def me(agent: AgentDep) -> dict[str, Any]:
    return {"agent": agent_json(agent)}


@router.get("/organisations")
async def organisations(agent: AgentDep, page: Page = 1) -> dict[str, Any]:
    return _paged("organisations", [organisation_json(agent.organisation)], page)


@router.get("/users")
async def users(agent: AgentDep, monde: MondeDep, page: Page = 1) -> dict[str, Any]:
    seen = {u.id: u for r in _of(monde, agent) for u, _ in r.participations}
    return _paged("users", [user_json(u) for u in seen.values()], page)


@router.get("/rdvs")
async def rdvs(
    agent: AgentDep,
    monde: MondeDep,
    id: Annotated[str, Query()] = "",  # noqa: A002 - its name
    agent_id: int | None = None,
    starts_after: Annotated[str, Query()] = "",
    starts_before: Annotated[str, Query()] = "",
    page: Page = 1,
) -> dict[str, Any]:
    wanted = {int(one) for one in id.split(",") if one.isdecimal()}
    found = [
        rdv
        for rdv in _of(monde, agent)
        if (not id or rdv.id in wanted)
        and (agent_id is None or rdv.agent.id == agent_id)
        and (not starts_after or rdv.starts_at >= _bound(starts_after))
        and (not starts_before or rdv.starts_at <= _bound(starts_before))
    ]
    return _paged("rdvs", [rdv_json(r) for r in sorted(found, key=lambda r: (r.starts_at, r.id))], page)


class StatusBody(BaseModel):
    status: Status


@router.patch("/rdvs/{rdv_id}/update_status")
async def update_status(rdv_id: int, body: StatusBody, agent: AgentDep, monde: MondeDep) -> dict[str, Any]:
    rdv = monde.rdvs.get(rdv_id)
    if rdv is None or rdv.agent.organisation != agent.organisation:
        raise HTTPException(404)
    rdv.status = body.status
    if not rdv.collectif:
        rdv.participations = [(usager, body.status) for usager, _ in rdv.participations]
    return {"rdv": rdv_json(rdv)}


class WebhookBody(BaseModel):
    target_url: str
    secret: str
    subscriptions: list[str]


@router.get("/organisations/{organisation}/webhook_endpoints")
async def webhooks(
    organisation: int, agent: AgentDep, monde: MondeDep, target_url: str = "", page: Page = 1
) -> dict[str, Any]:
    _mine(agent, organisation)
    found = [
        _webhook_json(w)
        for w in monde.webhooks.values()
        if w.organisation == organisation and target_url in ("", w.target_url)
    ]
    return _paged("webhook_endpoints", found, page)


@router.post("/organisations/{organisation}/webhook_endpoints")
async def add_webhook(
    organisation: int, body: WebhookBody, agent: AgentDep, monde: MondeDep
) -> dict[str, Any]:
    _mine(agent, organisation)
    webhook = Webhook(monde.new_id(), organisation, body.target_url, body.secret, body.subscriptions)
    monde.webhooks[webhook.id] = webhook
    return {"webhook_endpoint": _webhook_json(webhook)}


@router.patch("/organisations/{organisation}/webhook_endpoints/{webhook_id}")
async def change_webhook(
    organisation: int, webhook_id: int, body: WebhookBody, agent: AgentDep, monde: MondeDep
) -> dict[str, Any]:
    _mine(agent, organisation)
    if webhook_id not in monde.webhooks:
        raise HTTPException(404)
    changed = Webhook(webhook_id, organisation, body.target_url, body.secret, body.subscriptions)
    monde.webhooks[webhook_id] = changed
    return {"webhook_endpoint": _webhook_json(changed)}


def _of(monde: Monde, agent: Agent) -> list[Rdv]:
    """What the agent may see: the rendez-vous of the organisation."""
    return [rdv for rdv in monde.rdvs.values() if rdv.agent.organisation == agent.organisation]


def _mine(agent: Agent, organisation: int) -> None:
    if agent.organisation != organisation:
        raise HTTPException(403)


def _bound(text: str) -> dt.datetime:
    try:
        bound = dt.datetime.fromisoformat(text)
    except ValueError:
        raise HTTPException(422) from None
    return bound if bound.tzinfo else bound.replace(tzinfo=dt.UTC)


def _webhook_json(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "organisation_id": webhook.organisation,
        "target_url": webhook.target_url,
        "subscriptions": webhook.subscriptions,
    }
