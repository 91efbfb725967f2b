"""For the tests of services: an issuer of real internal tokens, its JWKS served by a real HTTP server."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID, uuid4

import orjson
from joserfc import jws
from joserfc.jwk import ECKey

ISSUER = "http://identity.test"
LIFE_SECONDS = 300
"""The longest that is accepted: on a busy machine a test may need them."""


class TokenIssuer:
    """`async with TokenIssuer() as issuer:` then `issuer.token("equipes", compte_id=…)`.

    Give `issuer.url` and `issuer.issuer` to the settings of the application under test. `status`, `body` and
    `fetches` make the JWKS misbehave, and count.
    """

    def __init__(self, issuer: str = ISSUER, kid: str = "test-1") -> None:
        self.issuer = issuer
        self.kid = kid
        self.key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})
        self.status = 200
        self.body: bytes | None = None
        """What to answer instead of the keys."""
        self.fetches = 0
        self.silent = asyncio.Event()
        """While set, the connection is taken and nothing is answered."""
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/.well-known/jwks.json"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def claims(
        self,
        audience: str,
        *,
        compte_id: UUID | None = None,
        sid: UUID | None = None,
        roles: Sequence[str] = (),
        mediateur_id: UUID | None = None,
        coordinateur_id: UUID | None = None,
        seconds: int = LIFE_SECONDS,
    ) -> dict[str, Any]:
        """The claims of a good token; identifiers that are not given are drawn."""
        issued = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": audience,
            "sub": str(compte_id or uuid4()),
            "sid": str(sid or uuid4()),
            "roles": list(roles),
            "iat": issued,
            "exp": issued + seconds,
        }
        if mediateur_id is not None:
            claims["mediateur_id"] = str(mediateur_id)
        if coordinateur_id is not None:
            claims["coordinateur_id"] = str(coordinateur_id)
        return claims

    def machine(self, audience: str, *scopes: str, client_id: UUID | None = None) -> str:
        """A token that the service `audience` accepts from a machine client, as long as it ever does."""
        client, issued = str(client_id or uuid4()), int(time.time())
        claims = {"iss": self.issuer, "aud": audience, "sub": client, "client_id": client}
        return self.sign({**claims, "scope": " ".join(scopes), "iat": issued, "exp": issued + LIFE_SECONDS})

    def sign(self, claims: dict[str, Any]) -> str:
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self.kid}
        return jws.serialize_compact(header, orjson.dumps(claims), self.key, algorithms=["ES256"])

    def token(
        self,
        audience: str,
        *,
        compte_id: UUID | None = None,
        sid: UUID | None = None,
        roles: Sequence[str] = (),
        mediateur_id: UUID | None = None,
        coordinateur_id: UUID | None = None,
    ) -> str:
        """A token that the service `audience` accepts as long as it ever does."""
        return self.sign(
            self.claims(
                audience,
                compte_id=compte_id,
                sid=sid,
                roles=roles,
                mediateur_id=mediateur_id,
                coordinateur_id=coordinateur_id,
            )
        )

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.fetches += 1
            if self.silent.is_set():
                await reader.read()
                return
            body = self.body
            if body is None:
                body = orjson.dumps({"keys": [self.key.as_dict(private=False)]})
            head = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
