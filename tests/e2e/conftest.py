"""One whole platform for all the journeys: its own folder, free ports, real processes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from embedded.journal import Journal
from embedded.runtime import Platform
from embedded.settings import from_environment

sys.path.insert(0, str(Path(__file__).parent))

from scene import Scene

DERNIER = "test_donnees_personnelles.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What searches every sink comes after everything that writes into them."""
    items.sort(key=lambda item: item.path.name == DERNIER)


@pytest_asyncio.fixture(scope="session")
async def plateforme(servers_folder: Path) -> AsyncIterator[Platform]:
    """Started once, stopped always. Its unusual lines go to the error output, which pytest keeps."""
    settings = from_environment(
        {
            "COOP_PORTS": "libres",
            "COOP_DURABLE": "non",
            "COOP_DONNEES": str(servers_folder / "plateforme"),
        }
    )
    journal = Journal(settings.folder / "journaux", verbose=False, out=sys.stderr)
    platform = Platform(settings, journal)
    platform.open()
    try:
        await platform.start()
        await _importer_des_lieux(platform)
        yield platform
    finally:
        await platform.stop()
        journal.close()


@pytest_asyncio.fixture(scope="session")
async def scene(plateforme: Platform) -> AsyncIterator[Scene]:
    """Where people come in."""
    async with AsyncExitStack() as stack:
        yield Scene(plateforme, stack)


async def _importer_des_lieux(platform: Platform) -> None:
    """The smallest of the real sources: a map to read, a lieu to name in a CRA."""
    importer = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "cartographie", "importer", "--source", "mednum-bfc", "--json"),
        env={**os.environ, **platform.environment("cartographie")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    sortie, _ = await importer.communicate()
    assert importer.returncode == 0, sortie.decode()
