"""/_test/*: tests change the world, the clock, the keys and the failure switch. JSON bodies only."""

from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict

from faux_proconnect.failures import MODES, Failure, Mode, Target
from faux_proconnect.monde import Client, FournisseurIdentite, Personne
from faux_proconnect.sign_in import Shared


def json_only(request: Request) -> None:
    """A web page of elsewhere can post a form here, not JSON: it would need our CORS consent."""
    if (
        request.method != "GET"
        and request.headers.get("content-type", "").partition(";")[0] != "application/json"
    ):
        raise HTTPException(415, "application/json attendu")


router = APIRouter(prefix="/_test", dependencies=[Depends(json_only)])


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FailureBody(Body):
    mode: Mode
    target: Target = "both"
    delay_s: float = 30.0


class ClockBody(Body):
    """offset_s : décalage sur l'heure réelle.   advance_s : ajout au décalage présent."""

    offset_s: float | None = None
    advance_s: float = 0.0


class RotationBody(Body):
    overlap: bool = True
    publish: bool = True


@router.post("/people")
async def people(body: Personne, provider: Shared) -> Personne:
    """Ajouter ou remplacer une personne."""
    try:
        return provider.monde.placer(body)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


@router.delete("/people/{person_id}")
async def forget_person(person_id: str, provider: Shared) -> dict[str, bool]:
    """Retirer une personne du monde."""
    return {"retiree": provider.monde.personnes.pop(person_id, None) is not None}


@router.post("/providers")
async def providers(body: FournisseurIdentite, provider: Shared) -> FournisseurIdentite:
    """Ajouter ou remplacer un fournisseur d'identité."""
    provider.monde.fournisseurs[body.id] = body
    return body


@router.post("/clients")
async def clients(body: Client, provider: Shared) -> dict[str, str]:
    """Ajouter ou remplacer un service."""
    provider.monde.clients[body.client_id] = body
    return {"client_id": body.client_id}


@router.post("/failure")
async def failure(body: FailureBody, provider: Shared) -> FailureBody:
    """Choisir une panne ; `none` la retire."""
    provider.fail(Failure(body.mode, body.target, body.delay_s))
    return body


@router.post("/clock")
async def clock(body: ClockBody, provider: Shared) -> dict[str, float]:
    """Déplacer l'horloge du fournisseur."""
    if body.offset_s is not None:
        provider.clock.offset_s = body.offset_s
    provider.clock.offset_s += body.advance_s
    return {"offset_s": provider.clock.offset_s, "now": provider.clock.now()}


@router.post("/rotate-keys")
async def rotate_keys(body: RotationBody, provider: Shared) -> dict[str, Any]:
    """Changer les clés de signature."""
    provider.keys.rotate(overlap=body.overlap, publish=body.publish)
    return {"kids": [key.kid for key in provider.keys.published]}


@router.post("/reset")
async def reset(provider: Shared) -> dict[str, bool]:
    """Revenir au départ."""
    provider.reset()
    return {"reset": True}


@router.get("/state")
async def state(provider: Shared) -> dict[str, Any]:
    """Ce que le fournisseur sait, compte et a « envoyé »."""
    return {
        "issuer": provider.issuer,
        "offset_s": provider.clock.offset_s,
        "failure": {"mode": provider.failure.mode, "target": provider.failure.target},
        "modes": list(MODES),
        "kids": [key.kid for key in provider.keys.published],
        "signing_kids": {alg: key.kid for alg, key in provider.keys.current.items()},
        "clients": sorted(provider.monde.clients),
        "providers": {f.id: f.nom for f in provider.monde.fournisseurs.values()},
        "people": {p.id: p.email for p in provider.monde.personnes.values()},
        "mails": [{"to": to, "code": code} for to, code in provider.mails.values()],
        "calls": dict(provider.calls),
        "counts": {
            "interactions": len(provider.interactions),
            "sessions": len(provider.sessions),
            "codes": len(provider.codes),
            "access_tokens": len(provider.access_tokens),
            "refresh_tokens": len(provider.refresh_tokens),
            "accounts": len(provider.comptes),
        },
    }
