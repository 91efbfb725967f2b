"""docs/securite.md : chaque attaque y a sa ligne, et chaque test nommé existe."""

import re
from pathlib import Path

RACINE = Path(__file__).parents[2]
LIGNE = re.compile(r"^\| ([A-J]\d{2}) \| .* \| (.*) \|$", re.MULTILINE)
TEST = re.compile(r"`(test_\w+)`")
ATTAQUE = re.compile(r"^\| ([A-J]\d{2}) \|", re.MULTILINE)
DEFINITION = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
A_VENIR = re.compile(r"à venir : \w+")


def lire(page: str) -> str:
    return (RACINE / page).read_text(encoding="utf-8")


def test_chaque_attaque_a_sa_ligne_et_une_seule() -> None:
    lignes = [identifiant for identifiant, _ in LIGNE.findall(lire("docs/securite.md"))]
    assert lignes == ATTAQUE.findall(lire("docs/domaine/securite.md"))
    assert len(lignes) == 48


def test_chaque_ligne_nomme_un_test_ou_ce_qui_l_apportera() -> None:
    muettes = [
        identifiant
        for identifiant, reponse in LIGNE.findall(lire("docs/securite.md"))
        if not TEST.search(reponse) and not A_VENIR.search(reponse)
    ]
    assert muettes == []


def test_chaque_test_nomme_existe() -> None:
    existants = {
        nom
        for dossier in ("libs", "services", "tools", "deploy", "tests")
        for fichier in (RACINE / dossier).rglob("test_*.py")
        if "node_modules" not in fichier.parts
        for nom in DEFINITION.findall(fichier.read_text(encoding="utf-8"))
    }
    nommes = set(TEST.findall(lire("docs/securite.md"))) - {"test_securite"}
    assert nommes - existants == set()
