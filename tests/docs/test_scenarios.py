"""Chaque scénario de docs/domaine/scenarios-identite.md a un test à son nom, ou est attendu."""

import re
from pathlib import Path

RACINE = Path(__file__).parents[2]
SCENARIO = re.compile(r"^\| \*\*([A-F]\d{1,2})\*\* \|", re.MULTILINE)
TEST = re.compile(r"^(?:async )?def test_((?:[a-f]\d{1,2}_)+)", re.MULTILINE)

ABSENTS = frozenset(
    {
        *("A9", "A10"),
        *("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8"),
        *("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11"),
        *("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9"),
        "E8",
        "F5",
    }
)
"""Ce qu'aucun test ne joue encore sous son identifiant. La liste ne fait que raccourcir."""


def joues() -> set[str]:
    """Those that the name of a test bears: `test_e1_e7_un_nom_…` plays two."""
    return {
        identifiant.upper()
        for dossier in ("libs", "services", "tools", "tests", "apps")
        for fichier in (RACINE / dossier).rglob("test_*.py")
        if "node_modules" not in fichier.parts
        for ids in TEST.findall(fichier.read_text(encoding="utf-8"))
        for identifiant in ids.rstrip("_").split("_")
    }


def scenarios() -> list[str]:
    return SCENARIO.findall((RACINE / "docs/domaine/scenarios-identite.md").read_text(encoding="utf-8"))


def test_chaque_scenario_a_un_test_ou_est_attendu() -> None:
    tous = scenarios()
    assert len(tous) == len(set(tous)) == 52
    assert set(tous) - joues() - ABSENTS == set()
    assert set(tous) >= ABSENTS
