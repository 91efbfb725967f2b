"""Les graphiques : des coordonnées qui disent les chiffres."""

import pytest
from portail.graphiques import colonnes, graduations, mois, semaines


@pytest.mark.parametrize("maximum", [0, 1, 4, 7, 99, 1234, 10**6])
def test_les_graduations_sont_entieres_et_couvrent_le_plus_grand(maximum: int) -> None:
    g = graduations(maximum)
    assert g[0] == 0
    assert g[-1] >= maximum
    assert len(g) <= 7


def test_une_colonne_a_la_hauteur_de_ses_deux_parts() -> None:
    novembre = {"mois": "2026-11", "nombre": 10, "individuels": 4, "participants": 6}
    [barre] = colonnes(mois([novembre]))["barres"]
    assert barre["h2"] == pytest.approx(1.5 * barre["h1"], abs=0.2)


def test_aucun_mois_ne_casse_rien() -> None:
    assert colonnes([])["barres"] == []


def test_l_annee_se_lit_au_premier_mois_et_en_janvier() -> None:
    vides = {"nombre": 0, "individuels": 0, "participants": 0}
    codes = ("2025-11", "2025-12", "2026-01")
    assert [(m["court"], m["sous"]) for m in mois([{"mois": c, **vides} for c in codes])] == [
        ("nov.", "2025"),
        ("déc.", ""),
        ("janv.", "2026"),
    ]


def test_une_semaine_porte_le_nom_de_son_lundi() -> None:
    lundi = {"semaine": "2026-06-01", "libelle": "01/06", "nombre": 1, "individuels": 1, "participants": 0}
    assert semaines([lundi])[0]["long"] == "semaine du 1er juin 2026"
