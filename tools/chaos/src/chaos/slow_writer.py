"""A writer whose transactions stay open while others commit: what a reader by position would skip.

It appends through the engine itself, two events at a time, from behind a slow network of its own.
"""

import asyncio
import datetime as dt
from dataclasses import replace
from random import Random
from uuid import UUID, uuid4

from activites.domain import activite
from activites.domain.activite import CorrigerActivite, EnregistrerActivite
from activites.domain.faits import Contenu, Event, Participants
from activites.domain.vocabulaire import (
    ActiviteId,
    CompteId,
    MediateurId,
    StructureId,
    Thematique,
    TypeActivite,
    TypeLieu,
)
from events.codec import Codec
from events.postgres.database import Database, is_unavailable
from events.store.store import Context, Store
from events.vault.vault import Vault

from chaos.history import Attempt, History, Operation, Outcome
from chaos.proxy import FaultProxy
from chaos.servers import MASTER_KEY, database

_DELAY = (0.01, 0.06)
"""Seconds one way: a transaction is open for two of them at least."""


class SlowWriter:
    """`run` until `finish`."""

    def __init__(self, url: str, port: int, history: History, seed: int, today: dt.date) -> None:
        """url : of the database, on the server itself.   port : the server's."""
        self._url = url
        self._proxy = FaultProxy(port)
        self._history = history
        self._random = Random(seed)  # noqa: S311 - a seed makes it repeatable
        self._today = today
        self._finished = asyncio.Event()

    def finish(self) -> None:
        self._finished.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await self._proxy.start()
        base = Database(database(self._url, "activites", self._proxy.port))
        store: Store[Event] = Store(base, Codec(Event), Vault(base, {1: MASTER_KEY}))
        try:
            while not self._finished.is_set():
                self._proxy.slow(self._random.uniform(*_DELAY))
                start = loop.time()
                activite_id = uuid4()
                events = self._events(activite_id)
                try:
                    await store.append(f"activite-{activite_id}", 0, events, Context("chaos", "lent"))
                    outcome = Outcome.ACKNOWLEDGED
                except Exception as error:
                    if not is_unavailable(error):
                        raise
                    outcome = Outcome.UNKNOWN
                for operation, duration in ((Operation.RECORD, 30), (Operation.CORRECT, 45)):
                    expected = {"date": self._today.isoformat(), "duree_minutes": duration}
                    times = (start - started, loop.time() - started)
                    self._history.add(Attempt(operation, activite_id, *times, None, outcome, expected))
        finally:
            await base.close()
            await self._proxy.close()

    def _events(self, activite_id: UUID) -> list[Event]:
        """What an activité recorded, then corrected, leaves in the journal."""
        now = dt.datetime.now(dt.UTC)
        contenu = Contenu(
            type=TypeActivite.INDIVIDUEL,
            date=self._today,
            duree_minutes=30,
            type_lieu=TypeLieu.A_DISTANCE,
            thematiques=(Thematique.EMAIL,),
            participants=Participants(1),
        )
        record = EnregistrerActivite(
            activite_id=ActiviteId(activite_id),
            par=MediateurId(activite_id),
            compte_id=CompteId(activite_id),
            contenu=contenu,
            emploi=StructureId(activite_id),
            aujourd_hui=self._today,
            maintenant=now,
        )
        correct = CorrigerActivite(
            activite_id=record.activite_id,
            par=record.par,
            compte_id=record.compte_id,
            contenu=replace(contenu, duree_minutes=45),
            emploi=record.emploi,
            aujourd_hui=self._today,
            maintenant=now,
        )
        recorded = activite.decide(record, activite.initial)
        state = activite.evolve(activite.initial, recorded[0])
        return [*recorded, *activite.decide(correct, state)]
