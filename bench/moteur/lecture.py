"""Reading the feed, decoded, against PostgreSQL's fastest way out."""

import time
from collections.abc import Iterator
from typing import Any

import asyncpg
from events.postgres.database import Database
from events.types import START

from moteur.banc import Banc
from moteur.domaine import open_store
from moteur.journal import remplir
from moteur.mesure import Ligne, comparer
from moteur.processus import run
from moteur.serveurs import base_vide

_COPY = """select xid, position, id, stream, version, type, schema_version, data, personal, metadata,
                  recorded_at from events"""


def lignes(banc: Banc) -> Iterator[Ligne]:
    """`Store.read` until the end, against a binary COPY of the same columns.

    The bytes of the COPY are only counted: no order, no decoding, no object.
    """
    url = base_vide(banc.disque(), "nous")
    run(remplir, url, banc.reglages.evenements)
    yield comparer(
        "lecture du flux avec décodage, face à un COPY binaire",
        "faits/s",
        banc.reglages.tours,
        lambda: run(lire, url, banc.reglages.evenements),
        lambda: run(copier, url, banc.reglages.evenements),
        barre=0.5,
    )


async def lire(url: str, count: int) -> float:
    """Events per second, as Python objects."""
    database = Database(url)
    try:
        store = open_store(database)
        await store.decode(await store.page(START, 10))
        read, started = 0, time.perf_counter()
        async for page in store.read():
            read += len(page)
        duration = time.perf_counter() - started
    finally:
        await database.close()
    if read != count:
        raise RuntimeError(f"{read} faits lus sur {count}")
    return count / duration


async def copier(url: str, count: int) -> float:
    """Events per second, as bytes."""
    connection: Any = await asyncpg.connect(url)
    received = 0

    async def sink(data: bytes) -> None:
        nonlocal received
        received += len(data)

    try:
        await connection.fetch(f"{_COPY} limit 10")
        started = time.perf_counter()
        status = await connection.copy_from_query(_COPY, output=sink, format="binary")
        duration = time.perf_counter() - started
    finally:
        await connection.close()
    if status != f"COPY {count}" or received < 400 * count:
        raise RuntimeError(f"{status}, {received} octets")
    return count / duration
