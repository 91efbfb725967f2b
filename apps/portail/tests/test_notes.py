"""Retoucher des notes dans un champ de texte n'en perd que ce que l'on a touché."""

import pytest
from portail.affichage import en_texte
from portail.formulaires import Saisie
from portail.notes import notes_lues, notes_relues

GRAS, LISTE = "<p>Un <b>mot</b></p>", "<ul><li>x<ul><li>y</li></ul></li></ul>"


def retouchees(html: str, avant: str, apres: str) -> str:
    saisie = Saisie(notes_relues(html))
    return notes_lues(saisie.avec("notes", saisie.un("notes").replace(avant, apres)))


@pytest.mark.parametrize(
    ("html", "avant", "apres", "attendu"),
    [
        (f"{GRAS}<p>c</p>", "c", "d", f"{GRAS}<p>d</p>"),
        (f"{LISTE}<p>c</p>", "c", "d", f"{LISTE}<p>d</p>"),
        (f"<p>c</p>{GRAS}{LISTE}", "c", "d\ne", f"<p>d</p><p>e</p>{GRAS}{LISTE}"),
        (f"{GRAS}<p>c</p>{LISTE}", "c\n", "", f"{GRAS}{LISTE}"),
        (GRAS, "mot", "<b>", "<p>Un &lt;b&gt;</p>"),
        ("texte nu<p>c</p>", "c", "d", "<p>texte nu</p><p>d</p>"),
        (f"{GRAS}<p>jamais fermé", "jamais", "pas", f"{GRAS}<p>pas fermé</p>"),
    ],
)
def test_ce_que_l_on_n_a_pas_touche_garde_sa_mise_en_forme(
    html: str, avant: str, apres: str, attendu: str
) -> None:
    assert retouchees(html, avant, apres) == attendu


@pytest.mark.parametrize("html", ["<p>" * 80_000, "<" * 250_000, "<p>x</p>" * 30_000, "</p><p>" * 2_000])
def test_des_notes_hostiles_se_lisent_d_un_trait(html: str) -> None:
    """Anybody may send a form: what no one could have been given costs no more than reading it."""
    lues = notes_lues(Saisie([("notes", "x\ny\n" * 500), ("notes_html", html)]))
    assert en_texte(lues).splitlines() == ["x", "y"] * 500
