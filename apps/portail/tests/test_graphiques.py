"""Les graphiques : des coordonnées qui disent les chiffres."""

import pytest
from portail.graphiques import au_fil, colonnes, graduations


@pytest.mark.parametrize("maximum", [0, 1, 4, 7, 99, 1234, 10**6])
def test_les_graduations_sont_entieres_et_couvrent_le_plus_grand(maximum: int) -> None:
    g = graduations(maximum)
    assert g[0] == 0
    assert g[-1] >= maximum
    assert len(g) <= 7


def test_une_colonne_a_la_hauteur_de_ses_deux_parts() -> None:
    novembre = {"debut": "2026-11-01", "nombre": 10, "individuels": 4, "participants": 6}
    [barre] = colonnes(au_fil("mois", [novembre]))["barres"]
    assert barre["h2"] == pytest.approx(1.5 * barre["h1"], abs=0.2)


def test_aucun_mois_ne_casse_rien() -> None:
    assert colonnes([])["barres"] == []


def test_l_annee_se_lit_au_premier_mois_et_en_janvier() -> None:
    jours = ("2025-11-01", "2025-12-01", "2026-01-01")
    assert [(m["court"], m["sous"]) for m in au_fil("mois", [{"debut": j} for j in jours])] == [
        ("nov.", "2025"),
        ("déc.", ""),
        ("janv.", "2026"),
    ]


@pytest.mark.parametrize(
    ("pas", "debut", "nom"),
    [
        ("jour", "2026-06-01", "1er juin 2026"),
        ("semaine", "2026-06-01", "semaine du 1er juin 2026"),
        ("trimestre", "2026-01-01", "1er trimestre 2026"),
        ("trimestre", "2026-10-01", "4e trimestre 2026"),
        ("annee", "2026-01-01", "2026"),
    ],
)
def test_chaque_pas_porte_le_nom_de_son_premier_jour(pas: str, debut: str, nom: str) -> None:
    assert au_fil(pas, [{"debut": debut}])[0]["long"] == nom
