"""Une ligne lisible, et la clé qui sert à comparer et à chercher."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from referentiels.cles import cle
from referentiels.textes import nettoyer_texte


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("  3  rue\r\ndu\tPont ", "3 rue du Pont"),
        ("nul\x00 ici\u200b", "nul ici"),
        ("\\xE0\\x20partir", "à partir"),
        ("-----", ""),
        ("null", ""),
    ],
)
def test_un_texte_tient_sur_une_ligne_sans_caractere_invisible(texte: str, attendu: str) -> None:
    assert nettoyer_texte(texte) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("L’Haÿ-les-Roses", "l hay les roses"),
        ("Marcq-en-Barœul", "marcq en baroeul"),
        ("ÉPN_de l'Île  (centre)", "epn de l ile centre"),
        ("Straße", "strasse"),
        ("100 %", "100"),
    ],
)
def test_une_cle_ne_garde_que_les_mots(texte: str, attendu: str) -> None:
    assert cle(texte) == attendu


@given(st.text(max_size=80))
def test_une_cle_ne_garde_ni_joker_ni_accent_et_se_repete(texte: str) -> None:
    obtenue = cle(texte)
    assert not set("%_\\\x00") & set(obtenue)
    assert cle(obtenue) == obtenue


@given(st.text(max_size=80))
def test_un_texte_nettoye_ne_change_plus(texte: str) -> None:
    propre = nettoyer_texte(texte)
    assert "\x00" not in propre
    assert propre == propre.strip()
