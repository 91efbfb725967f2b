"""Ce qu'un processus charge en démarrant : rien dont son rôle ne se serve pas."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("service", ["activites", "equipes", "cartographie"])
def test_composer_un_service_ne_charge_pas_faststream(service: str) -> None:
    """Seuls les rôles qui écoutent ou questionnent le chargent, en se construisant."""
    code = f"import sys, {service}.app; print(sorted(m for m in sys.modules if m.startswith('faststream')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
