"""The public keys of identity, kept 10 minutes; a source that fails never takes them away."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import orjson
import structlog
from joserfc.jwk import ECKey

log = structlog.get_logger()

_KEEP_SECONDS = 600
_REFETCH_SECONDS = 30
_FIRST_RETRY_SECONDS = 1
_TIMEOUT_SECONDS = 2
_MAX_BYTES = 65_536
_MAX_KEYS = 20


class Jwks:
    """ES256 keys by `kid`, read from one URL."""

    def __init__(self, url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._monotonic = monotonic
        self._keys: dict[str, ECKey] = {}
        self._stale_at = float("-inf")
        self._next_fetch = float("-inf")
        self._fetching = asyncio.Lock()
        self._client: httpx2.AsyncClient | None = None

    async def key(self, kid: str) -> ECKey | None:
        """The key of that name. Asks the source again when the cache is old or the name unknown, at most
        once per 30 s (once per second as long as no key was ever read)."""
        stale = kid not in self._keys or self._monotonic() >= self._stale_at
        if stale and (self._may_fetch() or self._fetching.locked()):
            async with self._fetching:
                # Those who waited for the lock find the fetch done.
                if self._may_fetch():
                    await self._refresh()
        return self._keys.get(kid)

    def expire(self) -> None:
        """Identity changed its keys in a hurry: read them again at once, and forget the old ones."""
        self._keys = {}
        self._stale_at = self._next_fetch = float("-inf")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _may_fetch(self) -> bool:
        return self._monotonic() >= self._next_fetch

    async def _refresh(self) -> None:
        wait = _REFETCH_SECONDS if self._keys else _FIRST_RETRY_SECONDS
        self._next_fetch = self._monotonic() + wait
        try:
            self._keys = _read(await self._fetch())
        except Exception as error:
            # Whatever the source did (down, slow, HTML, huge), the keys already known stay good.
            log.warning("jwks_unreadable", error=type(error).__name__, known=len(self._keys))
            return
        self._next_fetch = self._monotonic() + _REFETCH_SECONDS
        self._stale_at = self._monotonic() + _KEEP_SECONDS

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
