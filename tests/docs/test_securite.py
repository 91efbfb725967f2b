"""docs/securite.md, docs/epreuves.md : chaque attaque, chaque faute y a sa ligne, et son test existe."""

import re
from pathlib import Path

RACINE = Path(__file__).parents[2]
PAGES = ("docs/securite.md", "docs/epreuves.md")
LIGNE = re.compile(r"^\| ([A-J]\d{2}|\d{1,2}) \| .* \| (.*) \|$", re.MULTILINE)
TEST = re.compile(r"`(?:([\w/.-]+\.py)::)?(test_\w+)`")
ATTAQUE = re.compile(r"^\| ([A-J]\d{2}) \|", re.MULTILINE)
DEFINITION = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
A_VENIR = re.compile(r"à venir : \w+")


def lire(page: str) -> str:
    return (RACINE / page).read_text(encoding="utf-8")


def test_chaque_attaque_a_sa_ligne_et_une_seule() -> None:
    attaques, fautes = ([qui for qui, _ in LIGNE.findall(lire(page))] for page in PAGES)
    assert attaques == ATTAQUE.findall(lire("docs/domaine/securite.md"))
    assert len(attaques) == 48
    assert fautes == [str(numero) for numero in range(1, len(fautes) + 1)]


def test_chaque_ligne_nomme_un_test_ou_ce_qui_l_apportera() -> None:
    muettes = [
        identifiant
        for page in PAGES
        for identifiant, reponse in LIGNE.findall(lire(page))
        if not TEST.search(reponse) and not A_VENIR.search(reponse)
    ]
    assert muettes == []


def test_chaque_test_nomme_existe() -> None:
    """Where it is said to be, when a file is said."""
    existants = {
        (ou, nom)
        for dossier in ("apps", "libs", "services", "tools", "deploy", "tests")
        for fichier in (RACINE / dossier).rglob("test_*.py")
        if "node_modules" not in fichier.parts
        for nom in DEFINITION.findall(fichier.read_text(encoding="utf-8"))
        for ou in ("", str(fichier.relative_to(RACINE)))
    }
    nommes = {test for page in PAGES for test in TEST.findall(lire(page))} - {("", "test_securite")}
    assert nommes - existants == set()
