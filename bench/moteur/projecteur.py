"""Projectors on the bus, alone or behind the relay, against the peer's ProjectionRunner."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from events.bus.reader import BusSource
from events.postgres.database import Database
from events.projection.projection import Projector
from eventsourcing.projection import ProjectionRunner
from nats.aio.client import Client

from moteur.banc import Banc
from moteur.domaine import SERVICE, ActiviteEnregistreeV1, Listees
from moteur.jetstream import PATIENCE, bus, flux_vide, lecteur_au_debut
from moteur.journal import remplir, remplir_pair
from moteur.mesure import Ligne, comparer
from moteur.pair import Activites, ProjectionListees, VueListees, environment
from moteur.processus import Cote, barrier, run
from moteur.relais import relayer, relayer_depuis
from moteur.serveurs import base_vide


def lignes(banc: Banc) -> Iterator[Ligne]:
    """`Projector(BusSource)`: N messages of JetStream to N rows of a table, making the consumer included.

    The peer: ProjectionRunner from its own table (no broker) to the same rows, one transaction per event with
    its tracking, timed from its first effect on.
    """
    for disque, server in banc.postgres.items():
        ours, peer = _prepared(banc, server)
        run(relayer, ours, banc.nats, banc.reglages.evenements)
        yield comparer(
            f"projecteur (lire et écrire), disque {disque}, face au pair",
            "faits/s",
            banc.reglages.tours,
            lambda o=ours: run(projeter, o, banc.nats, banc.reglages.evenements),
            lambda p=peer: run(projections_du_pair, p, banc.reglages.evenements_pair),
            barre=12.0 if disque == "rapide" else None,
        )


def lignes_chaine(banc: Banc) -> Iterator[Ligne]:
    """Events already committed -> relay -> JetStream -> projected rows.

    Relay and projector are two processes, as two services. The peer: the same as above, without a broker.
    """
    for disque, server in banc.postgres.items():
        ours, peer = _prepared(banc, server)
        yield comparer(
            f"écrit, relayé puis projeté, disque {disque}, face au pair",
            "faits/s",
            banc.reglages.tours,
            lambda o=ours: _chaine(o, banc.nats, banc.reglages.evenements),
            lambda p=peer: run(projections_du_pair, p, banc.reglages.evenements_pair),
            barre=6.0 if disque == "rapide" else None,
        )


def _prepared(banc: Banc, server: str) -> tuple[str, str]:
    ours = base_vide(server, "nous")
    peer = base_vide(server, "reference", journal=False)
    run(remplir, ours, banc.reglages.evenements)
    run(remplir_pair, peer, banc.reglages.evenements_pair)
    return ours, peer


def _chaine(url: str, address: str, count: int) -> float:
    """Events per second, from the relay's start to the last row, on the machine's monotonic clock."""
    run(flux_vide, address)
    together = barrier(2)
    projector = Cote(projeter_depuis, url, address, count, together)
    relay = Cote(relayer_depuis, url, address, together)
    try:
        return count / (projector.result(PATIENCE) - relay.result(PATIENCE))
    finally:
        projector.end()
        relay.end()


async def projeter(url: str, address: str, count: int) -> float:
    """Events per second of the projector, from a new consumer to the last commit."""
    async with bus(address) as client, lecteur_au_debut(url, Listees.table.name) as database:
        started = time.perf_counter()
        await _projeter(database, client, count)
        duration = time.perf_counter() - started
        await _check_rows(database, count)
    return count / duration


async def projeter_depuis(url: str, address: str, count: int, together: Any) -> float:
    """Wait for the others, project everything that comes; the clock's reading after the last commit."""
    async with bus(address) as client, lecteur_au_debut(url, Listees.table.name) as database:
        await asyncio.to_thread(together.wait, PATIENCE)
        await _projeter(database, client, count)
        ended = time.monotonic()
        await _check_rows(database, count)
    return ended


async def _projeter(database: Database, client: Client, count: int) -> None:
    source = BusSource(client, SERVICE, [ActiviteEnregistreeV1], "banc")
    projector = Projector(database, Listees(), source)
    taken = 0
    try:
        async with asyncio.timeout(PATIENCE):
            while taken < count:
                step = await projector.step()
                taken += step
                if step == 0:
                    await source.wait()
    finally:
        await source.close()


async def _check_rows(database: Database, count: int) -> None:
    async with database.raw() as connection:
        rows = await connection.fetchval("select count(*) from activites_listees")
    if rows != count:
        raise RuntimeError(f"{rows} lignes projetées pour {count} faits")


def projections_du_pair(url: str, count: int) -> float:
    """Events per second of the peer's ProjectionRunner, from the first tracking record seen to the last one.

    It is not charged for opening its pools.
    """
    environ = environment(url, 5)
    with Activites(environ) as app:
        recorder: Any = app.recorder
        with recorder.datastore.transaction(commit=True) as cursor:
            cursor.execute("drop table if exists activites_listees, listees_tracking")
    deadline = time.perf_counter() + PATIENCE
    with ProjectionRunner(
        application_class=Activites, projection_class=ProjectionListees, view_class=VueListees, env=environ
    ) as runner:
        first, started = 0, 0.0
        while (done := runner.view.max_tracking_id(Activites.name) or 0) < count:
            if first == 0 and done > 0:
                first, started = done, time.perf_counter()
            if time.perf_counter() > deadline or runner.is_interrupted.is_set():
                raise RuntimeError("le pair n'a pas fini de projeter")
            time.sleep(0.005)
        duration = time.perf_counter() - started
        with runner.view.datastore.transaction() as cursor:
            cursor.execute("select count(*) as n from activites_listees")
            found: Any = cursor.fetchone()
    if found["n"] != count:
        raise RuntimeError(f"le pair : {found['n']} lignes pour {count} faits")
    if first == 0:
        raise RuntimeError("le pair a fini avant la première mesure : trop peu de faits")
    return (count - first) / duration
