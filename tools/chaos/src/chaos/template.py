"""The databases of the services, made once and copied for each schedule."""

import asyncio
from pathlib import Path

import asyncpg
from events.ops.servers import start_postgres

from chaos.journals import SERVICES
from chaos.servers import database


def prepare_template(folder: Path) -> None:
    """A stopped cluster with the services' databases, migrated. Blocking: not in a running loop."""
    server = start_postgres(folder, durable=True)
    try:
        asyncio.run(_create_databases(server.url))
        for name, service in SERVICES.items():
            service.migrate(database(server.url, name))
    finally:
        server.stop()


async def _create_databases(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for name in SERVICES:
            await connection.execute(f"create database {name}")
    finally:
        await connection.close()
