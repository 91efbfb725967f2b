"""Une boîte, une adresse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from referentiels.courriels import CourrielIllisible, domaine_de, normaliser


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        (" Sofia.Lopez@Metropole.Exemple.FR ", "sofia.lopez@metropole.exemple.fr"),
        ("lea@ville.fr.", "lea@ville.fr"),
        ("lea@ville.fr。", "lea@ville.fr"),
        ("lea@ville。fr．.｡", "lea@ville.fr"),
        ("ｌｅａ@ville.fr", "lea@ville.fr"),
        ("lea@ｖille.fr", "lea@ville.fr"),
        ("lea+tag@ville.fr", "lea+tag@ville.fr"),
        ("lea@mairie-évry.fr", "lea@xn--mairie-vry-h7a.fr"),
        ("lea@XN--MAIRIE-VRY-H7A.fr", "lea@xn--mairie-vry-h7a.fr"),
    ],
)
def test_une_adresse_a_une_seule_forme(texte: str, attendu: str) -> None:
    assert normaliser(texte) == attendu
    assert normaliser(attendu) == attendu


def test_deux_domaines_que_le_reseau_distingue_restent_deux_adresses() -> None:
    assert normaliser("lea@faß.de") == "lea@xn--fa-hia.de"
    assert normaliser("lea@fass.de") == "lea@fass.de"


@pytest.mark.parametrize(
    "texte",
    [
        "", "lea", "@ville.fr", "lea@", "lea@.", "lea@。", "le a@ville.fr", "lea@vil le.fr", "lea@a..b",
        "lea@b@ville.fr", "lea@-ville.fr", "lea@vi_lle.fr", "lea@xn--zz", "lea\u200b@ville.fr",
        "lea\x00@ville.fr", "lé;a@ville.fr", 'l"a@ville.fr', "a..b@ville.fr", ".a@ville.fr",
        "a" * 300, f"{'a' * 250}@b.fr", f"lea@{'a' * 64}.fr",
    ],
)  # fmt: skip
def test_une_adresse_illisible_est_refusee(texte: str) -> None:
    with pytest.raises(CourrielIllisible):
        normaliser(texte)


@given(st.text(max_size=60), st.text(max_size=60))
def test_normaliser_deux_fois_ne_change_rien(local: str, domaine: str) -> None:
    try:
        une_fois = normaliser(f"{local}@{domaine}")
    except CourrielIllisible:
        return
    assert normaliser(une_fois) == une_fois
    assert domaine_de(une_fois).isascii()
