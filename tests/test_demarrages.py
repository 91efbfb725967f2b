"""Ce qu'un processus charge en démarrant : rien dont son rôle ne se serve pas."""

import subprocess
import sys

import pytest

TARDIFS = {
    "faststream",
    "alembic",
    "jinja2",
    "openpyxl",
    "xlsxwriter",
    "stream_write_ods",
    "charset_normalizer",
}
"""Chargés à leur premier usage : questions et diffusions, migration, courriel, tableur. Ensemble, la moitié
d'un démarrage."""


@pytest.mark.parametrize("service", ["identity", "activites", "equipes", "cartographie"])
def test_composer_un_service_ne_charge_que_ce_qui_sert_toujours(service: str) -> None:
    code = f"import sys, {service}.app, {service}.settings; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not TARDIFS & set(loaded.stdout.split())
