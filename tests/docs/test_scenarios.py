"""Chaque scénario de docs/domaine/scenarios-identite.md a un test à son nom, ou est attendu."""

import re
from pathlib import Path

RACINE = Path(__file__).parents[2]
SCENARIO = re.compile(r"^\| \*\*([A-F]\d{1,2})\*\* \|", re.MULTILINE)
TEST = re.compile(r"^(?:async )?def test_((?:[a-f]\d{1,2}_)+)", re.MULTILINE)

ABSENTS: frozenset[str] = frozenset()
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
    assert set(tous) - joues() == ABSENTS
