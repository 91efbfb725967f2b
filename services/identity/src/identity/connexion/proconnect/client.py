"""The OIDC client of ProConnect: discovery, keys, authorization URL, exchange, userinfo, end of session.

Messages and standard checks are Authlib's (`oidc`), tokens are opened by joserfc (`verification`), sending is
ours (`sending`). Here: the order of things, what is kept and for how long.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from joserfc.jwk import KeySet
from process.kept import Kept, Unread

from identity.connexion.proconnect import oidc, verification
from identity.connexion.proconnect.errors import IssuerMismatch, Reason, SigninFailed
from identity.connexion.proconnect.oidc import Provider, Registration
from identity.connexion.proconnect.sending import Sender
from identity.connexion.proconnect.verification import IdToken, Userinfo

_DISCOVERY_SECONDS = 86_400
_JWKS_SECONDS = 600
_JWKS_TRUSTED_SECONDS = 3_600
"""Keys that nobody confirmed for so long are not believed any more."""


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
        self._sender = Sender(http)
        self._now = now
        self._provider = Kept("proconnect_discovery", self._read_provider, fresh=_DISCOVERY_SECONDS)
        self._keys = Kept(
            "proconnect_jwks", self._read_keys, fresh=_JWKS_SECONDS, usable=_JWKS_TRUSTED_SECONDS
        )

    async def load(self) -> None:
        """Fetch the discovery document. Raises IssuerMismatch, or SigninFailed when it cannot be read."""
        try:
            await self._provider.get()
        except Unread as unread:
            raise unread.failure from None

    async def close(self) -> None:
        await self._provider.close()
        await self._keys.close()

    async def authorization_url(
        self, *, state: str, nonce: str, verifier: str, mfa: bool, login_hint: str | None = None
    ) -> str:
        """Where the browser goes to sign in."""
        acr = {"essential": True, "values": list(verification.MFA_LEVELS)} if mfa else None
        return oidc.authorization_uri(
            (await self._discovered()).authorization_endpoint,
            self.registration,
            state=state,
            nonce=nonce,
            verifier=verifier,
            claims=json.dumps({"id_token": {"acr": acr, "amr": None}}, separators=(",", ":")),
            login_hint=login_hint,
        )

    async def check_issuer(self, received: str | None) -> None:
        """RFC 9207: the callback's `iss` is ours; required as soon as the provider says that it sends it."""
        provider = await self._discovered()
        if received is None and provider.sends_iss:
            raise SigninFailed(Reason.BAD_ISSUER, "missing")
        if received is not None and received != self.registration.issuer:
            raise SigninFailed(Reason.BAD_ISSUER, "forged")

    async def finish(self, code: str, verifier: str, nonce: str, *, mfa: bool) -> SignedIn:
        """Exchange the code, check the ID token, fetch and check the signed userinfo. Raises SigninFailed.

        The access and refresh tokens end here: neither is kept.
        """
        provider = await self._discovered()
        access_token, raw_id_token = await self._exchange(provider, code, verifier)
        token = verification.id_token(
            await self._decode(raw_id_token),
            self.registration,
            nonce=nonce,
            access_token=access_token,
            now=int(self._now()),
            mfa=mfa,
        )
        answer = await self._sender.get(
            provider.userinfo_endpoint,
            {"Accept": "application/jwt", "Authorization": f"Bearer {access_token}"},
        )
        if answer.media_type != "application/jwt" or not answer.body.isascii():
            raise SigninFailed(Reason.BAD_ANSWER, "userinfo")
        signed = answer.body.decode().strip()
        person = verification.userinfo(
            await self._decode(signed), self.registration, sub=token.sub, now=int(self._now())
        )
        return SignedIn(token, person, raw_id_token)

    async def end_session_url(self, state: str, id_token: str | None) -> str:
        """Where the browser goes to leave ProConnect. Without the ID token, `client_id` replaces it."""
        endpoint = (await self._discovered()).end_session_endpoint
        return oidc.end_session_uri(endpoint, self.registration, state, id_token)

    async def _exchange(self, provider: Provider, code: str, verifier: str) -> tuple[str, str]:
        """The access token and the ID token."""
        request = oidc.token_request(
            provider.token_endpoint, self.registration, code=code, verifier=verifier, now=int(self._now())
        )
        answer = await self._sender.post(*request)
        if answer.status in (400, 401, 403):
            raise SigninFailed(Reason.EXCHANGE_REFUSED, str(answer.status))
        if answer.status != 200:
            raise SigninFailed(Reason.PROVIDER_UNREACHABLE, str(answer.status))
        tokens = answer.json()
        access, id_token = tokens.get("access_token"), tokens.get("id_token")
        if not isinstance(access, str) or not isinstance(id_token, str) or not access or not id_token:
            raise SigninFailed(Reason.BAD_ANSWER, "token")
        if str(tokens.get("token_type", "")).lower() != "bearer":
            raise SigninFailed(Reason.BAD_ANSWER, "token")
        if not access.isascii() or not access.isprintable():
            raise SigninFailed(Reason.BAD_ANSWER, "token")
        return access, id_token

    async def _decode(self, token: str) -> Mapping[str, Any]:
        keys = await _kept(self._keys)
        try:
            return verification.decode(token, keys, self.registration.algorithm)
        except SigninFailed as error:
            # Perhaps a key published since: look again, at most every 30 s (an attacker names the `kid`).
            if error.detail != "InvalidKeyIdError":
                raise
        await self._keys.again()
        return verification.decode(token, await _kept(self._keys), self.registration.algorithm)

    async def _discovered(self) -> Provider:
        """The provider, read again every day; the last known one while it cannot be."""
        return await _kept(self._provider)

    async def _read_provider(self) -> Provider:
        answer = await self._sender.get(f"{self.registration.issuer}/.well-known/openid-configuration")
        try:
            return oidc.provider(answer.json(), self.registration.issuer)
        except IssuerMismatch:
            # Not a provider that is away: what we knew of it is not to be trusted any more.
            self._provider.drop()
            raise

    async def _read_keys(self) -> KeySet:
        answer = await self._sender.get((await self._discovered()).jwks_uri)
        document: Any = answer.json()
        return KeySet.import_key_set(document)


async def _kept[T](kept: Kept[T]) -> T:
    """The value, or the refusal of a sign-in."""
    try:
        return await kept.get()
    except Unread as unread:
        match unread.failure:
            case IssuerMismatch():
                raise SigninFailed(Reason.BAD_ISSUER, "discovery") from None
            case SigninFailed(reason=reason, detail=detail):
                raise SigninFailed(reason, detail) from None
            case failure:
                raise SigninFailed(Reason.PROVIDER_UNREACHABLE, type(failure).__name__) from None
