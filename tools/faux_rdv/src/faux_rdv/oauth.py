"""/oauth: consent page, authorization code (PKCE S256), tokens, refresh, revocation (RFC 7009)."""

import base64
import hashlib
import hmac
import secrets
import time
from html import escape
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from faux_rdv.monde import CODE_SECONDS, Code, Jeton, Monde
from faux_rdv.settings import Settings

_STYLE = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem}" + (
    "input,button{font:inherit;padding:.5rem;width:100%;box-sizing:border-box;margin:.5rem 0}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_MAX_BODY = 16_384
_ASKED = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge")
router = APIRouter(prefix="/oauth")


async def _monde(request: Request) -> Monde:
    return request.app.state.monde


async def _settings(request: Request) -> Settings:
    return request.app.state.settings


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > _MAX_BODY:
        raise HTTPException(413)
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=30))


MondeDep = Annotated[Monde, Depends(_monde)]
SettingsDep = Annotated[Settings, Depends(_settings)]
Form = Annotated[dict[str, str], Depends(_form)]


def _asked(values: dict[str, str], settings: Settings) -> dict[str, str]:
    """The parameters of an authorization request, or 400: nobody is sent anywhere on a wrong one."""
    asked = {name: values.get(name, "") for name in (*_ASKED, "code_challenge_method")}
    right = (
        asked["client_id"] == settings.client_id
        and asked["redirect_uri"] == settings.redirect_uri
        and asked["response_type"] == "code"
        and asked["scope"] == "write"
        and asked["state"]
        and (not asked["code_challenge"] or asked["code_challenge_method"] == "S256")
    )
    if not right:
        raise HTTPException(400, "Demande d’autorisation illisible")
    return asked


@router.get("/authorize")
async def consent(request: Request, settings: SettingsDep) -> HTMLResponse:
    """Who authorizes the application: any address, for nobody here is real."""
    asked = _asked(dict(request.query_params), settings)
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in asked.items())
    origin = urlsplit(settings.redirect_uri)
    policy = (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action 'self' {origin.scheme}://{origin.netloc}"
    )
    page = (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Autoriser La Coop</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>Autoriser La Coop</h1>"
        "<p>Faux RDV Service Public (développement : personne ici n’est réel).</p>"
        f'<form method="post" action="/oauth/authorize">{hidden}'
        '<label for="email">Adresse électronique de l’agent</label>'
        '<input id="email" name="email" type="email" value="lea.martin@ville.exemple.fr" required>'
        '<button name="choix" value="oui">J’autorise La Coop</button>'
        '<button name="choix" value="non" formnovalidate>Refuser</button></form></main></body></html>'
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(page, headers=headers)


@router.post("/authorize")
async def authorize(form: Form, settings: SettingsDep, monde: MondeDep) -> Response:
    """Send the person back with a code, or with their refusal."""
    asked = _asked(form, settings)
    if form.get("choix", "oui") != "oui":
        back = {"error": "access_denied", "state": asked["state"]}
    else:
        code = secrets.token_urlsafe(32)
        email = form.get("email", "").strip().lower()
        if "@" not in email:
            raise HTTPException(400, "Adresse attendue")
        monde.agent(email)
        monde.codes[code] = Code(
            email, asked["redirect_uri"], asked["code_challenge"], time.time() + CODE_SECONDS
        )
        back = {"code": code, "state": asked["state"]}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 303)


@router.post("/token")
async def token(form: Form, settings: SettingsDep, monde: MondeDep) -> JSONResponse:
    """Exchange a code, or a refresh token, which is then spent."""
    monde.calls += 1
    if monde.down:
        raise HTTPException(503)
    if not _is_client(form, settings):
        return JSONResponse({"error": "invalid_client"}, 401)
    match form.get("grant_type"):
        case "authorization_code":
            email = _spend(monde, form)
        case "refresh_token":
            spent = monde.refresh.pop(form.get("refresh_token", ""), None)
            email = spent and spent.email
        case _:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
    if email is None:
        return JSONResponse({"error": "invalid_grant"}, 400)
    return JSONResponse(_tokens(monde, monde.give(email)), headers={"Cache-Control": "no-store"})


@router.post("/revoke")
async def revoke(form: Form, settings: SettingsDep, monde: MondeDep) -> Response:
    """End the grant of this token, of either kind; one that is not known is no fault (RFC 7009 §2.2)."""
    monde.calls += 1
    if monde.down:
        raise HTTPException(503)
    if not _is_client(form, settings):
        return JSONResponse({"error": "invalid_client"}, 401)
    monde.revoke(form.get("token", ""))
    return Response()


def _is_client(form: dict[str, str], settings: Settings) -> bool:
    known = hmac.compare_digest(form.get("client_secret", "").encode(), settings.client_secret.encode())
    return form.get("client_id") == settings.client_id and known


def _spend(monde: Monde, form: dict[str, str]) -> str | None:
    """Whose code this is; None when it is unknown, used, late, or not proven."""
    code = monde.codes.pop(form.get("code", ""), None)
    if code is None or code.until < time.time() or code.redirect_uri != form.get("redirect_uri"):
        return None
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return None if code.challenge and code.challenge != proof else code.email


def _tokens(monde: Monde, jeton: Jeton) -> dict[str, Any]:
    return {
        "access_token": jeton.access,
        "token_type": "Bearer",
        "expires_in": monde.token_seconds,
        "refresh_token": jeton.refresh,
        "scope": "write",
        "created_at": int(time.time()),
    }
