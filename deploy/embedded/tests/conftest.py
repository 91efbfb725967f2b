"""One platform lit for the tests that only look at it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from allumage import Allumage, allumer


@pytest.fixture(scope="session")
def plateforme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Allumage]:
    """PostgreSQL, NATS, Traefik and five stand-ins."""
    with allumer(tmp_path_factory.mktemp("plateforme")) as lit:
        yield lit.ready()
