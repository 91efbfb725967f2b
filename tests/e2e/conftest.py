"""One whole platform for all the journeys of a process: its own folder, free ports, real processes."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from embedded.runtime import Platform

sys.path.insert(0, str(Path(__file__).parent))

import plateau
from scene import Scene

DERNIERS = "test_donnees_personnelles"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What searches every sink comes after everything that writes into them."""
    items.sort(key=lambda item: item.path.name.startswith(DERNIERS))


# Of this folder (`package`), not of the whole run: four services at rest take a twentieth of a processor.
@pytest_asyncio.fixture(scope="package")
async def plateforme(servers_folder: Path) -> AsyncIterator[Platform]:
    """The one platform of all the journeys; pytest keeps its unusual lines."""
    async with plateau.allumee(servers_folder / "plateforme") as platform:
        yield platform


@pytest_asyncio.fixture(scope="package")
async def scene(plateforme: Platform) -> AsyncIterator[Scene]:
    """Where people come in."""
    async with AsyncExitStack() as stack:
        yield Scene(plateforme, stack)
