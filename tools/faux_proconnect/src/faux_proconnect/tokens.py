"""/token, /token/introspection, /token/revocation, /userinfo, /jwks and discovery."""

import asyncio
import base64
import hashlib
import json
import re
import secrets
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from faux_proconnect.claims import SCOPE_CLAIMS, id_token_claims, userinfo_claims
from faux_proconnect.forms import BadForm, read_form
from faux_proconnect.keys import ALGORITHMS
from faux_proconnect.monde import KNOWN_SCOPES, LEVELS, Client
from faux_proconnect.provider import ACCESS_TOKEN_S, ID_TOKEN_S, Grant, Provider
from faux_proconnect.sign_in import Shared
from faux_proconnect.signing import signed

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
CACHEABLE = {"Cache-Control": "public, max-age=600"}
NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter()


class OAuthError(Exception):
    """Answered as JSON, RFC 6749 §5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


async def _broken(provider: Provider, endpoint: Literal["token", "userinfo", "jwks"]) -> Response | None:
    """The answer of an endpoint that the failure switch broke."""
    provider.calls[endpoint] += 1
    match provider.failure.mode.removeprefix(f"{endpoint}_"):
        case "html":
            return HTMLResponse("<!doctype html><title>Maintenance</title><p>Maintenance en cours.")
        case "500":
            return JSONResponse({"error": "server_error"}, 500)
        case "timeout":
            await asyncio.sleep(provider.failure.delay_s)
            return JSONResponse({"error": "temporarily_unavailable"}, 504)
        case _:
            return None


async def _client_form(request: Request, provider: Provider) -> tuple[Client, dict[str, str]]:
    """The authenticated client and the form; HTTP Basic is not a method here."""
    if "authorization" in request.headers:
        raise OAuthError("invalid_client", "HTTP authentication is not supported", 401)
    try:
        pairs = await read_form(request)
    except BadForm as error:
        raise OAuthError("invalid_request", str(error)) from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise OAuthError("invalid_request", "repeated parameter")
    assertion = values.get("client_assertion")
    client_id = values.get("client_id") or (_unverified_issuer(assertion) if assertion else "")
    client = provider.monde.clients.get(client_id)
    if client is None or not client.actif:
        raise OAuthError("invalid_client", "client authentication failed", 401)
    if client.auth_method == "private_key_jwt":
        proven = "client_secret" not in values and _assertion_proves(provider, client, values)
    else:
        given, expected = values.get("client_secret", ""), client.client_secret or ""
        proven = bool(expected) and assertion is None
        proven = proven and secrets.compare_digest(given.encode(), expected.encode())
    if not proven:
        raise OAuthError("invalid_client", "client authentication failed", 401)
    return client, values


def _unverified_issuer(assertion: str) -> str:
    """`iss` of a client assertion, only to find whose keys verify it."""
    try:
        payload = assertion.split(".")[1]
        issuer = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iss"]
    except (IndexError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return issuer if isinstance(issuer, str) else ""


def _assertion_proves(provider: Provider, client: Client, values: dict[str, str]) -> bool:
    """RFC 7523: signed by the client, for us, alive, and never seen before."""
    if values.get("client_assertion_type") != ASSERTION_TYPE or client.jwks is None:
        return False
    try:
        keys: Any = client.jwks
        token = jwt.decode(
            values.get("client_assertion", ""), KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)
        )
    except (JoseError, ValueError):
        return False
    claims, now = token.claims, provider.clock.now()
    audience: Any = claims.get("aud")
    audiences: list[Any] = audience if isinstance(audience, list) else [audience]
    ours = any(accepted in audiences for accepted in (provider.issuer, f"{provider.issuer}/token"))
    expires, identifier = claims.get("exp"), claims.get("jti")
    if not ours or claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        return False
    if (
        not isinstance(expires, int | float)
        or not now < expires <= now + 600
        or not isinstance(identifier, str)
    ):
        return False
    if provider.assertions.get(identifier):
        return False
    provider.assertions.put(identifier, True)
    return True


@router.post("/token")
async def token(request: Request, provider: Shared) -> Response:
    """Exchange a code, or a refresh token."""
    broken = await _broken(provider, "token")
    if broken is not None:
        return broken
    client, values = await _client_form(request, provider)
    match values.get("grant_type"):
        case "authorization_code":
            grant = _redeem(provider, client, values)
        case "refresh_token":
            found = provider.refresh_tokens.get(values.get("refresh_token", ""))
            if found is None or found.request.client.client_id != client.client_id:
                raise OAuthError("invalid_grant", "grant request is invalid")
            provider.refresh_tokens.pop(values["refresh_token"])
            grant = found
        case None:
            raise OAuthError("invalid_request", "missing required parameter 'grant_type'")
        case _:
            raise OAuthError("unsupported_grant_type", "unsupported grant_type requested")
    return JSONResponse(_answer(provider, client, grant), headers=NO_STORE)


def _redeem(provider: Provider, client: Client, values: dict[str, str]) -> Grant:
    """The grant of a code; every refusal is the same `invalid_grant`."""
    refused = OAuthError("invalid_grant", "grant request is invalid")
    grant = provider.codes.get(values.get("code", ""))
    if grant is None or grant.request.client.client_id != client.client_id:
        raise refused
    if values.get("redirect_uri") != grant.request.redirect_uri:
        raise refused
    challenge, verifier = grant.request.code_challenge, values.get("code_verifier")
    if challenge is None:
        if verifier is not None:
            raise refused
    elif verifier is None or not VERIFIER.fullmatch(verifier) or not _matches(verifier, challenge):
        raise refused
    if grant.used:
        provider.revoke_grant(grant)
        raise refused
    grant.used = True
    return grant


def _matches(verifier: str, challenge: str) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return secrets.compare_digest(digest, challenge.encode())


def _answer(provider: Provider, client: Client, grant: Grant) -> dict[str, Any]:
    access_token, refresh_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    provider.access_tokens.put(access_token, grant)
    provider.refresh_tokens.put(refresh_token, grant)
    mode = provider.failure.hits("id_token")
    return {
        "access_token": access_token,
        "refresh_token": refresh_token,
        "expires_in": ACCESS_TOKEN_S,
        "id_token": signed(
            id_token_claims(provider, grant), client.alg, provider.keys, client.client_secret or "", mode
        ),
        "scope": " ".join(grant.request.scopes),
        "token_type": "Bearer",
    }


@router.post("/token/introspection")
async def introspection(request: Request, provider: Shared) -> Response:
    """RFC 7662."""
    client, values = await _client_form(request, provider)
    grant = provider.access_tokens.get(values.get("token", ""))
    if grant is None or grant.request.client.client_id != client.client_id:
        return JSONResponse({"active": False}, headers=NO_STORE)
    body = {"active": True, "client_id": client.client_id, "sub": grant.authentication.sub}
    return JSONResponse({**body, "scope": " ".join(grant.request.scopes)}, headers=NO_STORE)


@router.post("/token/revocation")
async def revocation(request: Request, provider: Shared) -> Response:
    """RFC 7009."""
    client, values = await _client_form(request, provider)
    for memory in (provider.access_tokens, provider.refresh_tokens):
        grant = memory.get(values.get("token", ""))
        if grant is not None and grant.request.client.client_id == client.client_id:
            memory.pop(values["token"])
    return Response(status_code=200, headers=NO_STORE)


@router.get("/userinfo")
async def userinfo(request: Request, provider: Shared) -> Response:
    """The person, as a signed JWT (`application/jwt`), or JSON for a client without algorithm."""
    broken = await _broken(provider, "userinfo")
    if broken is not None:
        return broken
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    grant = provider.access_tokens.get(bearer.strip()) if scheme.lower() == "bearer" else None
    if grant is None:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return JSONResponse({"error": "invalid_token"}, 401, headers=challenge)
    client = grant.request.client
    claims = userinfo_claims(provider, grant)
    mode = provider.failure.hits("userinfo")
    if mode == "sub_swapped":
        claims["sub"] = "00000000-0000-4000-8000-000000000000"
    if provider.failure.mode == "userinfo_json" or not client.userinfo_signe:
        return JSONResponse(claims, headers=NO_STORE)
    now = int(provider.clock.now())
    claims |= {"iss": provider.issuer, "aud": client.client_id, "iat": now, "exp": now + ID_TOKEN_S}
    text = signed(claims, client.alg, provider.keys, client.client_secret or "", mode)
    return Response(text, media_type="application/jwt", headers=NO_STORE)


@router.get("/jwks")
async def jwks(provider: Shared) -> Response:
    """The public keys."""
    broken = await _broken(provider, "jwks")
    return broken or JSONResponse(provider.keys.jwks(), headers=CACHEABLE)


@router.get("/.well-known/openid-configuration")
async def discovery(provider: Shared) -> Response:
    """What this provider can do; it lists all three algorithms, whatever a client registered."""
    provider.calls["discovery"] += 1
    issuer, algorithms = provider.issuer, ["HS256", "ES256", "RS256"]
    methods, proofs = ["client_secret_post", "private_key_jwt"], ["ES256", "RS256"]
    names = sorted(SCOPE_CLAIMS.get(scope, scope) for scope in KNOWN_SCOPES - {"openid"})
    document = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/session/end",
        "introspection_endpoint": f"{issuer}/token/introspection",
        "revocation_endpoint": f"{issuer}/token/revocation",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "scopes_supported": sorted(KNOWN_SCOPES),
        "acr_values_supported": list(LEVELS),
        "claims_supported": ["sub", "acr", "amr", "auth_time", "iss", "sid", *names],
        "id_token_signing_alg_values_supported": algorithms,
        "userinfo_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": proofs,
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
    return JSONResponse(document, headers=CACHEABLE)
