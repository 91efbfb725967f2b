"""Les graphiques : des coordonnées qui disent les chiffres."""

import pytest
from portail.graphiques import colonnes, graduations


@pytest.mark.parametrize("maximum", [0, 1, 4, 7, 99, 1234, 10**6])
def test_les_graduations_sont_entieres_et_couvrent_le_plus_grand(maximum: int) -> None:
    g = graduations(maximum)
    assert g[0] == 0
    assert g[-1] >= maximum
    assert len(g) <= 7


def test_une_colonne_a_la_hauteur_de_ses_deux_parts() -> None:
    mois = [{"mois": "2026-11", "nombre": 10, "individuels": 4, "participants": 6}]
    [barre] = colonnes(mois)["barres"]
    assert barre["h2"] == pytest.approx(1.5 * barre["h1"], abs=0.2)


def test_aucun_mois_ne_casse_rien() -> None:
    assert colonnes([])["barres"] == []
