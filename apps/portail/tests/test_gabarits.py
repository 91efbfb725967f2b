"""Ce que les gabarits n'ont pas le droit d'écrire, et les adresses qui ne croisent pas celles de l'API."""

import hashlib
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from portail.pages import ROUTES
from portail.rendu import ICI, STATIC, TIERS, sans_marge

GABARITS = sorted((ICI / "templates").rglob("*.html"))
HTMX = {"hx-get", "hx-post", "hx-target", "hx-swap", "hx-trigger", "hx-push-url", "hx-sync"}
RACINE = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("gabarit", GABARITS, ids=lambda g: str(g.relative_to(ICI)))
def test_un_gabarit_n_a_ni_style_ni_script_dans_la_page(gabarit: Path) -> None:
    texte = gabarit.read_text()
    assert not re.search(r"\sstyle=|\son\w+=|javascript:|<style|\|\s*safe", texte)
    assert not re.search(r"<script(?![^>]*\ssrc=)", texte)
    assert set(re.findall(r"\b(hx-[\w:-]+)", texte)) <= HTMX


@pytest.mark.parametrize("gabarit", GABARITS, ids=lambda g: str(g.relative_to(ICI)))
def test_un_paragraphe_ne_contient_ni_formulaire_ni_liste(gabarit: Path) -> None:
    """The browser would close it there, and what follows would lose its place."""
    blocs = r"<p\b[^>]*>(?:(?!</p>).)*?<(form|ul|ol|dl|div|details|section|table|fieldset|nav|h[1-6])\b"
    assert re.search(blocs, gabarit.read_text(), re.DOTALL) is None


def test_le_code_de_tiers_est_celui_que_dit_son_registre() -> None:
    registre = (STATIC / TIERS / "README.md").read_text()
    fichiers = [f for f in (STATIC / TIERS).iterdir() if f.suffix in {".js", ".css"}]
    assert fichiers
    for fichier in fichiers:
        ligne = next(li for li in registre.splitlines() if f"`{fichier.name}`" in li)
        assert hashlib.sha256(fichier.read_bytes()).hexdigest() in ligne


def test_aucune_page_ne_porte_une_adresse_de_l_api() -> None:
    passerelle = (RACINE / "deploy" / "traefik" / "dynamique.yaml").read_text()
    prefixes = [p for p in re.findall(r"PathPrefix\(`([^`]+)`\)", passerelle) if p != "/"]
    pages = [r.path for router in ROUTES for r in router.routes if isinstance(r, APIRoute)]
    assert len(pages) > 10
    assert [p for p in pages if any(p.startswith(prefixe) for prefixe in prefixes)] == []


def test_nos_scripts_n_ont_pas_de_texte_sur_plusieurs_lignes() -> None:
    """Sans quoi retirer leurs marges changerait ce qu'ils disent."""
    coupes = [
        f"{script.name}:{numero}"
        for script in STATIC.glob("*.js")
        for numero, ligne in enumerate(script.read_text().splitlines(), 1)
        if ligne.count("`") % 2
    ]
    assert coupes == []
    assert (
        sans_marge("  // Pourquoi.\n\n  dire(`à ${qui} // ici`);\n".encode())
        == "dire(`à ${qui} // ici`);".encode()
    )
