"""The service équipes on real servers, and the command `coop` beside it."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from equipes.app import DESCRIPTION
from events.postgres.database import Database
from events.testing import Copies, add_stream
from nats.aio.client import Client

sys.path.insert(0, str(Path(__file__).parent))

from banc import CLES, Banc, cles


@pytest_asyncio.fixture
async def url(copies: Copies) -> AsyncIterator[str]:
    """A migrated database of équipes."""
    async with copies.of(DESCRIPTION) as url:
        yield url


@pytest.fixture
async def banc(
    postgres_url: str,
    url: str,
    nats_url: str,
    bus: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Banc]:
    """The streams that the platform declares, the variables of the service."""
    # The window of embedded/streams.py: a longer one remembers what was removed.
    await add_stream(bus, "identity", "activites", "equipes", duplicate_window=0.1)
    for variable, value in {
        "DATABASE_URL": url,
        "NATS_URL": nats_url,
        "PORT": "0",
        "ISSUER": "http://localhost:1",
        "JWKS_URL": "http://localhost:1/jwks",
        "COFFRE_CLES": cles(1),
        "COOP_ADMIN_URL": postgres_url,
        "COOP_NATS_USER": "-",
        "COOP_NATS_PASSWORD": "-",
        "COOP_REGISTRE": str(tmp_path / "registre"),
        "COOP_AUTEUR": "operatrice",
        "COOP_DONNEES": str(tmp_path / "plateforme"),
    }.items():
        monkeypatch.setenv(variable, value)
    for variable in set(os.environ) & {"NATS_USER", "NATS_PASSWORD", "LOG_LEVEL"}:
        monkeypatch.delenv(variable)
    banc = Banc(DESCRIPTION.store(Database(url), {1: CLES[1]}), bus, url, capsys)
    yield banc
    await banc.store.database.close()
