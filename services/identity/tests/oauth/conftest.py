from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest_asyncio

from .programme import Administrateur, Programme


@pytest_asyncio.fixture
async def http(plateforme: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        base_url=plateforme.settings.public_url, timeout=60, trust_env=False, verify=False
    ) as client:
        yield client


@pytest_asyncio.fixture
async def admin(plateforme: Any, http: httpx2.AsyncClient) -> Administrateur:
    return Administrateur(
        http, await plateforme.acces.keys.current(), plateforme.settings.issuer, plateforme.heure.lire
    )


@pytest_asyncio.fixture
async def programme(admin: Administrateur) -> Programme:
    """A client with a secret, that may read places and structures."""
    return await admin.programme()
