"""One platform lit for the tests that only look at it."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from allumage import Allumage, allumer
from events.ops.servers import prepare_postgres


@pytest.fixture(scope="session")
def plateforme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Allumage]:
    """PostgreSQL, NATS, Traefik and five stand-ins."""
    with allumer(tmp_path_factory.mktemp("plateforme")) as lit:
        yield lit.ready()


@pytest.fixture(scope="session")
def grappe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a PostgreSQL that has never started."""
    folder = tmp_path_factory.mktemp("grappe") / "postgres"
    prepare_postgres(folder, port=1, durable=False)
    return folder


@pytest.fixture
def dossier(grappe: Path, tmp_path: Path) -> Path:
    """A data folder where PostgreSQL need not make its files: for who looks at something else."""
    shutil.copytree(grappe, tmp_path / "postgres")
    return tmp_path
