"""Rebuilding a read model from the whole journal, against one INSERT … SELECT … GROUP BY from the JSONB."""

import resource
import time
from collections.abc import Iterator
from typing import Any

import asyncpg
from events.postgres.database import Database
from events.projection.rebuild import rebuild
from events.projection.source import FeedSource

from moteur.banc import Banc
from moteur.domaine import SERVICE, ParMediateur, open_store
from moteur.journal import remplir
from moteur.mesure import Ligne, comparer, constater
from moteur.processus import run
from moteur.serveurs import base_vide

MEMORY_MB = 300.0
_BASE = 50_000
_SECONDS = 3600

# The stored facts again, under other identifiers, streams and positions; short transactions, as for any bulk.
_MULTIPLY = """
insert into events (id, stream, version, type, schema_version, data, metadata)
select id, 'activite-' || activite, 1, type, schema_version,
       data || jsonb_build_object('activite_id', activite), metadata || jsonb_build_object('id', id)
from (select gen_random_uuid() as id, gen_random_uuid() as activite, type, schema_version, data, metadata
      from events where position <= $1 limit $2) copies"""
_GROUP_BY = """
insert into par_mediateur_sql
select (data->>'mediateur_id')::uuid, count(*), sum((data->>'duree_minutes')::bigint),
       sum((data->>'accompagnements')::bigint)
from events where type = 'ActiviteEnregistree' group by 1"""


def lignes(banc: Banc) -> Iterator[Ligne]:
    """`rebuild` (shadow table, catch-up, swap) of the counts per médiateur, against the one statement that
    computes the same table once, offline. Both results are compared row by row. The memory is the rebuilding
    process's peak resident size.
    """
    count = banc.reglages.evenements_reconstruction
    url = base_vide(banc.disque(), "nous")
    run(remplir, url, min(_BASE, count))
    run(multiplier, url, count, seconds=_SECONDS)
    peaks: list[float] = []

    def ours() -> float:
        rate, peak = run(reconstruire, url, count, seconds=_SECONDS)
        peaks.append(peak)
        return rate

    millions = f"{count / 1e6:g}".replace(".", ",")
    yield comparer(
        f"reconstruction de {millions} M de faits, face à un INSERT … SELECT … GROUP BY",
        "faits/s",
        banc.reglages.tours_reconstruction,
        ours,
        lambda: run(grouper, url, count, seconds=_SECONDS),
        barre=1.0,
    )
    run(comparer_tables, url)
    yield constater("mémoire de pointe du processus qui reconstruit", "Mo", peaks, barre=MEMORY_MB)


async def multiplier(url: str, count: int) -> None:
    """Bring the journal to `count` events."""
    connection: Any = await _connect(url)
    try:
        base = done = await connection.fetchval("select count(*) from events")
        last = await connection.fetchval("select max(position) from events")
        while done < count:
            status = await connection.execute(_MULTIPLY, last, min(base, count - done))
            done += int(status.split()[-1])
        await connection.execute("vacuum analyze events")
        await connection.execute("create table par_mediateur_sql (like par_mediateur including all)")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def reconstruire(url: str, count: int) -> tuple[float, float]:
    """(events per second, peak resident megabytes of this process)."""
    database = Database(url)
    try:
        store = open_store(database)
        started = time.perf_counter()
        replayed = await rebuild(database, ParMediateur(), lambda: FeedSource(store, SERVICE))
        duration = time.perf_counter() - started
    finally:
        await database.close()
    if replayed != count:
        raise RuntimeError(f"{replayed} faits rejoués sur {count}")
    return count / duration, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def grouper(url: str, count: int) -> float:
    """Events per second of the single statement."""
    connection: Any = await _connect(url)
    try:
        await connection.execute("truncate par_mediateur_sql")
        started = time.perf_counter()
        await connection.execute(_GROUP_BY)
        return count / (time.perf_counter() - started)
    finally:
        await connection.close()


async def comparer_tables(url: str) -> None:
    """Raise when the rebuilt table is not exactly what the statement computes."""
    connection: Any = await _connect(url)
    try:
        rows, differences = await connection.fetchrow(
            """select (select count(*) from par_mediateur), count(*) from (
                 (table par_mediateur except table par_mediateur_sql)
                 union all (table par_mediateur_sql except table par_mediateur)) d"""
        )
    finally:
        await connection.close()
    if differences or not rows:
        raise RuntimeError(f"reconstruction fausse : {differences} différences sur {rows} lignes")


async def _connect(url: str) -> Any:
    connection: Any = await asyncpg.connect(url)
    await connection.execute("set transaction_timeout = 0")
    return connection
