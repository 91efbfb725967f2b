"""Sign-in and logout transactions: what must survive the trip to ProConnect, kept on our side.

The browser holds an opaque marker (`__Host-coop_tx`), the same for all its tabs; each transaction has its
`state`. The row is found by the SHA-256 of both, and used once.
"""

import datetime as dt
import hmac
import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from events.postgres.database import Database
from process.clock import Clock

from identity.connexion.chiffre import Sealer, digest, draw
from identity.connexion.proconnect.errors import Reason, SigninFailed
from identity.connexion.sessions.registre import PURGED, purge
from identity.projections.tables import transactions_connexion as table

LIFE = dt.timedelta(minutes=10)
UNFINISHED_AT_MOST = 200
"""Sign-ins that one address may have begun and not finished: a whole administration may be behind one."""
_MARK = 8

_MARKER = re.compile(r"[0-9a-f]{16}[A-Za-z0-9_-]{43}", re.ASCII)

type Purpose = Literal["connexion", "connexion_forte", "deconnexion"]
"""connexion_forte : several factors were asked for, and nothing less will do."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A new transaction. marker : the cookie's value.   The rest goes to ProConnect (the verifier: later)."""

    marker: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A transaction that came back. return_to : a safe local path."""

    nonce: str
    verifier: str
    return_to: str


class Transactions:
    """The table `transactions_connexion`."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        # An address is not kept: a mark of it, that nobody can read back and that a restart changes.
        self._secret = os.urandom(32)

    async def begin(
        self, purpose: Purpose, return_to: str, marker: str | None = None, address: str | None = None
    ) -> Begun:
        """Open a transaction. marker : of the browser's cookie, kept: its other tabs can finish too.

        address : where it comes from. Raises SigninFailed when too many from there are unfinished.
        """
        mark = hmac.digest(self._secret, network(address or "").encode(), "sha256")[:_MARK]
        if address is not None and await self._unfinished(mark) >= UNFINISHED_AT_MOST:
            raise SigninFailed(Reason.TOO_MANY)
        begun = Begun(_kept(marker, mark) or mark.hex() + draw(), draw(), draw(), draw())
        key = _key(begun.marker, begun.state)
        async with self._database.engine.begin() as connection:
            await connection.execute(
                sa.insert(table).values(
                    empreinte=key,
                    objet=purpose,
                    etat=digest(begun.state),
                    nonce=begun.nonce,
                    verificateur=self._sealer.seal("verifier", key, begun.verifier.encode()),
                    retour=return_to,
                    expire_le=self._clock.now() + LIFE,
                )
            )
        return begun

    async def take(self, purpose: Purpose, marker: str | None, state: str | None) -> Taken | None:
        """Use the transaction up: once, by the browser that began it, with its `state`. None otherwise.

        A wrong `state` leaves the transaction alone: a forged callback does not spoil a sign-in under way.
        """
        if not marker or not state or len(marker) > 200:
            return None
        key = _key(marker, state)
        async with self._database.engine.begin() as connection:
            row = (
                await connection.execute(
                    sa.delete(table)
                    .where(
                        table.c.empreinte == key,
                        table.c.objet == purpose,
                        table.c.etat == digest(state),
                        table.c.expire_le > self._clock.now(),
                    )
                    .returning(table.c.nonce, table.c.verificateur, table.c.retour)
                )
            ).first()
        if row is None:
            return None
        verifier = self._sealer.open("verifier", key, row.verificateur)
        return Taken(row.nonce, verifier.decode(), row.retour) if verifier is not None else None

    async def _unfinished(self, mark: bytes) -> int:
        """Those of one mark are side by side in the table: it begins their key."""
        c = table.c
        after = (int.from_bytes(mark) + 1).to_bytes(_MARK + 1)[-_MARK:]
        some = (
            sa.select(c.empreinte)
            .where(c.empreinte >= mark, c.empreinte < after, c.expire_le > self._clock.now())
            .limit(UNFINISHED_AT_MOST)
        )
        async with self._database.engine.connect() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0

    async def purge(self) -> int:
        """Forget those that expired, in short transactions. Returns how many."""
        expired = sa.select(table.c.empreinte).where(table.c.expire_le <= self._clock.now()).limit(PURGED)
        return await purge(self._database, sa.delete(table).where(table.c.empreinte.in_(expired)))


def network(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the 64 first bits of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 32 if found.version == 4 else 64), strict=False))


def _kept(marker: str | None, mark: bytes) -> str | None:
    """The marker of this browser, if it is one of ours for this address."""
    ours = marker is not None and _MARKER.fullmatch(marker) and marker.startswith(mark.hex())
    return marker if ours else None


def _key(marker: str, state: str) -> bytes:
    """All that the table keeps of them: the mark in clear, with which the marker begins, their SHA-256."""
    try:
        mark = bytes.fromhex(marker[: 2 * _MARK])
    except ValueError:
        mark = b""
    return mark + digest(f"{marker}.{state}")
