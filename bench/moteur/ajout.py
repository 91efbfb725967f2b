"""Appends: against the peer's recorder, against an unprotected table, against raw asyncpg."""

import asyncio
import threading
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
from events.codec import Codec
from events.postgres.database import Database

from moteur.banc import Banc
from moteur.domaine import CONTEXT, Event, activites, open_store
from moteur.mesure import Ligne, comparer
from moteur.pair import Activites, environment, event_of
from moteur.processus import run
from moteur.serveurs import base_vide

_INSERT = """insert into events (id, stream, version, type, schema_version, data, personal, metadata)
values ($1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8::text::jsonb)
returning xid::text::bigint, position"""


def lignes_pair(banc: Banc) -> Iterator[Ligne]:
    """One event per append, each on a stream of its own, encoding included on both sides.

    Ours: `Store.append`, so many tasks. The peer: its mapper, then `ApplicationRecorder.insert_events`, so
    many threads.
    """
    for disque, bars in (("rapide", {32: 15.0}), ("lent", {32: 20.0})):
        server = banc.postgres.get(disque)
        if server is None:
            continue
        ours = base_vide(server, "nous")
        peer = base_vide(server, "reference", journal=False)
        for callers in (32, 1):
            yield comparer(
                f"append, {callers} appelant{'s' if callers > 1 else ''}, disque {disque}, face au pair",
                "faits/s",
                banc.reglages.tours,
                lambda u=ours, c=callers: run(nos_ajouts, u, c, banc.reglages.secondes),
                lambda u=peer, c=callers: run(ajouts_du_pair, u, c, banc.reglages.secondes),
                barre=bars.get(callers),
            )


def lignes_protection(banc: Banc) -> Iterator[Ligne]:
    """The same `Store.append`, 32 callers, on two tables: the engine's, and one without protection.

    There, `xid` is a constant instead of `pg_current_xact_id()`, and the feed's index is on position alone.
    Everything else is equal: the ratio is the price of the watermark.
    """
    server = banc.postgres.get("lent")
    if server is None:
        return
    ours = base_vide(server, "nous")
    bare = base_vide(server, "reference")
    run(_sans_protection, bare)
    yield comparer(
        "ajout protégé des sauts, 32 appelants, disque lent, face au même sans protection",
        "faits/s",
        banc.reglages.tours,
        lambda: run(nos_ajouts, ours, 32, banc.reglages.secondes),
        lambda: run(nos_ajouts, bare, 32, banc.reglages.secondes),
        barre=0.95,
    )


def lignes_brut(banc: Banc) -> Iterator[Ligne]:
    """One caller: `Store.append` against one prepared autocommit INSERT of the same row into the same table.

    That INSERT is sent by a bare asyncpg connection that only serialises the document.
    """
    for disque in banc.postgres:
        ours = base_vide(banc.postgres[disque], "nous")
        raw = base_vide(banc.postgres[disque], "reference")
        yield comparer(
            f"un ajout, disque {disque}, face à asyncpg seul",
            "faits/s",
            banc.reglages.tours,
            lambda o=ours: run(nos_ajouts, o, 1, banc.reglages.secondes),
            lambda r=raw: run(ajouts_bruts, r, banc.reglages.secondes),
            barre=0.7,
        )


async def nos_ajouts(url: str, callers: int, seconds: float) -> float:
    """Events per second, acknowledged after their commit."""
    database = Database(url)
    store = open_store(database)
    events = cycle(activites(1000))
    written = 0

    async def caller(deadline: float) -> None:
        nonlocal written
        while time.perf_counter() < deadline:
            await store.append(f"activite-{uuid4()}", 0, [next(events)], CONTEXT)
            written += 1

    async def all_callers(seconds: float) -> float:
        started = time.perf_counter()
        await asyncio.gather(*(caller(started + seconds) for _ in range(callers)))
        return time.perf_counter() - started

    try:
        async with database.raw() as connection:
            await connection.execute("truncate events")
        await all_callers(0.1)
        warm, duration = written, await all_callers(seconds)
        async with database.raw() as connection:
            stored = await connection.fetchval("select count(*) from events")
        if stored != written:
            raise RuntimeError(f"{written} ajouts acquittés, {stored} faits au journal")
        return (written - warm) / duration
    finally:
        await database.close()


def ajouts_du_pair(url: str, callers: int, seconds: float) -> float:
    """Events per second; each thread inserts one event at a time."""
    with Activites(environment(url, callers)) as app:
        recorder: Any = app.recorder
        with recorder.datastore.transaction(commit=True) as cursor:
            cursor.execute(f"truncate {recorder.events_table_name} restart identity")
        recorder.datastore.pool.wait()
        # Far more than it can write meanwhile, drawn before the clock starts.
        events = iter([event_of(a) for a in activites(int(10_000 * (seconds + 0.2)))])
        counts = [0] * callers

        def caller(n: int, deadline: float) -> None:
            while time.perf_counter() < deadline:
                recorder.insert_events([app.mapper.to_stored_event(next(events))])
                counts[n] += 1

        def all_callers(seconds: float) -> float:
            started = time.perf_counter()
            threads = [
                threading.Thread(target=caller, args=(n, started + seconds), daemon=True)
                for n in range(callers)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return time.perf_counter() - started

        all_callers(0.1)
        warm, duration = sum(counts), all_callers(seconds)
        stored = recorder.max_notification_id()
        if stored != sum(counts):
            raise RuntimeError(f"le pair : {sum(counts)} ajouts, {stored} notifications")
        return (sum(counts) - warm) / duration


async def ajouts_bruts(url: str, seconds: float) -> float:
    """Events per second of one bare connection."""
    codec = Codec[Event](Event)
    documents = cycle([orjson.loads(codec.encode(a).data) for a in activites(1000)])
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute("truncate events")
        insert = await connection.prepare(_INSERT)

        async def for_seconds(seconds: float) -> tuple[int, float]:
            count, started = 0, time.perf_counter()
            while time.perf_counter() < started + seconds:
                data = orjson.dumps(next(documents)).decode()
                metadata = orjson.dumps(
                    {"author": "banc-d-essai", "request_id": "requete-de-mesure"}
                ).decode()
                stream = f"activite-{uuid4()}"
                await insert.fetchrow(uuid4(), stream, 1, "ActiviteEnregistree", 1, data, None, metadata)
                count += 1
            return count, time.perf_counter() - started

        await for_seconds(0.1)
        count, duration = await for_seconds(seconds)
        return count / duration
    finally:
        await connection.close()


async def _sans_protection(url: str) -> None:
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute("alter table events alter column xid set default '1'::xid8")
        await connection.execute("drop index events_feed")
        await connection.execute("create index events_feed on events (position)")
    finally:
        await connection.close()
