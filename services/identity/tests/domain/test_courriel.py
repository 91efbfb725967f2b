import pytest
from identity.domain import courriel


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        (" Sofia.Lopez@Metropole.Exemple.FR ", "sofia.lopez@metropole.exemple.fr"),
        ("lea@ville.fr.", "lea@ville.fr"),
        ("ｌｅａ@ville.fr", "lea@ville.fr"),
        ("lea+tag@ville.fr", "lea+tag@ville.fr"),
        ("lea@mairie-évry.fr", "lea@xn--mairie-vry-h7a.fr"),
    ],
)
def test_une_adresse_a_une_seule_forme(texte: str, attendu: str) -> None:
    assert courriel.normaliser(texte) == attendu


@pytest.mark.parametrize(
    "texte", ["", "lea", "@ville.fr", "lea@", "lea@.", "le a@ville.fr", "lea@a..b", "a" * 300]
)
def test_une_adresse_illisible_est_refusee(texte: str) -> None:
    with pytest.raises(courriel.CourrielIllisible):
        courriel.normaliser(texte)


@pytest.mark.parametrize(
    "texte",
    [
        "lea@conseiller-numerique.fr",
        " LEA@Conseiller-Numerique.FR. ",
        "lea@ain.conseiller-numerique.fr",
        "lea@ｃonseiller-numerique.fr",
    ],
)
def test_les_adresses_supprimees_sont_refusees(texte: str) -> None:
    with pytest.raises(courriel.AdresseSupprimee):
        courriel.accepter(texte)


@pytest.mark.parametrize("texte", ["lea@pas-conseiller-numerique.fr", "lea@conseiller-numerique.fr.test"])
def test_un_domaine_ressemblant_reste_accepte(texte: str) -> None:
    assert courriel.accepter(texte) == texte
