"""Des chiffres que d'autres lisent : côte à côte avec une autre période, ce qui se cache reste caché."""

import datetime as dt
import re
from typing import Any

from portail.chiffres_publies import LISTES, a_cote, avec_leur_source, lignes, montres, preambule, titres
from portail.mois_entiers import Bornes
from portail.rendu import Rendu
from starlette.requests import Request


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


def test_un_mois_se_compare_a_celui_de_l_autre_periode_et_le_mois_qui_manque_n_a_rien() -> None:
    cote_a_cote = a_cote(bloc(10, 10, None, 20), bloc(5, 5, 15, debut=2025), 12)
    assert [(m["nombre"], m["avant"]) for m in cote_a_cote["mois"]] == [(10, 5), (None, 15), (20, 0)]
    # A month that is not over yet: the other period has one more, which nothing faces.
    assert len(a_cote(bloc(10, 10), bloc(5, 5, 15, debut=2025), 12)["mois"]) == 1
    assert "avant" not in a_cote(bloc(10, 10), None)["mois"][0]


def test_ce_qui_est_cache_n_a_pas_de_hauteur_et_le_dessin_le_dit() -> None:
    dessin = montres(bloc(10, 10, None, 0), bloc(5, 5, 5, 5, debut=2025), 12)["g"]
    assert (dessin["compare"], dessin["caches"]) == (True, True)
    hauteurs = [[c["h"] for c in b["colonnes"]] for b in dessin["barres"]]
    assert hauteurs[0][1] > hauteurs[0][0] > hauteurs[1][1] > hauteurs[2][1] == 0
    assert montres(None)["g"] == {}
    assert montres(bloc(0))["g"]["barres"] == []


def test_une_periode_qui_passe_sous_le_premier_mois_se_compare_mois_pour_mois() -> None:
    """L'API commence l'autre période à ses premiers chiffres : elle a moins de mois que demandé."""
    avant = bloc(5, 5, 15)
    for m, debut in zip(avant["mois"], ("2015-01-01", "2015-02-01"), strict=True):
        m["debut"] = debut
    cette = bloc(10, 10, 20, 30, 40, debut=2015)
    for m, debut in zip(cette["mois"], ("2015-11", "2015-12", "2016-01", "2016-02"), strict=True):
        m["debut"] = f"{debut}-01"
    assert [m["avant"] for m in a_cote(cette, avant, 12)["mois"]] == [0, 0, 5, 15]


def test_les_suivis_et_les_anonymes_font_le_nombre_des_beneficiaires() -> None:
    ici = Request({"type": "http", "method": "GET", "path": "/ici", "headers": [], "query_string": b""})

    def phrase(gabarit: str, suivis: int | None, **contexte: Any) -> str:
        s: dict[str, Any] = bloc(0) | {"filtres": {}, "comparaison": None}
        s["totaux"]["beneficiaires"] = {"total": 12, "nouveaux": 3, "suivis": suivis, "anonymes": 10}
        page = Rendu().page(ici, f"statistiques/{gabarit}", **montres(s), **contexte)
        _, _, apres = bytes(page.body).decode().partition("<h2>Bénéficiaires</h2>")
        return re.sub("<[^>]*>", "", apres.partition("</section>")[0])

    siens = {"du": "", "au": "", "pas": "mois", "actifs": [], "perimetre": {"suivi": ""}, "q": {"types": [1]}}
    assert phrase("figures.html", 2, **siens) == "12dont 2 suivis et 10 anonymes, 3 pour la première fois"
    publique = {"periode": "", "inacheve": False}
    assert phrase("publiques.html", None, **publique) == "12dont suivis : caché, anonymes : 10"


MAI = Bornes(dt.date(2026, 5, 1), dt.date(2026, 5, 31))
FIN_NOVEMBRE = dt.date(2026, 11, 29)


def test_un_fichier_dit_ce_qui_se_cache_et_l_ecart_de_deux_nombres_qui_se_lisent() -> None:
    seules = list(lignes(MAI, bloc(None, 20), None))
    assert {len(ligne) for ligne in seules} == {len(titres(None))}
    assert {ligne[3] for ligne in seules} == {"caché", 20}
    comparees = list(lignes(MAI, bloc(15, None), bloc(20, 5, debut=2025), 12))
    assert {len(ligne) for ligne in comparees} == {len(titres(MAI))}
    assert comparees[0][3:] == [15, None, 20, -5]
    assert next(ligne for ligne in comparees if ligne[0] == "Par mois")[3:] == ["caché", None, 5, "caché"]


def test_un_fichier_dit_d_ou_et_de_quand_il_est_et_ce_que_la_page_en_dit() -> None:
    def dessus(bornes: Bornes, *, compare: bool = False) -> list[str]:
        lues = preambule(
            "Côte-d’Or",
            bornes,
            bloc(15) | {"a_jour_au": "2026-11-29T02:00:00Z"},
            FIN_NOVEMBRE,
            compare=compare,
            fuseau="America/Martinique",
        )
        return [" ".join(str(cellule) for cellule in ligne) for ligne in lues]

    ecart, inacheve = "Un écart de cinq peut n’être que l’arrondi.", "Le mois en cours n’est pas fini"
    seul = dessus(MAI)
    assert seul[:2] == ["Côte-d’Or", "Du 1er mai 2026 au 31 mai 2026"]
    assert {"Lu le 29/11/2026", "À jour au 28 novembre 2026 à 22:00"} <= set(seul)
    assert not any(ecart in ligne or inacheve in ligne for ligne in seul)
    compare = dessus(Bornes(dt.date(2026, 11, 1), dt.date(2026, 11, 30)), compare=True)
    assert ecart in compare
    assert f"{inacheve} : cette période compte moins de jours que l’autre." in compare
    assert f"{inacheve}." in dessus(Bornes())

    premiere_fois, mois = "dont pour la première fois", "Par mois (les douze derniers)"
    de_mai, depuis_mai, de_toujours, jusqu_a = (
        list(lignes(b, bloc(10, 10), None)) for b in (MAI, Bornes(MAI.du), Bornes(), Bornes(au=MAI.au))
    )
    for lues, dite in ((de_mai, True), (depuis_mai, True), (de_toujours, False), (jusqu_a, False)):
        assert (premiere_fois in {ligne[1] for ligne in lues}) == dite
    assert (mois in {li[0] for li in de_mai}, mois in {li[0] for li in de_toujours}) == (False, True)
    colonnes, avec = avec_leur_source("Côte-d’Or", MAI, titres(None), de_mai)
    assert colonnes[:2] == ["Territoire", "Période"]
    assert {tuple(ligne[:2]) for ligne in avec} == {("Côte-d’Or", "Du 1er mai 2026 au 31 mai 2026")}
    assert {len(ligne) for ligne in avec} == {len(colonnes)}
    noms = (MAI, Bornes(MAI.du), Bornes(au=MAI.au), Bornes())
    assert [bornes.pour_un_nom() for bornes in noms] == [
        "2026-05_2026-05",
        "depuis-2026-05",
        "jusqu-a-2026-05",
        "depuis-le-debut",
    ]
