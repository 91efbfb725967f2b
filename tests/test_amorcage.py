"""L'amorçage dit ce qu'il lui faut, même à un Python trop ancien."""

import ast
import subprocess
import sys
from pathlib import Path

BOOTSTRAP = Path(__file__).resolve().parent.parent / "deploy" / "bootstrap.py"


def test_un_python_trop_ancien_lit_ce_qu_il_faut_en_francais() -> None:
    ast.parse(BOOTSTRAP.read_text(encoding="utf-8"), feature_version=(3, 8))
    old = f"import runpy, sys; sys.version_info = (3, 8, 0); runpy.run_path({str(BOOTSTRAP)!r})"
    said = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stderr.startswith("Il faut python3 3.11 ou plus récent pour installer ; celui-ci est le 3.8.")
    assert "uv en télécharge un" in said.stderr
