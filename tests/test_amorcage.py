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


def test_sans_python_recent_et_sans_reseau_on_lit_quoi_faire(tmp_path: Path) -> None:
    """Un uv qui échoue, et aucun Python de 3.12 à 3.14 : ce que voit une machine qui n'a que 3.11."""
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\nexit 1\n")
    uv.chmod(0o755)
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['bootstrap', 'aucun']; module = runpy.run_path({str(BOOTSTRAP)!r}, run_name='amorce')\n"
        "module['find_python'].__globals__['version_of'] = lambda _: (3, 11)\n"
        f"module['find_python']({str(uv)!r})\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stdout.startswith("Aucun Python 3.12 à 3.14 sur cette machine : uv en télécharge un…")
    assert said.stderr.startswith("uv n’a pas pu télécharger de Python. Installez python3.12")
    assert "Traceback" not in said.stderr
