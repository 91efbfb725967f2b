"""Alembic, called from a service: `upgrade(url, folder)`; and what each `migrations/env.py` runs."""

import asyncio
import time
from pathlib import Path

import sqlalchemy as sa
import structlog
from alembic import command, context
from alembic.config import Config
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import create_async_engine

log = structlog.get_logger()

_LOCK_WAIT = "2s"
_LOCK_NOT_AVAILABLE = "55P03"
_PAUSE_SECONDS = 1.0
_TRIES = 60


def upgrade(database_url: str, folder: Path) -> None:
    """Bring the database to the last revision of `folder`, however long it takes. Synchronous: runs its own
    event loop.

    What a migration must lock is waited for some seconds at a time, and given up in between: whoever writes
    meanwhile is not held behind it. Raises the server's error when it never had its turn.
    """
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = database_url
    for attempt in range(_TRIES):
        try:
            return command.upgrade(config, "head")
        except exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE or attempt == _TRIES - 1:
                raise
        log.warning("migration_waits", attempt=attempt + 1)
        time.sleep(_PAUSE_SECONDS)
    return None


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
        # The server cuts what lasts more than a minute: an index on a large journal does.
        connection.execute(sa.text("set local transaction_timeout = 0"))
        connection.execute(sa.text("select pg_advisory_xact_lock(20260701)"))
        connection.execute(sa.text(f"set local lock_timeout = '{_LOCK_WAIT}'"))
        context.run_migrations()
