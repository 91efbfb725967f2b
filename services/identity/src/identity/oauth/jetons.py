"""Tokens of machine clients.

The one of `/oauth/token` lives 15 min and is for the gateway, which exchanges it for one of 120 s, for one
service. No service accepts the first, and a suspended client exchanges nothing.
"""

import secrets
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.postgres.database import Database
from joserfc import jwt
from joserfc.errors import JoseError
from process.clock import Clock
from web.auth import read_token

from identity.connexion.sessions.cles import SigningKey, SigningKeys
from identity.connexion.sessions.jetons import LIFE as INNER_LIFE
from identity.domain.client import Admis
from identity.oauth.clients import Clients
from identity.projections.tables import jetons_revoques

LIFE = 900
"""Seconds."""
type Claims = dict[str, Any]


def audience(issuer: str) -> str:
    """Of the tokens that machine clients receive: the API, behind its gateway."""
    return f"{issuer}/api"


class JetonsMachine:
    """Makes them, opens them."""

    def __init__(
        self, database: Database, keys: SigningKeys, clients: Clients, issuer: str, clock: Clock
    ) -> None:
        self._database = database
        self._keys = keys
        self._clients = clients
        self._issuer = issuer
        self._clock = clock

    def access(self, key: SigningKey, client_id: UUID, scope: str) -> str:
        """What `/oauth/token` gives."""
        return self._sign(key, audience(self._issuer), client_id, scope, LIFE)

    async def open(self, token: str) -> Claims | None:
        """The claims of a token of ours that has not expired; None whatever is wrong."""
        try:
            return await read_token(
                token,
                self._keys.named,
                issuer=self._issuer,
                audience=audience(self._issuer),
                now=self._clock.now().timestamp(),
                life=LIFE,
            )
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            return None

    async def exchange(self, token: str, service: str) -> str | None:
        """For the gateway: the token of a service in place of the client's; None whatever is wrong.

        Scopes that the client has lost since are gone from it.
        """
        claims = await self.open(token)
        client = await self._clients.find(claims["client_id"]) if claims is not None else None
        if claims is None or client is None or await self._revoked(claims["jti"]):
            return None
        left = [word for word in claims["scope"].split() if word in client.portees]
        return await self.inner(client, left, service)

    async def inner(self, client: Admis, scopes: Iterable[str], service: str) -> str:
        """What a service receives for one request of that client."""
        await self._clients.seen(client)
        key = await self._keys.current()
        return self._sign(key, service, client.creation.client_id, " ".join(scopes), INNER_LIFE)

    async def _revoked(self, jti: str) -> bool:
        async with self._database.engine.connect() as connection:
            return (
                await connection.scalar(sa.select(jetons_revoques.c.jti).where(jetons_revoques.c.jti == jti))
                is not None
            )

    def _sign(self, key: SigningKey, audience: str, client_id: UUID, scope: str, life: int) -> str:
        issued = int(self._clock.now().timestamp())
        claims: Claims = {
            "iss": self._issuer,
            "aud": audience,
            "sub": str(client_id),
            "client_id": str(client_id),
            "scope": scope,
            "jti": secrets.token_urlsafe(16),
            "iat": issued,
            "exp": issued + life,
        }
        return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}, claims, key.key, ["ES256"])
