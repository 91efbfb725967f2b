"""From commit to projected, at 1 000 events per second."""

import asyncio
import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import nats
from events.bus.reader import BusSource
from events.bus.relay import Relay
from events.postgres.database import Database
from events.projection.projection import Projector
from events.projection.source import Checkpoint, Delivery, FeedSource, Source
from events.types import Recorded

from moteur.banc import Banc
from moteur.domaine import (
    CONTEXT,
    SERVICE,
    ActiviteEnregistree,
    ActiviteEnregistreeV1,
    Listees,
    activites,
    open_store,
    to_contract,
)
from moteur.jetstream import STREAM, en_marche, flux_vide
from moteur.mesure import Ligne, constater
from moteur.processus import Cote, CoteEchoue, barrier, run
from moteur.serveurs import base_vide

RATE = 1000
_WARM_SECONDS = 0.5
_PATIENCE = 60.0


def lignes(banc: Banc) -> Iterator[Ligne]:
    """Writer and projector in two processes, as an API and its worker; one event per append, a stream each.

    The clock starts when the event was due to be written, whatever waited before it, and stops when the
    projector has committed its effect. Percentiles are of all the samples of all the rounds. By the bus: the
    relay in a third process.
    """
    for disque, server in banc.postgres.items():
        # The slow disk adds its commits to the bus's road as to the feed's: seen once.
        for par_le_bus in (False, True) if server == banc.disque() else (False,):
            rounds = [_round(banc, server, par_le_bus) for _ in range(banc.reglages.tours)]
            samples = [delay for one in rounds for delay in one]
            road = "par le bus" if par_le_bus else "par le flux"
            name = f"écrit puis projeté {road}, {RATE} faits/s, disque {disque}"
            yield constater(f"{name}, p50", "ms", [_percentile(samples, 0.5)], barre=None)
            bar = None if par_le_bus else 20.0
            yield constater(f"{name}, p99", "ms", [_percentile(samples, 0.99)], barre=bar)


def _round(banc: Banc, server: str, par_le_bus: bool) -> list[float]:
    """Delays of one round, in milliseconds, the warm-up left out."""
    seconds = banc.reglages.secondes_delai
    url = base_vide(server, "nous")
    total = round((seconds + _WARM_SECONDS) * RATE)
    run(flux_vide, banc.nats)
    together = barrier(3 if par_le_bus else 2)
    address = banc.nats if par_le_bus else ""
    projector = Cote(projeter, url, address, total, together)
    writer = Cote(ecrire, url, total, together)
    relay = Cote(relayer, url, banc.nats, total, together) if par_le_bus else None
    try:
        kept_from = writer.result(_PATIENCE + seconds)
        delays = [ms for at, ms in projector.result(_PATIENCE) if at >= kept_from]
        if relay is not None:
            relay.result(_PATIENCE)
    finally:
        for cote in (projector, writer, relay):
            if cote is not None:
                cote.end()
    if len(delays) < 0.9 * seconds * RATE:
        raise CoteEchoue(f"{len(delays)} délais mesurés pour {seconds * RATE:.0f} faits")
    return delays


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def ecrire(url: str, total: int, together: Any) -> float:
    """Append at the rate whatever the answers do; the wall clock (s) when the warm-up ended."""
    database = Database(url)
    store = open_store(database)
    events = activites(1000)
    tasks: list[asyncio.Task[Any]] = []
    warm = round(_WARM_SECONDS * RATE)
    kept_from = 0.0
    try:
        await asyncio.to_thread(together.wait, _PATIENCE)
        started, wall = time.perf_counter(), time.time()
        for n in range(total):
            late = started + n / RATE - time.perf_counter()
            if late > 0:
                await asyncio.sleep(late)
            if n == warm:
                kept_from = time.time()
            event = _event(events, n, wall + n / RATE)
            tasks.append(asyncio.create_task(store.append(f"activite-{uuid4()}", 0, [event], CONTEXT)))
        await asyncio.gather(*tasks)
        if time.perf_counter() - started > 1.2 * total / RATE:
            raise RuntimeError(f"l'écrivain n'a pas tenu {RATE} faits/s")
        return kept_from
    finally:
        await database.close()


def _event(events: list[ActiviteEnregistree], n: int, due: float) -> ActiviteEnregistree:
    """due : wall clock in seconds."""
    at = dt.datetime.fromtimestamp(due, dt.UTC)
    return replace(events[n % len(events)], activite_id=uuid4(), enregistree_le=at)


class Chronometre[E]:
    """A source that notes, once an effect is committed, how long ago each of its events was due."""

    def __init__(self, source: Source[E]) -> None:
        self.name, self.names = source.name, source.names
        self._source = source
        self._due: list[dt.datetime] = []
        self.delays: list[tuple[float, float]] = []
        """(due at, wall clock in seconds; delay in milliseconds)."""

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        return await self._source.page(after, limit)

    async def decode(self, deliveries: Sequence[Delivery]) -> list[E]:
        events: list[Any] = await self._source.decode(deliveries)
        self._due = [event.enregistree_le for event in events]
        return events

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[E]]:
        return await self._source.recorded(deliveries)

    async def taken(self, upto: Delivery) -> None:
        now = dt.datetime.now(dt.UTC)
        self.delays += [(due.timestamp(), (now - due).total_seconds() * 1000) for due in self._due]
        await self._source.taken(upto)

    async def wait(self) -> None:
        await self._source.wait()

    async def ended(self) -> bool:
        return await self._source.ended()


async def projeter(url: str, address: str, total: int, together: Any) -> list[tuple[float, float]]:
    """Project everything; the delays. address : of the bus, empty to read the feed."""
    database = Database(url)
    client = await nats.connect(address) if address else None
    bus = None if client is None else BusSource(client, SERVICE, [ActiviteEnregistreeV1], "banc")
    source = Chronometre[Any](bus if bus is not None else FeedSource(open_store(database), SERVICE))
    projector = Projector(database, Listees(), source)
    taken = await projector.step()
    try:
        await asyncio.to_thread(together.wait, _PATIENCE)
        async with asyncio.timeout(_PATIENCE + total / RATE):
            while taken < total:
                step = await projector.step()
                taken += step
                if step == 0:
                    await source.wait()
        return source.delays
    finally:
        if bus is not None and client is not None:
            await bus.close()
            await client.close()
        await database.close()


async def relayer(url: str, address: str, total: int, together: Any) -> None:
    """Relay until the stream holds everything."""
    database = Database(url)
    client = await nats.connect(address)
    js = client.jetstream()
    try:
        async with en_marche(Relay(open_store(database), client, SERVICE, to_contract).run()):
            await asyncio.to_thread(together.wait, _PATIENCE)
            async with asyncio.timeout(_PATIENCE + total / RATE):
                stored = 0
                while stored < total:
                    await asyncio.sleep(0.1)
                    stored = (await js.stream_info(STREAM)).state.messages
    finally:
        await client.close()
        await database.close()
