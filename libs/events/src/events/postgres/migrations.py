"""Alembic, called from a service: `upgrade(url, folder)`; and what each `migrations/env.py` runs."""

import asyncio
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine


def upgrade(database_url: str, folder: Path) -> None:
    """Bring the database to the last revision of `folder`. Synchronous: runs its own event loop."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = database_url
    command.upgrade(config, "head")


def run_env() -> None:
    """The body of a service's `migrations/env.py`: two services starting at once wait for each other."""
    asyncio.run(_migrate(context.config.attributes["url"]))


async def _migrate(url: str) -> None:
    engine = create_async_engine(sa.make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


def _run(connection: sa.Connection) -> None:
    context.configure(connection=connection)
    with context.begin_transaction():
        connection.execute(sa.text("select pg_advisory_xact_lock(20260701)"))
        context.run_migrations()
