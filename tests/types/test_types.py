"""What the type checker must refuse: each excerpt is wrong, and `make check` says so at the line marked."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXCERPTS = {
    "une commande vers le flux d'un autre agrégat": """
from equipes.domain.equipe import EQUIPE
from equipes.domain.appartenance import EffacerMembre
from events.store.store import Context, Intent, Store
import datetime as dt

async def essai(store: Store[object], le: dt.datetime) -> None:
    await store.execute(EQUIPE("a"), EffacerMembre(le), Context("essai", "essai"))  # refusé
    Intent(EQUIPE("a"), EffacerMembre(le))
""",
    "un champ obligatoire oublié entre la commande et le fait": """
from activites.domain.faits import Rattachement
from activites.domain.vocabulaire import ActiviteId
from uuid import UUID

def decrire() -> Rattachement:
    return Rattachement(activite_id=ActiviteId(UUID(int=1)))  # refusé
""",
    "un fait que la projection lit et qu'elle oublie": """
from typing import assert_never
from equipes.domain.appartenance import MembreParti, MembreRejoint

type Event = MembreRejoint | MembreParti

def project(event: Event) -> None:
    match event:
        case MembreRejoint():
            return None
        case _:
            assert_never(event)  # refusé
""",
}


@pytest.fixture(scope="module")
def refus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[int]]:
    """The lines that pyright refuses, by excerpt: one run for all, it costs seconds."""
    folder = tmp_path_factory.mktemp("types")
    files = {nom: folder / f"essai_{n}.py" for n, nom in enumerate(EXCERPTS)}
    for nom, file in files.items():
        file.write_text(f"# pyright: strict\n{EXCERPTS[nom]}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    lines: dict[str, set[int]] = {nom: set() for nom in EXCERPTS}
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        for nom, file in files.items():
            if Path(found["file"]) == file and found["severity"] == "error":
                lines[nom].add(found["range"]["start"]["line"] + 1)
    return lines


@pytest.mark.parametrize("nom", EXCERPTS)
def test_les_types_refusent(nom: str, refus: dict[str, set[int]]) -> None:
    text = f"# pyright: strict\n{EXCERPTS[nom]}".splitlines()
    marked = {n for n, line in enumerate(text, 1) if re.search(r"# refusé$", line)}
    assert marked
    assert marked <= refus[nom]
