"""Les textes des pages : chaque titre a son ancre, les jours leur ordre, les liens mènent quelque part."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from portail import textes
from portail.pages import ROUTES
from portail.pages.outils import OUTILS, ROLES
from portail.pages.publiques import CHEMINS, STATUTS, TEXTES, nouveautes
from portail.rendu import ICI, Rendu
from portail.textes import Texte

TOUS: dict[str, Texte] = TEXTES | {f"outils/{nom}": outil for nom, outil in OUTILS.items()}
ADRESSES = {
    **{chemin: TEXTES[nom] for chemin, nom in CHEMINS.items()},
    "/aide": TEXTES["aide"],
    "/aide/connexion": TEXTES["aide-connexion"],
    "/nouveautes": TEXTES["nouveautes"],
}
"""Les pages dont on connaît les ancres."""
DU_GABARIT = {"/aide": {"contacts"}}
PAGES = {r.path for router in ROUTES for r in router.routes if isinstance(r, APIRoute)}


def ancres(texte: Texte) -> list[str]:
    """Celles de ses titres, du deuxième et du troisième rang."""
    return [a for s in texte.sections for a in (s.ancre, *(ancre for ancre, _ in s.titres))]


@pytest.mark.parametrize("nom", TOUS)
def test_chaque_titre_a_une_ancre_a_lui(nom: str) -> None:
    compte = Counter(ancres(TOUS[nom]))
    assert compte
    assert [
        ancre for ancre, fois in compte.items() if fois > 1 or not re.fullmatch(r"[a-z0-9-]{2,60}", ancre)
    ] == []
    # Written by hand: it stays when the words of the title change.
    fichier = textes.DOSSIER / Path(nom).parent / f"{TOUS[nom].nom}.md"
    titres = [li for li in fichier.read_text().splitlines() if li.startswith(("## ", "### "))]
    assert [titre for titre in titres if not titre.endswith("}")] == []


def test_les_nouveautes_vont_de_la_plus_recente_a_la_plus_ancienne() -> None:
    entrees = nouveautes()
    jours = [e.jour for e in entrees]
    assert jours == sorted(jours, reverse=True)
    assert [e.section.ancre for e in entrees if not e.section.ancre.startswith(f"{e.jour}-")] == []


@pytest.mark.parametrize("nom", TOUS)
def test_un_lien_mene_a_une_page_et_a_une_ancre_qui_existent(nom: str) -> None:
    texte = TOUS[nom]
    html = texte.chapeau + "".join(s.html for s in texte.sections)
    liens = [*re.findall(r'href="([^"]+)"', html), *([texte.infos["lien"]] if "lien" in texte.infos else [])]
    for lien in liens:
        adresse = urlsplit(lien)
        if adresse.scheme:
            assert (adresse.scheme, bool(adresse.hostname)) == ("https", True), lien
            continue
        assert adresse.path in PAGES, lien
        if adresse.fragment:
            page = ADRESSES[adresse.path]
            assert adresse.fragment in {*ancres(page), *DU_GABARIT.get(adresse.path, ())}, lien


def test_le_plan_du_site_a_chaque_entree_du_menu_et_du_pied() -> None:
    composants = ICI / "templates" / "composants"
    menus = "".join((composants / f"{nom}.html").read_text() for nom in ("entete", "pied"))
    entrees = set(re.findall(r'\("(/[a-z/-]*)", "', menus)) - {"/plan-du-site"}
    assert len(entrees) > 12
    plan = "".join(section.html for section in TEXTES["plan-du-site"].sections)
    assert entrees - set(re.findall(r'href="([^"]+)"', plan)) == set()


@pytest.mark.parametrize("nom", OUTILS)
def test_un_outil_dit_a_quoi_il_sert_pour_qui_et_qui_aide(nom: str) -> None:
    outil = OUTILS[nom]
    assert [s.ancre for s in outil.sections] == ["sert", "pour-qui", "compte", "qui-voit-quoi", "aide"]
    assert {"resume", *ROLES} <= outil.infos.keys() <= {"resume", "lien", *ROLES}


def test_les_statuts_sont_ceux_de_refus_qui_existent() -> None:
    assert STATUTS.keys() <= set(ancres(TEXTES["aide-connexion"]))


def test_un_texte_ne_met_dans_la_page_que_du_texte(tmp_path: Path) -> None:
    fichier = tmp_path / ("hostile" + ".md")
    fichier.write_text(
        "note : <b>\n# <i>Titre</i>\n\n<script>alert(1)</script>\n\n## [a](javascript:x) {#a}\n"
    )
    lu = textes.lire(fichier)
    assert "<script" not in lu.chapeau
    assert "&lt;script&gt;" in lu.chapeau
    assert lu.sections[0].ancre == "a"


def test_un_tableau_nomme_ses_lignes_et_ses_colonnes(tmp_path: Path) -> None:
    fichier = tmp_path / ("tableau" + ".md")
    fichier.write_text("# T\n\n## Qui {#qui}\n\n| A | B |\n|---|---|\n| un | deux |\n")
    html = textes.lire(fichier).sections[0].html
    for attendu in (
        '<th scope="col">A</th>',
        '<th scope="row">un</th>',
        "<td>deux</td>",
        'aria-label="Tableau : Qui"',
        '<caption class="sr">Qui</caption>',
    ):
        assert attendu in html


def test_le_fil_est_de_l_atom_dont_chaque_entree_a_son_adresse() -> None:
    fil = Rendu().texte("textes/nouveautes.atom", base="https://coop.exemple.fr", entrees=nouveautes())
    racine = ET.fromstring(fil)
    atom = "{http://www.w3.org/2005/Atom}"
    entrees = racine.findall(f"{atom}entry")
    assert len(entrees) == len(nouveautes())
    assert [e.findtext(f"{atom}id") for e in entrees] == [
        f"https://coop.exemple.fr/nouveautes#{e.section.ancre}" for e in nouveautes()
    ]
    assert all((e.findtext(f"{atom}content") or "").startswith("<p>") for e in entrees)


def test_chaque_composant_est_montre_dans_la_page_des_composants() -> None:
    montrees = (ICI / "templates" / "composants.html").read_text()
    for nom, prefixe in (("champs", "c"), ("figures", "f"), ("textes", "t"), ("ailleurs", "autre")):
        macros = re.findall(
            r"\{%-? macro (\w+)", (ICI / "templates" / "composants" / f"{nom}.html").read_text()
        )
        assert macros
        # `id` only serves the others.
        assert [m for m in macros if m != "id" and f"{prefixe}.{m}(" not in montrees] == []
