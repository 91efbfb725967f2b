"""La commune d'un compte rendu : le code INSEE décide, ce qui le contredit est refusé."""

import pytest
from activites.domain.communes import canonique, fautes
from activites.domain.vocabulaire import Commune


@pytest.mark.parametrize(
    ("saisie", "gardee"),
    [
        (Commune("", "", "59350"), Commune("Lille", "59000", "59350")),
        (Commune("lille", "59800", "59350"), Commune("Lille", "59800", "59350")),
        (Commune("Ajaccio", "20000", "2a004"), Commune("Ajaccio", "20000", "2A004")),
        (Commune("Béon", "01350", "01039"), Commune("Culoz-Béon", "01350", "01138")),
        (Commune("", "", "75111"), Commune("Paris 11e Arrondissement", "75011", "75111")),
        (Commune("Paris", "75011", "75111"), Commune("Paris 11e Arrondissement", "75011", "75111")),
        (Commune("Paris", "75001", "75111"), Commune("Paris 11e Arrondissement", "75001", "75111")),
        (Commune("St-Denis", "", "97411"), Commune("Saint-Denis", "97400", "97411")),
    ],
)
def test_le_nom_et_le_code_postal_viennent_du_referentiel(saisie: Commune, gardee: Commune) -> None:
    assert canonique(saisie) == gardee
    assert list(fautes(saisie, "/commune")) == []
    assert canonique(gardee) == gardee


@pytest.mark.parametrize(
    ("saisie", "attendues"),
    [
        (
            Commune("Lille", "13001", "29019"),
            [("/commune/nom", "CommuneContredite"), ("/commune/code_postal", "CodePostalContredit")],
        ),
        (Commune("Marseille", "69003", "99999"), [("/commune/code_insee", "CodeInseeInconnu")]),
        (Commune("Communecanarizk", "", "21231"), [("/commune/nom", "CommuneContredite")]),
        (Commune("Lyon", "75011", "75111"), [("/commune/nom", "CommuneContredite")]),
        (Commune("Dijon", "21300", "21231"), [("/commune/code_postal", "CodePostalContredit")]),
    ],
)
def test_une_commune_contredite_est_refusee_avec_son_champ(
    saisie: Commune, attendues: list[tuple[str, str]]
) -> None:
    assert [(f.field, type(f).__name__) for f in fautes(saisie, "/commune")] == attendues
    assert canonique(saisie) == saisie
