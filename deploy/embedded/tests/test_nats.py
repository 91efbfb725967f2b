"""La configuration livrée de NATS, telle que le serveur la lit."""

import os
import subprocess
from pathlib import Path

import pytest
from embedded import nats
from embedded.credentials import Credentials
from embedded.settings import from_environment


@pytest.mark.parametrize("sync", ["oui", "non"])
def test_nats_lit_sa_configuration_sans_rien_y_reprendre(tmp_path: Path, sync: str) -> None:
    """A duration without quotes is read as a number of seconds: a warning says so, and nothing fails."""
    settings = from_environment(
        {"COOP_DONNEES": str(tmp_path), "COOP_PORTS": "libres", "COOP_NATS_SYNC": sync}
    )
    program = nats.program(settings, Credentials(settings.folder))
    checked = subprocess.run(
        [*program.command, "-t"],
        env={**os.environ, **program.environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    said = checked.stdout + checked.stderr
    assert checked.returncode == 0, said
    assert "is valid" in said
    assert "invalid use" not in said
