"""A real browser on the started platform."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import chromium
import pytest_asyncio
from embedded.runtime import Platform
from playwright.async_api import Browser, async_playwright
from scene import Scene
from visite import Visites


@pytest_asyncio.fixture(scope="session")
async def navigateur() -> AsyncIterator[Browser]:
    async with async_playwright() as p:
        ouvert = await p.chromium.launch(**chromium.options())
        yield ouvert
        await ouvert.close()


@pytest_asyncio.fixture
async def visites(plateforme: Platform, scene: Scene, navigateur: Browser) -> AsyncIterator[Visites]:
    """Opens pages, signed in or not; what a page did wrong (CSP, script) fails its test."""
    async with AsyncExitStack() as stack:
        ouvertes = Visites(plateforme, scene, navigateur, stack)
        yield ouvertes
    assert ouvertes.fautes == []
