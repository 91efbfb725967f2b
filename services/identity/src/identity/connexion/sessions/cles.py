"""Signing keys of internal tokens: ES256, sealed in a table, rotated every 30 days.

Each key carries the instant from which it signs. The JWKS publishes the one that signs, the next one (long
before it signs), and the previous one for as long as its tokens or a cached JWKS may live.
"""

import datetime as dt
import itertools
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from events.postgres.database import Database
from joserfc.jwk import ECKey
from process.clock import Clock

from identity.connexion.chiffre import Sealer
from identity.projections.tables import cles_signature as table

ROTATION = dt.timedelta(days=30)
RETIREMENT = dt.timedelta(minutes=30)
"""After its successor signs: life of a machine's token (15 min) + JWKS cache (10 min), rounded up."""
_CACHE = dt.timedelta(seconds=60)
_LOCK = 0x636C6573  # "cles"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and the instant from which it signs."""

    kid: str
    key: ECKey
    active_le: dt.datetime


class SigningKeys:
    """The table `cles_signature`. One per process."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._keys: list[SigningKey] = []
        self._read_at: dt.datetime | None = None

    async def ensure(self) -> None:
        """There is a key that signs and a next one; make and retire keys. Idempotent."""
        now = self._clock.now()
        async with self._database.engine.begin() as connection:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            keys = await self._read(connection)
            while not keys or keys[-1].active_le <= now:
                # A late rotation starts after the caches have seen the new key.
                soon = now + RETIREMENT
                active_le = max(keys[-1].active_le + ROTATION, soon) if keys else now
                keys.append(await self._create(connection, active_le))
            retired = [
                key.kid for key, after in itertools.pairwise(keys) if after.active_le + RETIREMENT < now
            ]
            if retired:
                await connection.execute(sa.delete(table).where(table.c.kid.in_(retired)))
        self._read_at = None

    async def current(self) -> SigningKey:
        """The key that signs now."""
        keys = await self._fresh()
        now = self._clock.now()
        return next(key for key in reversed(keys) if key.active_le <= now)

    async def named(self, kid: str) -> ECKey | None:
        """The published key of that name."""
        return next((key.key for key in await self._fresh() if key.kid == kid), None)

    async def jwks(self) -> dict[str, Any]:
        """The public keys, as `/.well-known/jwks.json` gives them."""
        return {
            "keys": [
                {**key.key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": "ES256"}
                for key in await self._fresh()
            ]
        }

    async def _fresh(self) -> list[SigningKey]:
        now = self._clock.now()
        if self._read_at is None or now - self._read_at > _CACHE:
            async with self._database.engine.connect() as connection:
                keys = await self._read(connection)
            if not keys or keys[0].active_le > now:
                raise RuntimeError("aucune clé de signature : `ensure` d'abord")
            self._keys, self._read_at = keys, now
        return self._keys

    async def _read(self, connection: Any) -> list[SigningKey]:
        rows = await connection.execute(sa.select(table).order_by(table.c.active_le))
        keys: list[SigningKey] = []
        for row in rows:
            private = self._sealer.open("signing_key", row.kid, row.privee)
            # A key sealed under a master key that is gone cannot sign: forget it, another will be made.
            if private is not None:
                keys.append(SigningKey(row.kid, ECKey.import_key(json.loads(private)), row.active_le))
        return keys

    async def _create(self, connection: Any, active_le: dt.datetime) -> SigningKey:
        key = ECKey.generate_key("P-256", private=True)
        kid = key.thumbprint()
        sealed = self._sealer.seal("signing_key", kid, json.dumps(key.as_dict(private=True)).encode())
        await connection.execute(
            sa.insert(table).values(
                kid=kid, publique=key.as_dict(private=False), privee=sealed, active_le=active_le
            )
        )
        return SigningKey(kid, key, active_le)
