"""Les mois d'une page de chiffres publiés : écrits comme on veut, entiers, comparés à autant de mois."""

import datetime as dt

import pytest
from portail.mois_entiers import Bornes, MoisChoisis, mois_lu

AUJOURD_HUI = dt.date(2026, 11, 29)


@pytest.mark.parametrize(
    "ecrit", ["2026-09", "2026-9", "09/2026", "9-2026", "septembre 2026", " Septembre  2026 ", "2026-09-17"]
)
def test_un_mois_se_lit_comme_on_l_ecrit(ecrit: str) -> None:
    assert mois_lu(ecrit) == dt.date(2026, 9, 1)


@pytest.mark.parametrize(
    "ecrit",
    ["", "2026", "13/2026", "2026-00", "0000-01", "brumaire 2026", "<b>2026-09</b>", "٢٠٢٦-٠٩", "9" * 99],
)
def test_ce_qui_n_est_pas_un_mois_ne_se_lit_pas(ecrit: str) -> None:
    assert mois_lu(ecrit) is None


@pytest.mark.parametrize(
    ("choisis", "du", "au"),
    [
        (MoisChoisis(), "2025-12-01", "2026-11-30"),
        (MoisChoisis("annee"), "2026-01-01", "2026-11-30"),
        (MoisChoisis("passee"), "2025-01-01", "2025-12-31"),
        (MoisChoisis("libre", "février 2024", "02/2024"), "2024-02-01", "2024-02-29"),
        (MoisChoisis("libre", "2026-01"), "2026-01-01", "2026-11-30"),
    ],
)
def test_une_periode_va_du_premier_au_dernier_jour_d_un_mois(choisis: MoisChoisis, du: str, au: str) -> None:
    assert choisis.bornes(AUJOURD_HUI).pour_l_api() == {"du": du, "au": au}


def test_depuis_le_debut_n_a_ni_bornes_ni_comparaison() -> None:
    toujours = MoisChoisis("debut", comparer="precedente")
    assert toujours.bornes(AUJOURD_HUI).pour_l_api() == {}
    assert toujours.avant(Bornes()) is None


@pytest.mark.parametrize(
    ("sorte", "du", "au"),
    [("precedente", "2023-11-01", "2024-01-31"), ("annee_precedente", "2023-02-01", "2023-04-30")],
)
def test_une_periode_se_compare_a_autant_de_mois(sorte: str, du: str, au: str) -> None:
    trimestre = MoisChoisis("libre", "2024-02", "2024-04", sorte)
    avant = trimestre.avant(trimestre.bornes(AUJOURD_HUI))
    assert avant is not None
    assert avant.pour_l_api() == {"du": du, "au": au}


def test_avant_le_premier_mois_du_calendrier_il_n_y_a_rien_a_comparer() -> None:
    premier = MoisChoisis("libre", "0001-06", "0001-12", "annee_precedente")
    assert premier.avant(premier.bornes(AUJOURD_HUI)) is None


def test_ce_que_la_page_ne_propose_pas_ne_quitte_pas_la_page_et_ce_qui_ne_se_lit_pas_se_dit() -> None:
    propre = MoisChoisis("<b>", "2026-01", "", "zzz").propre()
    assert (propre, propre.adresse("/chiffres")) == (MoisChoisis(), "/chiffres")
    assert set(MoisChoisis("libre", "hier", "demain").fautes(AUJOURD_HUI)) == {"du", "au"}
    assert set(MoisChoisis("libre", "2026-02", "2026-01").fautes(AUJOURD_HUI)) == {"au"}
    assert MoisChoisis("libre", "janvier 2026", "").fautes(AUJOURD_HUI) == {}


@pytest.mark.parametrize("comparer", ["", "precedente", "annee_precedente"])
@pytest.mark.parametrize("du", ["9999-12", "2026-12", "décembre 2026"])
def test_un_premier_mois_qui_n_est_pas_commence_se_dit_et_ne_se_compare_a_rien(
    du: str, comparer: str
) -> None:
    plus_tard = MoisChoisis("libre", du, "", comparer)
    assert plus_tard.fautes(AUJOURD_HUI) == {"du": "Ce mois n’est pas encore commencé."}
    assert plus_tard.avant(plus_tard.bornes(AUJOURD_HUI)) is None
    assert MoisChoisis("libre", "2026-11", "", comparer).fautes(AUJOURD_HUI) == {}


def test_aux_bouts_du_calendrier_une_periode_se_lit_encore() -> None:
    for du, au in (("9999-12", "9999-12"), ("0001-01", "9999-12"), ("0001-01", "0001-01")):
        for comparer in ("precedente", "annee_precedente"):
            extreme = MoisChoisis("libre", du, au, comparer)
            assert extreme.fautes(AUJOURD_HUI) == {}
            extreme.avant(extreme.bornes(AUJOURD_HUI))
