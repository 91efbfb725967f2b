"""La grille RGAA : 106 critères jugés, chacun avec sa preuve ; la déclaration dit ce que la grille compte."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from portail.pages import ROUTES

RACINE = Path(__file__).parents[2]
PORTAIL = RACINE / "apps/portail/src/portail"
GRILLE = (RACINE / "docs/accessibilite/grille-rgaa.md").read_text(encoding="utf-8")
DECLARATION = (PORTAIL / "contenus/accessibilite").with_suffix(".md").read_text(encoding="utf-8")

PAR_THEME = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
"""Combien de critères a chacun des treize thèmes du RGAA 4.1.2."""
LIGNE = re.compile(r"^\| (\d+\.\d+) \| (.+?) \| (\S+) \| (.+) \|$", re.MULTILINE)
FICHIER = re.compile(r"`([\w./-]+\.(?:html|css|js|py|md))`")
TEST = re.compile(r"`(test_\w+)`")
DEFINITION = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)

ADRESSE = re.compile(r"`(/[^`?]*)")
PERIMETRE = GRILLE.partition("## Périmètre")[2].partition("## 1. Images")[0]
PARCOURS = RACINE / "tests/e2e/portail/test_pages.py"
SANS_PAGE = {
    "/static/{nom:path}",
    "/sw.js",
    "/nouveautes.atom",
    "/robots.txt",
    "/suggestions/communes",
    "/suggestions/lieux",
    "/inscription",
    "/espace/activites/choix",
    "/espace/statistiques/choix",
    "/espace/rdv/{rdv_id:int}/{geste}",
}
"""Servi, sans être une page : fichiers, morceaux d'une page, renvois."""

LIGNES = LIGNE.findall(GRILLE)
ETATS = Counter(etat for _, _, etat, _ in LIGNES)


def taux() -> str:
    """« 97,3 % » : les conformes parmi les applicables."""
    conformes = ETATS["C"] / (ETATS["C"] + ETATS["NC"])
    return f"{100 * conformes:.1f} %".replace(".", ",")


def test_chaque_critere_a_sa_ligne_et_une_seule() -> None:
    attendus = [f"{theme}.{n}" for theme, nombre in enumerate(PAR_THEME, 1) for n in range(1, nombre + 1)]
    assert len(attendus) == 106
    assert [critere for critere, *_ in LIGNES] == attendus


def test_chaque_critere_a_un_etat_et_une_preuve() -> None:
    assert [critere for critere, _, etat, _ in LIGNES if etat not in {"C", "NC", "NA"}] == []
    assert [critere for critere, titre, _, preuve in LIGNES if len(titre) < 10 or len(preuve) < 15] == []


def test_ce_qui_est_conforme_nomme_un_fichier_ou_un_test() -> None:
    assert [
        c for c, _, etat, p in LIGNES if etat == "C" and not FICHIER.search(p) and not TEST.search(p)
    ] == []


def test_chaque_fichier_et_chaque_test_nomme_existe() -> None:
    dossiers = (RACINE, PORTAIL, PORTAIL / "templates")
    absents = {f for f in FICHIER.findall(GRILLE) if not any((d / f).is_file() for d in dossiers)}
    assert absents == set()
    definis = {
        nom
        for essais in (RACINE / "apps/portail/tests", RACINE / "tests/e2e/portail", RACINE / "tests/docs")
        for fichier in essais.glob("test_*.py")
        for nom in DEFINITION.findall(fichier.read_text(encoding="utf-8"))
    }
    assert set(TEST.findall(GRILLE)) - definis == set()


def test_le_taux_ecrit_est_celui_des_lignes() -> None:
    comptes = f"{ETATS['C']} conformes, {ETATS['NC']} non conformes, {ETATS['NA']} non applicables"
    assert f"{comptes} : {taux()}" in GRILLE


def test_la_declaration_dit_le_taux_la_date_et_l_etat_de_la_grille() -> None:
    date = re.search(r"Évaluation du (\d+(?:er)? \w+ \d{4})", GRILLE)
    assert date is not None
    assert f"établie le {date[1]}" in DECLARATION
    assert f"{taux()} des critères" in DECLARATION
    etat = "totalement conforme" if not ETATS["NC"] else "partiellement conforme"
    pied = (PORTAIL / "templates/composants/pied.html").read_text(encoding="utf-8")
    assert f"# Accessibilité : {etat}" in DECLARATION
    assert f"Accessibilité : {etat}" in pied


@pytest.mark.parametrize(("critere", "titre"), [(c, t) for c, t, etat, _ in LIGNES if etat == "NC"])
def test_la_declaration_nomme_chaque_critere_non_conforme(critere: str, titre: str) -> None:
    assert f"(critère {critere})" in DECLARATION, titre


def parcourues() -> set[str]:
    """Les adresses qu'ouvre le parcours d'axe, sans leurs questions."""
    textes = (
        n.value for n in ast.walk(ast.parse(PARCOURS.read_text("utf-8"))) if isinstance(n, ast.Constant)
    )
    return {t.partition("?")[0] for t in textes if isinstance(t, str) and t.startswith("/")}


def sans(adresses: set[str]) -> list[str]:
    """Les pages servies que nulle de ces adresses n'ouvre."""

    def ouvre(adresse: str, page: str) -> bool:
        dites, servies = adresse.strip("/").split("/"), page.strip("/").split("/")
        return len(dites) == len(servies) and all(
            s.startswith("{") or s == d for d, s in zip(dites, servies, strict=True)
        )

    pages = {
        r.path for un in ROUTES for r in un.routes if isinstance(r, APIRoute) and "GET" in (r.methods or ())
    }
    assert pages >= SANS_PAGE
    a_lire = {p for p in pages - SANS_PAGE if not p.endswith("/export")}
    return sorted(p for p in a_lire if not any(ouvre(a, p) for a in adresses))


def test_une_page_servie_est_dans_la_grille_et_dans_le_parcours_d_axe() -> None:
    assert sans(parcourues()) == []
    assert sans(set(ADRESSE.findall(PERIMETRE))) == []
