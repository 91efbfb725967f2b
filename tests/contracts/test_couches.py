"""Chaque paquet du dépôt a sa couche : ce que les contrats n'énumèrent pas leur échapperait."""

import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
ROOMS = ("libs", "services", "apps", "deploy", "tools")


def paquets() -> set[str]:
    """Every package that a distribution of ours installs."""
    sources = chain.from_iterable(ROOT.glob(f"{room}/*/src/*/__init__.py") for room in ROOMS)
    return {source.parent.name for source in sources}


def test_chaque_paquet_est_analyse() -> None:
    assert set(LINTER["root_packages"]) == paquets()


def test_chaque_paquet_a_sa_couche_ou_tient_seul() -> None:
    couches = [c for c in LINTER["contracts"] if c["type"] == "layers" and "containers" not in c]
    lignes = [ligne for contrat in couches for ligne in contrat["layers"]]
    ranges = {nom.strip() for ligne in lignes for nom in ligne.replace(":", "|").split("|")}
    seuls = set(chain.from_iterable(c["modules"] for c in LINTER["contracts"] if c["type"] == "independence"))
    assert paquets() - ranges - seuls == set()


def test_dans_une_distribution_chaque_piece_a_sa_couche() -> None:
    pieces = [c for c in LINTER["contracts"] if c["type"] == "layers" and "containers" in c]
    assert [c["name"] for c in pieces if not c.get("exhaustive")] == []
