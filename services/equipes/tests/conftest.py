"""The service's database, migrated once, copied for each test."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest_asyncio
from equipes.app import DESCRIPTION
from events.postgres.database import Database


@pytest_asyncio.fixture(scope="session")
async def template(postgres_url: str) -> AsyncIterator[str]:
    """Name of an empty database of the service, to copy."""
    name = f"equipes_{uuid4().hex}"
    admin: Any = await asyncpg.connect(postgres_url)
    try:
        await admin.execute(f"create database {name}")
        await asyncio.to_thread(DESCRIPTION.migrate, sibling(postgres_url, name))
        yield name
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@pytest_asyncio.fixture
async def equipes_url(postgres_url: str, template: str) -> AsyncIterator[str]:
    """URL of a fresh database of the service, dropped after the test."""
    name = f"test_{uuid4().hex}"
    admin: Any = await asyncpg.connect(postgres_url)
    try:
        await admin.execute(f"create database {name} template {template}")
        yield sibling(postgres_url, name)
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@pytest_asyncio.fixture
async def database(equipes_url: str) -> AsyncIterator[Database]:
    """A fresh database of the service."""
    database = Database(equipes_url)
    yield database
    await database.close()


def sibling(url: str, name: str) -> str:
    """The same server, another database."""
    return url.rsplit("/", 1)[0] + "/" + name
