"""Journals filled before the clock starts."""

import asyncpg
import uvloop
from events.postgres.database import Database

from moteur.domaine import CONTEXT, activites, open_store, stream
from moteur.pair import Activites, environment, event_of

_CHUNK = 10_000


async def remplir(url: str, count: int) -> None:
    """So many activities through the engine's bulk append, one stream each."""
    database = Database(url)
    try:
        store = open_store(database)
        done = 0
        while done < count:
            events = activites(min(_CHUNK, count - done), seed=done)
            await store.append_bulk(((stream(e), 0, [e]) for e in events), CONTEXT)
            done += len(events)
        async with database.raw() as connection:
            await connection.execute("vacuum analyze events")
    finally:
        await database.close()


def remplir_pair(url: str, count: int) -> None:
    """The same in the peer's recorder, 500 per transaction."""
    with Activites(environment(url, 1)) as app:
        events = activites(count)
        for n in range(0, count, 500):
            stored = [app.mapper.to_stored_event(event_of(e)) for e in events[n : n + 500]]
            app.recorder.insert_events(stored)


def compter(url: str, sql: str) -> int:
    """One number out of the database."""

    async def ask() -> int:
        connection: asyncpg.Connection = await asyncpg.connect(url)
        try:
            return int(await connection.fetchval(sql) or 0)
        finally:
            await connection.close()

    return uvloop.run(ask())
