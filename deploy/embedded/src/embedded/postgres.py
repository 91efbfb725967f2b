"""PostgreSQL of the platform: one cluster in the data folder, one database and one role per service."""

import asyncio
import signal
from pathlib import Path

import asyncpg
from events.ops.servers import SUPERUSER, postgres_command, postgres_ready, prepare_postgres

from embedded.credentials import Credentials
from embedded.process import Process, Program
from embedded.settings import SERVICES, Settings


def database_url(settings: Settings, credentials: Credentials, service: str) -> str:
    """The service's own database, as the role that owns it."""
    password = credentials[f"postgres/{service}"]
    return f"postgresql://{service}:{password}@127.0.0.1:{settings.ports['postgres']}/{service}"


def admin_url(settings: Settings) -> str:
    """The database `postgres` as superuser, once the cluster exists."""
    password = (_folder(settings) / "postgres.secret").read_text()
    return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{settings.ports['postgres']}/postgres"


def program(settings: Settings, credentials: Credentials) -> Program:
    folder = _folder(settings)

    async def prepare(_: Process) -> None:
        await asyncio.to_thread(
            prepare_postgres, folder, port=settings.ports["postgres"], durable=settings.durable
        )

    async def ready(pid: int) -> bool:
        return postgres_ready(folder, pid)

    async def databases() -> None:
        await create_databases(admin_url(settings), credentials)

    return Program(
        "postgres",
        tuple(postgres_command(folder)),
        ready,
        before=prepare,
        after=databases,
        own_launcher=True,
        stop_signal=signal.SIGINT,  # closes the connections, then the server
        stop_seconds=20.0,
    )


async def create_databases(url: str, credentials: Credentials) -> None:
    """One role and one database per service; nobody else may connect to it. Repeatable."""
    # Copying the model database takes what a slow disk takes.
    connection = await asyncpg.connect(url, server_settings={"transaction_timeout": "0"})
    try:
        roles = {r["rolname"] for r in await connection.fetch("SELECT rolname FROM pg_roles")}
        bases = {r["datname"] for r in await connection.fetch("SELECT datname FROM pg_database")}
        for service in SERVICES:
            # Utility statements bind nothing: the literal is quoted by the server itself.
            password = await connection.fetchval(
                "SELECT quote_literal($1::text)", credentials[f"postgres/{service}"]
            )
            verb = "ALTER" if service in roles else "CREATE"
            await connection.execute(f'{verb} ROLE "{service}" LOGIN PASSWORD {password}')
            if service not in bases:
                await connection.execute(f'CREATE DATABASE "{service}" OWNER "{service}"')
            await connection.execute(f'REVOKE ALL ON DATABASE "{service}" FROM PUBLIC')
    finally:
        await connection.close()


def _folder(settings: Settings) -> Path:
    return settings.folder / "postgres"
