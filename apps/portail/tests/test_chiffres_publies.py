"""Des chiffres que d'autres lisent : côte à côte avec une autre période, ce qui se cache reste caché."""

import datetime as dt
from typing import Any

from portail.chiffres_publies import LISTES, a_cote, lignes, montres, preambule, titres
from portail.mois_entiers import Bornes


def bloc(nombre: int | None, *mois: int | None, debut: int = 2026) -> dict[str, Any]:
    """Une réponse de l'API, dont tout nombre est celui-ci."""
    part = {"total": nombre, "proportion": None}
    ligne = {"valeur": "v", "libelle": "=1+1", "nombre": nombre, "proportion": 33.333 if nombre else None}
    totaux = {
        "activites": {"total": nombre, "individuels": part, "collectifs": part},
        "accompagnements": {"total": nombre, "individuels": part, "collectifs": part},
        "beneficiaires": dict.fromkeys(("total", "nouveaux", "suivis", "anonymes"), nombre),
    }
    suite = [{"debut": f"{debut}-{n:02}-01", "libelle": "", "nombre": m} for n, m in enumerate(mois, 1)]
    listes = {nom: [ligne] for nom, _, _ in LISTES}
    return {
        "totaux": totaux,
        "mois": suite,
        "seuil": 5,
        "arrondi": 5,
        "position": "activites:0-1",
        "a_jour_au": None,
        "definitions": {},
    } | listes


def test_un_mois_se_compare_a_celui_du_meme_rang_et_le_mois_qui_manque_n_a_rien() -> None:
    cote_a_cote = a_cote(bloc(10, 10, None, 20), bloc(5, 5, 15, debut=2025))
    assert [(m["nombre"], m["avant"]) for m in cote_a_cote["mois"]] == [(10, 5), (None, 15), (20, 0)]
    # A month that is not over yet: the other period has one more, which nothing faces.
    assert len(a_cote(bloc(10, 10), bloc(5, 5, 15, debut=2025))["mois"]) == 1
    assert "avant" not in a_cote(bloc(10, 10), None)["mois"][0]


def test_ce_qui_est_cache_n_a_pas_de_hauteur_et_le_dessin_le_dit() -> None:
    dessin = montres(bloc(10, 10, None, 0), bloc(5, 5, 5, 5, debut=2025))["g"]
    assert (dessin["compare"], dessin["caches"]) == (True, True)
    hauteurs = [[c["h"] for c in b["colonnes"]] for b in dessin["barres"]]
    assert hauteurs[0][1] > hauteurs[0][0] > hauteurs[1][1] > hauteurs[2][1] == 0
    assert montres(None)["g"] == {}
    assert montres(bloc(0))["g"]["barres"] == []


def test_un_fichier_dit_ce_qui_se_cache_et_l_ecart_de_deux_nombres_qui_se_lisent() -> None:
    mai = Bornes(dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    seules = list(lignes(bloc(None, 20), None))
    assert {len(ligne) for ligne in seules} == {len(titres(None))}
    assert {ligne[3] for ligne in seules} == {"caché", 20}
    comparees = list(lignes(bloc(15, None), bloc(20, 5, debut=2025)))
    assert {len(ligne) for ligne in comparees} == {len(titres(mai))}
    assert comparees[0][3:] == [15, None, 20, -5]
    assert next(ligne for ligne in comparees if ligne[0] == "Par mois")[3:] == ["caché", None, 5, "caché"]
    dessus = preambule("Côte-d’Or", mai, bloc(15), dt.date(2026, 11, 29))
    assert dessus[1] == ["Du 1er mai 2026 au 31 mai 2026"]
