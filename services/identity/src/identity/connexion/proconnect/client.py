"""The OIDC client of ProConnect: discovery, keys, authorization URL, exchange, userinfo, end of session.

Written on httpx2 and joserfc rather than Authlib: two requests and two strict decodes, with nothing of a
framework's defaults to override (state and nonce lengths, algorithm list, audience, JSON userinfo, logs).
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import httpx2
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from identity.connexion.proconnect import verification
from identity.connexion.proconnect.errors import IssuerMismatch, Reason, SigninFailed
from identity.connexion.proconnect.verification import IdToken, Userinfo

log = structlog.get_logger()

_MAX_BODY = 64 * 1024
_DISCOVERY_SECONDS = 86_400
_JWKS_SECONDS = 600
_JWKS_REFETCH_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Registration:
    """Our registration at ProConnect. The three addresses are exact: a trailing slash counts."""

    issuer: str
    client_id: str
    client_secret: str
    algorithm: Literal["RS256", "ES256"]
    scopes: str
    pkce: bool
    redirect_uri: str
    post_logout_redirect_uri: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A complete sign-in. id_token : as received, the hint of the logout."""

    token: IdToken
    person: Userinfo
    id_token: str


class ProConnect:
    """One per process. `now` gives seconds since 1970."""

    def __init__(
        self, registration: Registration, http: httpx2.AsyncClient, now: Callable[[], float]
    ) -> None:
        self.registration = registration
        self._http = http
        self._now = now
        self._metadata: Mapping[str, Any] = {}
        self._metadata_at = float("-inf")
        self._keys = KeySet([])
        self._keys_at = float("-inf")

    async def load(self) -> None:
        """Fetch the discovery document. Raises IssuerMismatch, or SigninFailed when it cannot be read."""
        response = await self._get(f"{self.registration.issuer}/.well-known/openid-configuration")
        metadata = _json(response)
        if metadata.get("issuer") != self.registration.issuer:
            raise IssuerMismatch
        names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        for name in (*names, "end_session_endpoint"):
            if not isinstance(metadata.get(name), str):
                raise SigninFailed(Reason.BAD_ANSWER, name)
        self._metadata, self._metadata_at = metadata, self._now()

    async def authorization_url(
        self, *, state: str, nonce: str, verifier: str, mfa: bool, login_hint: str | None = None
    ) -> str:
        """Where the browser goes to sign in."""
        acr = {"essential": True, "values": list(verification.MFA_LEVELS)} if mfa else None
        parameters = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": self.registration.redirect_uri,
            "scope": self.registration.scopes,
            "state": state,
            "nonce": nonce,
            "claims": json.dumps({"id_token": {"acr": acr, "amr": None}}, separators=(",", ":")),
        }
        if self.registration.pkce:
            digest = hashlib.sha256(verifier.encode()).digest()
            parameters["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            parameters["code_challenge_method"] = "S256"
        if login_hint:
            parameters["login_hint"] = login_hint
        return f"{await self._endpoint('authorization_endpoint')}?{urlencode(parameters)}"

    async def check_issuer(self, received: str | None) -> None:
        """RFC 9207: the callback's `iss` is ours; required as soon as the provider says that it sends it."""
        await self._fresh_metadata()
        if received is None and self._metadata.get("authorization_response_iss_parameter_supported"):
            raise SigninFailed(Reason.BAD_ISSUER, "missing")
        if received is not None and received != self.registration.issuer:
            raise SigninFailed(Reason.BAD_ISSUER, "forged")

    async def finish(self, code: str, verifier: str, nonce: str, *, mfa: bool) -> SignedIn:
        """Exchange the code, check the ID token, fetch and check the signed userinfo. Raises SigninFailed.

        The access and refresh tokens end here: neither is kept.
        """
        access_token, raw_id_token = await self._exchange(code, verifier)
        r = self.registration
        token = verification.id_token(
            await self._decode(raw_id_token),
            issuer=r.issuer,
            client_id=r.client_id,
            nonce=nonce,
            now=int(self._now()),
            mfa=mfa,
        )
        response = await self._get(
            await self._endpoint("userinfo_endpoint"), {"Authorization": f"Bearer {access_token}"}
        )
        if response.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/jwt":
            raise SigninFailed(Reason.BAD_ANSWER, "userinfo")
        try:
            signed = response.content.decode("ascii").strip()
        except UnicodeDecodeError as error:
            raise SigninFailed(Reason.BAD_ANSWER, "userinfo") from error
        person = verification.userinfo(
            await self._decode(signed),
            issuer=r.issuer,
            client_id=r.client_id,
            sub=token.sub,
            now=int(self._now()),
        )
        return SignedIn(token, person, raw_id_token)

    async def end_session_url(self, state: str, id_token: str | None) -> str:
        """Where the browser goes to leave ProConnect. Without the ID token, `client_id` replaces it."""
        hint = {"id_token_hint": id_token} if id_token else {"client_id": self.registration.client_id}
        parameters = {
            **hint,
            "state": state,
            "post_logout_redirect_uri": self.registration.post_logout_redirect_uri,
        }
        return f"{await self._endpoint('end_session_endpoint')}?{urlencode(parameters)}"

    async def _exchange(self, code: str, verifier: str) -> tuple[str, str]:
        r = self.registration
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": r.redirect_uri,
            "client_id": r.client_id,
            "client_secret": r.client_secret,
        }
        if r.pkce:
            form["code_verifier"] = verifier
        url = await self._endpoint("token_endpoint")
        response = await self._send(self._http.build_request("POST", url, data=form))
        if response.status_code in (400, 401, 403):
            raise SigninFailed(Reason.EXCHANGE_REFUSED, str(response.status_code))
        if response.status_code != 200:
            raise SigninFailed(Reason.PROVIDER_UNREACHABLE, str(response.status_code))
        tokens = _json(response)
        access, id_token = tokens.get("access_token"), tokens.get("id_token")
        if not isinstance(access, str) or not isinstance(id_token, str) or not access or not id_token:
            raise SigninFailed(Reason.BAD_ANSWER, "token")
        if str(tokens.get("token_type", "")).lower() != "bearer" or not access.isascii():
            raise SigninFailed(Reason.BAD_ANSWER, "token")
        return access, id_token

    async def _decode(self, token: str) -> Mapping[str, Any]:
        await self._load_keys(_JWKS_SECONDS)
        try:
            return verification.decode(token, self._keys, self.registration.algorithm)
        except SigninFailed as error:
            # Perhaps a key published since: look again, at most every 30 s (an attacker names the `kid`).
            if error.detail != "InvalidKeyIdError" or not await self._load_keys(_JWKS_REFETCH_SECONDS):
                raise
        return verification.decode(token, self._keys, self.registration.algorithm)

    async def _load_keys(self, older_than: float) -> bool:
        """Fetch the JWKS when ours is older than that. True when it was fetched."""
        if self._now() - self._keys_at < older_than:
            return False
        try:
            response = await self._get(await self._endpoint("jwks_uri"))
            document: Any = _json(response)
            keys = KeySet.import_key_set(document)
        except (SigninFailed, JoseError, KeyError, ValueError, TypeError) as error:
            # Keep the last keys, but for as long as a cached JWKS may be trusted at most.
            if self._now() - self._keys_at < 6 * _JWKS_SECONDS:
                log.warning("proconnect_jwks_kept", error=type(error).__name__)
                return False
            raise SigninFailed(Reason.PROVIDER_UNREACHABLE, "jwks") from error
        self._keys, self._keys_at = keys, self._now()
        return True

    async def _endpoint(self, name: str) -> str:
        await self._fresh_metadata()
        return self._metadata[name]

    async def _fresh_metadata(self) -> None:
        if self._now() - self._metadata_at < _DISCOVERY_SECONDS:
            return
        try:
            await self.load()
        except SigninFailed:
            if not self._metadata:
                raise
            log.warning("proconnect_discovery_kept")
        except IssuerMismatch as error:
            raise SigninFailed(Reason.BAD_ISSUER, "discovery") from error

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        response = await self._send(self._http.build_request("GET", url, headers=dict(headers or {})))
        if response.status_code != 200:
            raise SigninFailed(Reason.PROVIDER_UNREACHABLE, str(response.status_code))
        return response

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        """Send, follow nothing, and read a bounded body."""
        try:
            response = await self._http.send(request, stream=True, follow_redirects=False)
            try:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _MAX_BODY:
                        raise SigninFailed(Reason.BAD_ANSWER, "too_long")
            finally:
                await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise SigninFailed(Reason.PROVIDER_UNREACHABLE, type(error).__name__) from error
        return httpx2.Response(
            response.status_code,
            headers={"content-type": response.headers.get("content-type", "")},
            content=bytes(body),
            request=request,
        )


def _json(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise SigninFailed(Reason.BAD_ANSWER, "json") from error
    if not isinstance(document, dict):
        raise SigninFailed(Reason.BAD_ANSWER, "json")
    return document
