import pytest
from identity.domain import courriel


def test_une_adresse_est_acceptee_sous_sa_forme_normale() -> None:
    assert (
        courriel.accepter(" Sofia.Lopez@Métropole.Exemple.FR. ") == "sofia.lopez@xn--mtropole-b1a.exemple.fr"
    )


def test_une_adresse_illisible_est_refusee() -> None:
    with pytest.raises(courriel.CourrielIllisible):
        courriel.accepter("lea@a..b")


@pytest.mark.parametrize(
    "texte",
    [
        "lea@conseiller-numerique.fr",
        " LEA@Conseiller-Numerique.FR. ",
        "lea@ain.conseiller-numerique.fr",
        "lea@ｃonseiller-numerique.fr",
        "lea@conseiller-numerique.fr。",
    ],
)
def test_les_adresses_supprimees_sont_refusees(texte: str) -> None:
    with pytest.raises(courriel.AdresseSupprimee):
        courriel.accepter(texte)


@pytest.mark.parametrize("texte", ["lea@pas-conseiller-numerique.fr", "lea@conseiller-numerique.fr.test"])
def test_un_domaine_ressemblant_reste_accepte(texte: str) -> None:
    assert courriel.accepter(texte) == texte
