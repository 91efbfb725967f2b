"""Machine clients as they are now: read from their own streams, so that a suspension holds at once."""

import datetime as dt
import hmac
import re
import secrets
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.postgres.database import Database
from events.store.store import Store
from process.clock import Clock
from sqlalchemy.dialects.postgresql import insert

from identity.connexion.chiffre import Empreintes
from identity.domain.client import CLIENT, Admis, en_vigueur
from identity.domain.vocabulaire import Portee
from identity.projections.tables import usages_clients

PREFIX = "coop_secret_"
"""What a scanner of leaked secrets looks for."""
_LONGEST = 200
_CLIENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_SEEN_EVERY = dt.timedelta(minutes=1)


def draw() -> str:
    """256 random bits in 64 hexadecimal digits, after the prefix."""
    return PREFIX + secrets.token_hex(32)


class Clients:
    """What machine clients may do, and when they were last seen."""

    def __init__(self, store: Store[Any], database: Database, empreintes: Empreintes, clock: Clock) -> None:
        self._store = store
        self._database = database
        self._empreintes = empreintes
        self._clock = clock
        self._seen: dict[UUID, dt.datetime] = {}

    async def find(self, client_id: str) -> Admis | None:
        """The client of that identifier; None when there is none, or when it may not act now."""
        if _CLIENT_ID.fullmatch(client_id) is None:
            return None
        state, _ = await self._store.state(CLIENT(client_id))
        return state if isinstance(state, Admis) and en_vigueur(state, self._clock.now()) else None

    def proved_by(self, client: Admis, secret: str) -> bool:
        """Whether it is one of its live secrets."""
        if len(secret) > _LONGEST:
            return False
        received = self._empreintes.secret_de_client(secret)
        return any(hmac.compare_digest(received, one.empreinte) for one in client.secrets)

    async def of_old_contract(self, authorization: str, portee: Portee | None) -> Admis | None:
        """Who `Authorization: Bearer <id>:<secret>` is (docs/domaine/api-v1.md §2); None whatever is wrong.

        portee : that the route asks, None when any live client will do.
        """
        bearer, _, rest = authorization.partition(" ")
        client_id, colon, secret = rest.partition(":")
        client = await self.find(client_id) if bearer == "Bearer" and colon else None
        if client is None or not self.proved_by(client, secret):
            return None
        return client if portee is None or portee in client.portees else None

    async def seen(self, client: Admis) -> None:
        """Remember when it was last used, to the minute, out of the journal."""
        client_id, now = client.creation.client_id, self._clock.now()
        if now - self._seen.get(client_id, now - _SEEN_EVERY) < _SEEN_EVERY:
            return
        values = insert(usages_clients).values(client_id=client_id, vu_le=now)
        latest = sa.func.greatest(usages_clients.c.vu_le, values.excluded.vu_le)
        async with self._database.engine.begin() as connection:
            await connection.execute(
                values.on_conflict_do_update(index_elements=["client_id"], set_={"vu_le": latest})
            )
        self._seen[client_id] = now
