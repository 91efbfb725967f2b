"""OAuth 2.0 and OpenID Connect as Authlib writes and checks them, behind types of ours.

Messages are returned, never sent: sending is in `sending`. Our own rules, stricter, are in `verification`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.claims import ClaimsOption, JWTClaims
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import ECKey, RSAKey

from identity.connexion.proconnect.errors import IssuerMismatch, Reason, SigninFailed

LEEWAY = 60
"""Seconds of clock difference tolerated."""
_ASSERTION_SECONDS = 60
_LONGEST_URL = 2048


@dataclass(frozen=True, slots=True)
class Registration:
    """Our registration at ProConnect. The three addresses are exact: a trailing slash counts."""

    issuer: str
    client_id: str
    proof: str | RSAKey | ECKey
    """The secret (`client_secret_post`), or the private key (`private_key_jwt`)."""
    algorithm: Literal["RS256", "ES256"]
    scopes: str
    pkce: bool
    redirect_uri: str
    post_logout_redirect_uri: str


@dataclass(frozen=True, slots=True)
class Provider:
    """What the discovery document says of the provider, checked."""

    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    end_session_endpoint: str
    sends_iss: bool
    """The callback carries `iss` (RFC 9207)."""


class TokenRequest(NamedTuple):
    """A POST to the token endpoint."""

    url: str
    headers: Mapping[str, str]
    form: str


def provider(document: Mapping[str, Any], issuer: str) -> Provider:
    """Read a discovery document. Raises IssuerMismatch, or SigninFailed naming the field at fault.

    Every endpoint has the issuer's origin: our secret and the person's tokens go nowhere else.
    """
    if document.get("issuer") != issuer:
        raise IssuerMismatch
    try:
        OpenIDProviderMetadata(document).validate()
    except (ValueError, TypeError, AttributeError) as error:
        raise SigninFailed(Reason.BAD_ANSWER, "discovery") from error

    def endpoint(name: str) -> str:
        url: object = document.get(name)
        if not isinstance(url, str) or not _same_origin(url, issuer):
            raise SigninFailed(Reason.BAD_ANSWER, name)
        return url

    return Provider(
        authorization_endpoint=endpoint("authorization_endpoint"),
        token_endpoint=endpoint("token_endpoint"),
        userinfo_endpoint=endpoint("userinfo_endpoint"),
        jwks_uri=endpoint("jwks_uri"),
        end_session_endpoint=endpoint("end_session_endpoint"),
        sends_iss=document.get("authorization_response_iss_parameter_supported") is True,
    )


def authorization_uri(
    endpoint: str,
    registration: Registration,
    *,
    state: str,
    nonce: str,
    verifier: str,
    claims: str,
    login_hint: str | None,
) -> str:
    """Where the browser goes to sign in. claims : the OpenID Connect parameter of that name, in JSON."""
    pkce = registration.pkce
    return prepare_grant_uri(
        endpoint,
        registration.client_id,
        "code",
        redirect_uri=registration.redirect_uri,
        scope=registration.scopes,
        state=state,
        nonce=nonce,
        claims=claims,
        code_challenge=create_s256_code_challenge(verifier) if pkce else None,
        code_challenge_method="S256" if pkce else None,
        login_hint=login_hint,
    )


def token_request(
    endpoint: str, registration: Registration, *, code: str, verifier: str, now: int
) -> TokenRequest:
    """The exchange of a code, with the proof of who we are. now : seconds since 1970."""
    form = prepare_token_request(
        "authorization_code",
        code=code,
        redirect_uri=registration.redirect_uri,
        code_verifier=verifier if registration.pkce else None,
    )
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    return TokenRequest(*_client_auth(registration, now).prepare("POST", endpoint, headers, form))


def end_session_uri(endpoint: str, registration: Registration, state: str, id_token: str | None) -> str:
    """Where the browser goes to leave. Without the ID token, `client_id` replaces it."""
    hint = ("id_token_hint", id_token) if id_token else ("client_id", registration.client_id)
    back = ("post_logout_redirect_uri", registration.post_logout_redirect_uri)
    return add_params_to_uri(endpoint, [hint, ("state", state), back])


def check_id_token(
    claims: Mapping[str, Any], registration: Registration, *, nonce: str, access_token: str, now: int
) -> None:
    """What the standard says of an ID token: dates, issuer, nonce, `azp`, `at_hash`. Raises SigninFailed."""
    options = _options(registration) | {"nonce": ClaimsOption(essential=True)}
    params = {"client_id": registration.client_id, "nonce": nonce, "access_token": access_token}
    _check(CodeIDToken(dict(claims), {"alg": registration.algorithm}, options, params), now)


def check_userinfo(claims: Mapping[str, Any], registration: Registration, *, sub: str, now: int) -> None:
    """What it says of a signed userinfo: dates, issuer, and the ID token's `sub`. Raises SigninFailed."""
    options = _options(registration) | {"sub": ClaimsOption(essential=True, value=sub)}
    _check(JWTClaims(dict(claims), {"alg": registration.algorithm}, options), now)


def _options(registration: Registration) -> dict[str, ClaimsOption]:
    return {
        "iss": ClaimsOption(essential=True, value=registration.issuer),
        "aud": ClaimsOption(essential=True, value=registration.client_id),
        "exp": ClaimsOption(essential=True),
    }


class _Claims(Protocol):
    """The only thing asked of Authlib's claims classes."""

    def validate(self, now: int, leeway: int) -> None: ...


def _check(claims: _Claims, now: int) -> None:
    try:
        claims.validate(now, LEEWAY)
    except ClaimError as error:
        match error.error, error.claim:
            case "missing_claim", "sub":
                raise SigninFailed(Reason.MISSING_CLAIM, "sub") from error
            case _, "sub":
                raise SigninFailed(Reason.BAD_SUB) from error
            case _, claim:
                raise SigninFailed(Reason.BAD_CLAIM, claim) from error
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise SigninFailed(Reason.BAD_CLAIM, type(error).__name__) from error


def _client_auth(registration: Registration, now: int) -> ClientAuth:
    """Made anew for each request: Authlib would keep the claims it is given, `jti` included."""
    key = registration.proof
    if isinstance(key, str):
        return ClientAuth(registration.client_id, key, "client_secret_post")
    claims = {"iat": now, "exp": now + _ASSERTION_SECONDS}
    alg = "ES256" if isinstance(key, ECKey) else "RS256"
    return ClientAuth(registration.client_id, key, PrivateKeyJWT(None, claims, {"kid": key.kid}, alg))


def _same_origin(url: str, issuer: str) -> bool:
    # No user, no fragment, nothing that a browser and httpx2 could read differently.
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or set(url) & set(" \\@#"):
        return False
    theirs, ours = urlsplit(url), urlsplit(issuer)
    return (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc)
