"""The service's database, migrated once, copied for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio
from equipes.app import DESCRIPTION
from events.postgres.database import Database
from events.testing import Copies


@pytest_asyncio.fixture
async def equipes_url(copies: Copies) -> AsyncIterator[str]:
    """URL of a fresh database of the service, dropped after the test."""
    async with copies.of(DESCRIPTION) as url:
        yield url


@pytest_asyncio.fixture
async def database(equipes_url: str) -> AsyncIterator[Database]:
    """A fresh database of the service."""
    database = Database(equipes_url)
    yield database
    await database.close()
