"""Les mutations du moteur ne pourrissent pas : chacune s'applique encore, et ses essais existent toujours.

`make mutations` les essaie.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mutations.catalogue import FOLDER, ROOT, Mutation, apply, mutations, unknown_tests

ALL = mutations()


@pytest.mark.parametrize("mutation", ALL, ids=[mutation.name for mutation in ALL])
def test_une_mutation_s_applique_encore_et_nomme_des_essais_qui_existent(mutation: Mutation) -> None:
    assert mutation.breaks
    assert mutation.tests
    assert apply(mutation, ROOT, check=True) == ""
    assert list(unknown_tests(mutation)) == []


TRY = """
import sys
from pathlib import Path
from mutations.__main__ import main

sys.exit(main("", Path(sys.argv[1])))
"""
CODE = "libs/events/src/events/projection/checkpoints.py"
HARMLESS = f"""Un commentaire change.

Essai : libs/events/tests/test_reperes.py::test_un_repere_ne_bouge_que_de_la_ou_il_est

--- a/{CODE}
+++ b/{CODE}
@@ -1,2 +1,2 @@
-{{}}
+'''Comment.'''
{{}}
"""


def test_chaque_mutation_a_son_verdict(tmp_path: Path, postgres_url: str, nats_url: str) -> None:
    """One that is caught, one that no test may see, one whose code or test is gone."""
    first, second = (ROOT / CODE).read_text(encoding="utf-8").split("\n")[:2]
    caught = (FOLDER / "repere-sans-comparaison.patch").read_text(encoding="utf-8")
    harmless = HARMLESS.format(first, f" {second}")
    patches = {
        "prise": caught,
        "survivante": harmless,
        "perimee": harmless.replace(f"-{first}", "-jamais"),
        "sans-essai": caught.replace("::test_", "::test_jamais_"),
    }
    for name, patch in patches.items():
        (tmp_path / f"{name}.patch").write_text(patch, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", TRY, str(tmp_path)],
        env={
            **os.environ,
            "PYTHONPATH": "libs/events/tests",
            "DATABASE_URL": postgres_url,
            "NATS_URL": nats_url,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = {line.split()[0]: " ".join(line.split()[1:]) for line in ran.stdout.splitlines() if line}
    assert said["prise"].startswith("prise"), ran.stdout + ran.stderr
    assert said["survivante"].startswith("survivante"), ran.stdout
    assert said["perimee"].startswith("ne s'applique plus"), ran.stdout
    assert said["sans-essai"].startswith("essai en erreur"), ran.stdout
    assert "Prises : 1 sur 4" in ran.stdout
    assert ran.returncode == 1
    gone = mutations("sans-essai", tmp_path)[0]
    assert list(unknown_tests(gone)) == list(gone.tests)
