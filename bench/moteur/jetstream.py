"""What the rows that use the bus share: connection, empty stream, a reader back at its start."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import nats
from events.postgres.database import Database
from nats.aio.client import Client
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import NotFoundError

from moteur.domaine import SERVICE

STREAM = SERVICE.upper()
PATIENCE = 120.0
"""Seconds after which a side is given up."""


@asynccontextmanager
async def bus(address: str) -> AsyncGenerator[Client]:
    # As our services do (process.bus, embedded.streams); it serves both sides.
    client = await nats.connect(address, skip_subject_validation=True)
    try:
        yield client
    finally:
        await client.close()


async def flux_vide(address: str) -> None:
    """The service's stream, made again."""
    async with bus(address) as client:
        await flux_neuf(client)


async def flux_neuf(client: Client) -> None:
    js = client.jetstream()
    with contextlib.suppress(NotFoundError):
        await js.delete_stream(STREAM)
    await js.add_stream(
        StreamConfig(
            name=STREAM,
            subjects=[f"{SERVICE}.*.*.*.>"],
            storage=StorageType.FILE,
            duplicate_window=0.1,
            allow_direct=True,
        )
    )


@asynccontextmanager
async def lecteur_au_debut(url: str, name: str) -> AsyncGenerator[Database]:
    """The database, with the checkpoint `name` at the start and the read model empty."""
    database = Database(url)
    try:
        async with database.raw() as connection:
            await connection.execute("delete from checkpoints where projection = $1", name)
            await connection.execute("truncate activites_listees")
        yield database
    finally:
        await database.close()


async def rendu_au_bout(database: Database, name: str) -> None:
    """Return when the checkpoint `name` is on the last event of the journal."""
    async with database.raw() as connection:
        last = await connection.fetchrow(
            """select xid::text::bigint as xid, position from events
               order by events.xid desc, position desc limit 1"""
        )
    if last is None:
        raise RuntimeError("le journal est vide")
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.raw() as connection:
                at = await connection.fetchrow(
                    "select xid, number from checkpoints where projection = $1", name
                )
            if at is not None and (at["xid"], at["number"]) >= (last["xid"], last["position"]):
                return
            await asyncio.sleep(0.005)


@asynccontextmanager
async def en_marche(work: Any) -> AsyncGenerator[None]:
    """This endless work as a task, stopped at the end. Raises what stopped it before, or that it goes on."""
    task = asyncio.ensure_future(work)
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        _, alive = await asyncio.wait([task], timeout=5)
    if alive:
        raise RuntimeError("une tâche annulée ne s'arrête pas")
