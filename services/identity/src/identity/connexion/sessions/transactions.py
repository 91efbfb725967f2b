"""Sign-in and logout transactions: what must survive the trip to ProConnect, kept on our side.

The browser holds an opaque marker (`__Host-coop_tx`); the row is found by its SHA-256 and used once.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from events.postgres.database import Database
from process.clock import Clock

from identity.connexion.chiffre import Sealer, digest, draw
from identity.connexion.sessions.registre import PURGED, purge
from identity.projections.tables import transactions_connexion as table

LIFE = dt.timedelta(minutes=10)

type Purpose = Literal["connexion", "deconnexion"]


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

    async def begin(self, purpose: Purpose, return_to: str) -> Begun:
        """Open a transaction; in the same browser the newest replaces the others (its cookie does)."""
        begun = Begun(draw(), draw(), draw(), draw())
        key = digest(begun.marker)
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
        if not marker or not state:
            return None
        key = digest(marker)
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

    async def purge(self) -> int:
        """Forget those that expired, in short transactions. Returns how many."""
        expired = sa.select(table.c.empreinte).where(table.c.expire_le <= self._clock.now()).limit(PURGED)
        return await purge(self._database, sa.delete(table).where(table.c.empreinte.in_(expired)))
