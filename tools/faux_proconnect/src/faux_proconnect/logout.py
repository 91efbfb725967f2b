"""/session/end: the person leaves ProConnect, then goes back to us (docs/domaine/proconnect.md §7)."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.errors import JoseError

from faux_proconnect import pages
from faux_proconnect.authorization import PageError, single
from faux_proconnect.keys import ALGORITHMS
from faux_proconnect.monde import Client
from faux_proconnect.provider import Provider
from faux_proconnect.sign_in import SESSION_COOKIE, Shared

KNOWN = frozenset({"id_token_hint", "client_id", "post_logout_redirect_uri", "state"})

router = APIRouter()


@router.get("/session/end")
async def session_end(request: Request, provider: Shared) -> Response:
    """End the session of this browser."""
    provider.calls["session_end"] += 1
    values = single(list(request.query_params.multi_items()), KNOWN)
    client = _client(provider, values)
    target = values.get("post_logout_redirect_uri")
    if target is not None:
        if client is None or target not in client.post_logout_redirect_uris:
            raise PageError("Y030111", "L'adresse de retour après déconnexion n'est pas enregistrée.")
        if len(values.get("state", "")) < 32:
            raise PageError("Y000400", "Paramètre state : 32 caractères au moins.")
    provider.end_session(request.cookies.get(SESSION_COOKIE, ""))
    if target is None:
        response: Response = pages.signed_out_page()
    else:
        separator = "&" if "?" in target else "?"
        response = RedirectResponse(f"{target}{separator}{urlencode({'state': values['state']})}", 303)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
    return response


def _client(provider: Provider, values: dict[str, str]) -> Client | None:
    """Whose logout it is: the audience of the hint, even expired, else `client_id`."""
    named = values.get("client_id")
    hint = values.get("id_token_hint")
    if hint is not None:
        audience = _hinted(provider, hint).get("aud")
        if named is not None and named != audience:
            raise PageError("Y000400", "client_id ne correspond pas à id_token_hint.")
        named = audience if isinstance(audience, str) else None
    client = provider.monde.clients.get(named or "")
    if client is None and named is not None:
        raise PageError("invalid_client", "Ce service n'est pas connu de ProConnect.")
    return client


def _hinted(provider: Provider, hint: str) -> dict[str, Any]:
    try:
        claims = jwt.decode(hint, provider.keys.known_set(), algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError) as error:
        raise PageError("Y000400", "Paramètre id_token_hint invalide.") from error
    if claims.get("iss") != provider.issuer:
        raise PageError("Y000400", "Paramètre id_token_hint invalide.")
    return claims
