"""How often one may ask for a token: counted by the minute in a table, the same for every replica."""

import datetime as dt
import math

import sqlalchemy as sa
from events.postgres.database import Database
from process.clock import Clock
from sqlalchemy.dialects.postgresql import insert

from identity.connexion.chiffre import Empreintes
from identity.connexion.sessions.transactions import network
from identity.projections.tables import cadences_clients as table

BY_CLIENT = 30
"""Of one client, from one address. A token lasts 15 min: a program that keeps it asks four times an hour."""
BY_ADDRESS = 120
"""Of all those of one address."""
_WINDOW = dt.timedelta(minutes=1)


class Cadence:
    """The table `cadences_clients`. An address is not kept, only a keyed mark of it."""

    def __init__(self, database: Database, empreintes: Empreintes, clock: Clock) -> None:
        self._database = database
        self._empreintes = empreintes
        self._clock = clock

    async def wait(self, client_id: str, address: str) -> int | None:
        """Count this request. Answers the seconds to wait when there were too many, None when it may go on.

        By client and address together: who knows an identifier cannot keep its owner out.
        """
        place = network(address)
        marks = (
            (self._empreintes.cadence(place), BY_ADDRESS),
            (self._empreintes.cadence(place, client_id), BY_CLIENT),
        )
        now, waits = self._clock.now(), list[int]()
        async with self._database.engine.begin() as connection:
            for mark, most in marks:
                row = (await connection.execute(_count(mark, now))).one()
                if row.compte > most:
                    waits.append(math.ceil((row.expire_le - now).total_seconds()))
        return max(waits, default=None)


def _count(mark: bytes, now: dt.datetime) -> sa.Executable:
    values = insert(table).values(empreinte=mark, compte=1, expire_le=now + _WINDOW)
    over = table.c.expire_le <= now
    return values.on_conflict_do_update(
        index_elements=["empreinte"],
        set_={
            "compte": sa.case((over, 1), else_=table.c.compte + 1),
            "expire_le": sa.case((over, now + _WINDOW), else_=table.c.expire_le),
        },
    ).returning(table.c.compte, table.c.expire_le)
