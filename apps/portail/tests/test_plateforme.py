"""Toute la plateforme : ce qui se dessine, ce que disent les tableaux, ce qui s'emporte."""

from typing import Any

from portail.chiffres_publies import titres
from portail.plateforme import lignes, montree

type Points = list[tuple[str | None, int | None]]

POINTS: Points = [(None, 1000), ("2025-11-01", None), ("2025-12-01", 20)]


def reponse(inscrits: int | None = 40, points: Points = POINTS, suivis: int | None = None) -> dict[str, Any]:
    """Une réponse de l'API ; novembre se cache."""
    actifs = {"nombre": 10, "inscrits": inscrits, "proportion": 25.0 if inscrits else None}
    part = {"nombre": 15, "proportion": 16.667}
    dits = [
        {"debut": debut, "libelle": "Avant", "nombre": n, "mediateurs": n, "conseillers": n, "cumul": n}
        for debut, n in points
    ]
    mois = [
        {"debut": debut, "mediateurs": n, "conseillers": 0, "coordinateurs": n} for debut, n in points[1:]
    ]
    sortes = ("mediateurs", "conseillers", "coordinateurs")
    return {
        "professionnels": {"mois": mois, "actifs": dict.fromkeys(sortes, actifs)},
        "accompagnements": {"total": 1020, "mediateurs": part, "conseillers": part, "points": dits},
        "beneficiaires": {"total": 1020, "suivis": suivis, "anonymes": 1000, "points": dits},
        "suivi": {"moyenne": 1.5, "mediateurs": {"nombre": 5, "sur": 10, "proportion": 50.0}},
    }


def test_ce_qui_precede_les_mois_est_dans_le_tableau_et_ne_se_dessine_pas() -> None:
    actifs, accompagnements, beneficiaires = montree(reponse())["figures_de_tous"]
    for figure in (accompagnements, beneficiaires):
        noms = [point["long"] for point in figure.points]
        assert noms == ["Avant novembre 2025", "novembre 2025", "décembre 2025"]
        assert [b["ligne"]["court"] for b in figure.dessin["barres"]] == ["nov.", "déc."]
        assert figure.dessin["lignes"][-1][0] == 20
        assert figure.dessin["caches"]
    assert [len(barre["colonnes"]) for barre in actifs.dessin["barres"]] == [3, 3]
    assert montree(None)["figures_de_tous"] == []


def test_ce_qui_n_a_rien_eu_le_dit_et_ne_se_cache_pas() -> None:
    rien: Points = [(debut, 0) for debut, _ in POINTS]
    assert [figure.vide for figure in montree(reponse(points=rien))["figures_de_tous"]] == [True] * 3
    caches: Points = [(debut, None) for debut, _ in POINTS]
    assert [figure.vide for figure in montree(reponse(points=caches))["figures_de_tous"]] == [False] * 3
    suivi = next(ligne for ligne in lignes(reponse(points=rien, suivis=0)) if ligne[0] == "Suivi")
    assert suivi[3] == "–"


def test_un_fichier_dit_chaque_nombre_de_toute_la_plateforme_et_ce_qui_se_cache() -> None:
    lues = list(lignes(reponse()))
    assert {len(ligne) for ligne in lues} == {len(titres(None))}
    assert ["Suivi", "Accompagnements par bénéficiaire suivi", "accompagnements", 1.5, None] in lues
    trente = "Professionnels actifs, 30 derniers jours"
    assert lues[0] == [trente, "Médiateurs, sur 40 inscrits", "professionnels", 10, 25.0]
    assert next(lignes(reponse(inscrits=None)))[1:] == ["Médiateurs", "professionnels", 10, None]
    caches = [ligne[1] for ligne in lues if ligne[3] == "caché"]
    assert caches[:2] == ["dont suivis", "novembre 2025, médiateurs"]
    assert lues[-1][1:4] == ["décembre 2025, cumul", "bénéficiaires", 20]
