"""Tout renvoi du dépôt mène quelque part : la page existe, la section et le scénario aussi.

Trois formes : un nom de page (`docs/…`, ou relatif au fichier) ; un nom de page suivi de sections ou
d'identifiants ; une section seule, qui est alors dans une page que le fichier nomme ou dans la page même.
"""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

RACINE = Path(__file__).parents[2]
TEXTES = {".py", ".md", ".toml", ".yml", ".yaml", ".sh", ".conf", ".html", ".css", ".js"}
NOTES = "|".join(("ENGINE", "DESIGN", "HOUSE"))
"""Des notes de travail qui n'ont jamais été dans le dépôt."""

ADRESSE = re.compile(r"https?://\S+")
PAGE = re.compile(r"[\w./-]*\w\.md\b")
SECTION = re.compile(r"§ ?(\d+(?:\.\d+)*)")
IDENTIFIANT = re.compile(r"\b([A-J]\d{1,2})\b")
SUITE = re.compile(r"[`\")]{0,2}((?:[\s,;#]|§ ?\d+(?:\.\d+)*|\b(?:à|et|ou|to|and|[A-J]\d{1,2})\b)*)")
"""Ce qui suit un nom de page : sections, identifiants, mots de liaison, même coupés par un saut de ligne."""
LIEN = re.compile(r"\[[^\]\n]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
TITRE = re.compile(r"^#{2,4} (\d+(?:\.\d+)*)\.? ", re.MULTILINE)
LIGNE = re.compile(r"^\| (?:\*\*)?([A-J]\d{1,2})(?:\*\*)? \|", re.MULTILINE)
NOTE = re.compile(rf"\b(?:{NOTES}) [§\d]")
DECISION = re.compile(r"\bADR[ -](\d{4})\b")


def fichiers() -> Iterator[Path]:
    """Les fichiers de texte du dépôt, sans ce qui est caché ou construit."""
    for dossier, sous_dossiers, noms in os.walk(RACINE):
        sous_dossiers[:] = [d for d in sous_dossiers if not d.startswith(".") and d != "node_modules"]
        for nom in noms:
            if Path(nom).suffix in TEXTES or nom == "Makefile":
                yield Path(dossier, nom)


@cache
def contenu(page: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Les sections numérotées d'une page, et les identifiants de ses tableaux (scénarios, attaques)."""
    texte = page.read_text()
    return frozenset(TITRE.findall(texte)), frozenset(LIGNE.findall(texte))


def trouver(nom: str, fichier: Path) -> Path | None:
    """La page nommée, depuis la racine ou depuis le fichier."""
    candidats = ((dossier / nom).resolve() for dossier in (RACINE, fichier.parent))
    return next((c for c in candidats if c.is_file() and c.is_relative_to(RACINE)), None)


def decouper(texte: str) -> tuple[list[tuple[str, str]], str]:
    """Les noms de pages, chacun avec ce qui le suit, et le texte sans eux. Un lien est le nom de sa page."""
    texte = LIEN.sub(lambda lien: lien[1] if lien[1].endswith(".md") else lien[0], ADRESSE.sub("", texte))
    renvois: list[tuple[str, str]] = []
    reste: list[str] = []
    fin = 0
    for nom in PAGE.finditer(texte):
        suite = SUITE.match(texte, nom.end())
        assert suite is not None  # it may be empty
        renvois.append((nom[0], suite[1]))
        reste.append(texte[fin : nom.start()])
        fin = suite.end()
    return renvois, "\n".join([*reste, texte[fin:]])


def fautes(fichier: Path, texte: str) -> list[str]:
    """Les renvois de ce texte qui ne mènent nulle part."""
    trouvees = [f"note absente du dépôt : {note[0]}" for note in NOTE.finditer(texte)]
    decisions = {adr.name[:4] for adr in (RACINE / "docs/adr").glob("*.md")}
    trouvees += [f"décision absente : ADR {n}" for n in DECISION.findall(texte) if n not in decisions]
    renvois, reste = decouper(texte)
    connues = set(contenu(fichier)[0]) if fichier.suffix == ".md" else set[str]()
    for nom, suite in renvois:
        page = trouver(nom, fichier)
        if page is None:
            trouvees.append(f"page absente : {nom}")
            continue
        sections, identifiants = contenu(page)
        connues |= sections
        trouvees += [f"{nom} n'a pas de §{n}" for n in SECTION.findall(suite) if n not in sections]
        if identifiants:
            cites = IDENTIFIANT.findall(suite)
            trouvees += [f"{nom} n'a pas {i}" for i in cites if i not in identifiants]
    seules = SECTION.findall(re.sub(r"RFC \d+ §[\d.]+", "", reste))
    trouvees += [f"§{n} n'est dans aucune page nommée ici" for n in seules if n not in connues]
    return trouvees


def test_chaque_renvoi_du_depot_mene_a_une_page_et_a_une_section():
    cassees = {
        str(fichier.relative_to(RACINE)): trouvees
        for fichier in fichiers()
        if (trouvees := fautes(fichier, fichier.read_text()))
    }
    assert cassees == {}


# The names below are put together, or this file would break its own rule.
DOMAINE = "docs/domaine/"
MD = ".md"
S = chr(167)


@pytest.mark.parametrize(
    ("renvoi", "faute"),
    [
        (f"{DOMAINE}absente{MD}", "page absente"),
        (f"domain/activites{MD}", "page absente"),
        (f"/etc/passwd{MD}", "page absente"),
        (f"{DOMAINE}activites{MD} {S}99", f"n'a pas de {S}99"),
        (f"{DOMAINE}activites{MD} {S}2 à {S}98", f"n'a pas de {S}98"),
        (f"`{DOMAINE}activites{MD}` {S}3.9", f"n'a pas de {S}3.9"),
        (f"{DOMAINE}scenarios-identite{MD} D4 et D99", "n'a pas D99"),
        (f"{DOMAINE}securite{MD} A99", "n'a pas A99"),
        (f"la règle de {S}77", "aucune page nommée"),
        (f"{NOTES.split('|')[0]} {S}", "note absente"),
        (f"{NOTES.split('|')[1]} 5", "note absente"),
        (f"ADR {9999}", "décision absente"),
    ],
)
def test_un_renvoi_qui_ne_mene_nulle_part_est_vu(renvoi: str, faute: str):
    [trouvee] = fautes(Path(__file__), renvoi)
    assert faute in trouvee


def test_un_renvoi_juste_passe_sous_toutes_ses_formes():
    page, scenarios = f"{DOMAINE}activites{MD}", f"{DOMAINE}scenarios-identite{MD}"
    for renvoi in (
        page,
        f"({page} {S}2 et {S}3.2).",
        f"`{page}` {S}2.1\n# {S}4",
        f"{page} {S}2 ; ailleurs ({S}2.4)",
        f"{scenarios} D4, D7",
        f"RFC 9457 {S}3.2",
        "ADR 0001",
    ):
        assert fautes(Path(__file__), renvoi) == []
