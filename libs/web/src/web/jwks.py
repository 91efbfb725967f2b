"""The public keys of identity, kept 10 minutes; a source that fails takes none away, and holds nobody."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import orjson
from joserfc.jwk import ECKey
from process.kept import Kept

_KEEP_SECONDS = 600
_TIMEOUT_SECONDS = 2
_MAX_BYTES = 65_536
_MAX_KEYS = 20


class Jwks:
    """ES256 keys by `kid`, read from one URL."""

    def __init__(self, url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._client: httpx2.AsyncClient | None = None
        self._keys = Kept("jwks", self._read, fresh=_KEEP_SECONDS, monotonic=monotonic)

    async def key(self, kid: str) -> ECKey | None:
        """The key of that name. A known one is given at once, its name asked again in the background when it
        is old; an unknown name is asked of the source, at most once per 30 s."""
        keys = self._keys.peek() or {}
        if kid not in keys:
            await self._keys.again()
            keys = self._keys.peek() or {}
        return keys.get(kid)

    def expire(self) -> None:
        """Identity changed its keys in a hurry: read them again at once, and forget the old ones."""
        self._keys.forget()

    async def close(self) -> None:
        await self._keys.close()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _read(self) -> dict[str, ECKey]:
        return _read(await self._fetch())

    async def _fetch(self) -> bytes:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                timeout=_TIMEOUT_SECONDS,
                follow_redirects=False,
                trust_env=False,
                # Reading the machine's certificates takes 0.2 s of the loop: not for a plain http address.
                verify=self._url.startswith("https:"),
            )
        body = bytearray()
        async with asyncio.timeout(_TIMEOUT_SECONDS), self._client.stream("GET", self._url) as answer:
            if answer.status_code != 200:
                raise ValueError("JWKS: unexpected status")
            # Raw: a compressed answer could inflate past the bound.
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > _MAX_BYTES:
                    raise ValueError("JWKS: too large")
        return bytes(body)


def _read(body: bytes) -> dict[str, ECKey]:
    document: Any = orjson.loads(body)
    found: list[Any] = document["keys"]
    if len(found) > _MAX_KEYS:
        raise ValueError("JWKS: too many keys")
    keys = {key["kid"]: _import(key) for key in found if _usable(key)}
    if not keys:
        raise ValueError("JWKS: no usable key")
    return keys


def _usable(key: Mapping[str, Any]) -> bool:
    return (
        key.get("kty") == "EC"
        and key.get("crv") == "P-256"
        and key.get("alg", "ES256") == "ES256"
        and key.get("use", "sig") == "sig"
        and isinstance(key.get("kid"), str)
    )


def _import(key: Mapping[str, Any]) -> ECKey:
    return ECKey.import_key({name: key[name] for name in ("kty", "crv", "x", "y", "kid")})
