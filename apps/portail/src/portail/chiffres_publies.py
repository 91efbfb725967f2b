"""Des chiffres publiés, à côté de ceux d'une autre période : ce que la page montre, ce qui s'en emporte."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portail.affichage import mois_long, moment
from portail.graphiques import au_fil, cote_a_cote
from portail.mois_entiers import Bornes, decale

type Bloc = Mapping[str, Any]
"""Ce que répond l'API (`ChiffresPublics`)."""
type Cellule = str | int | float | dt.date | None

LISTES: Sequence[tuple[str, str, str]] = (
    ("thematiques", "Thématiques", "accompagnements"),
    ("thematiques_administratives", "Démarches administratives", "accompagnements"),
    ("tranches_age", "Âge des bénéficiaires", "bénéficiaires"),
    ("genres", "Genre des bénéficiaires", "bénéficiaires"),
    ("statuts", "Situation des bénéficiaires", "bénéficiaires"),
    ("types", "Seul ou en atelier", "accompagnements"),
    ("types_lieu", "Où cela s’est passé", "accompagnements"),
    ("durees", "Durées", "accompagnements"),
    ("materiels", "Matériel", "accompagnements"),
)
"""Une liste de la réponse : son nom, son titre, ce qu'elle compte."""
_NOUVEAUX = ("beneficiaires", "nouveaux")
"""Depuis le début, tous le sont : cela ne se dit que d'une période, finie ou non."""
_TOTAUX: Sequence[tuple[str, str, Sequence[str]]] = (
    ("Accompagnements", "accompagnements", ("accompagnements", "total")),
    ("dont individuels", "accompagnements", ("accompagnements", "individuels", "total")),
    ("dont en atelier", "accompagnements", ("accompagnements", "collectifs", "total")),
    ("Bénéficiaires", "bénéficiaires", ("beneficiaires", "total")),
    ("dont pour la première fois", "bénéficiaires", _NOUVEAUX),
    ("dont suivis", "bénéficiaires", ("beneficiaires", "suivis")),
    ("dont anonymes", "bénéficiaires", ("beneficiaires", "anonymes")),
    ("dont anonymes", "bénéficiaires", ("beneficiaires", "anonymes")),
    ("Activités", "activités", ("activites", "total")),
    ("dont individuelles", "activités", ("activites", "individuels", "total")),
    ("dont ateliers", "activités", ("activites", "collectifs", "total")),
)
_AILLEURS = {"etiquettes", "lieux", "communes", "residences", "mediateurs"}
"""Définitions de ce qui ne se publie pas."""
CACHE = "caché"
FEUILLE = "Chiffres"


def montres(s: Any, s_avant: Any = None, recul: int = 0) -> dict[str, Any]:
    """Ce que `statistiques/publiques.html` montre d'une réponse, ou de l'absence d'une. recul : de combien
    de mois l'autre période commence plus tôt."""
    d = a_cote(s, s_avant, recul) if s else {}
    dessin = d and cote_a_cote(au_fil("mois", d["mois"]))
    dites = [dite for nom, dite in s["definitions"].items() if nom not in _AILLEURS] if s else []
    return {"s": s, "s_avant": s_avant, "d": d, "g": dessin, "listes": LISTES, "definitions": dites}


def a_cote(bloc: Bloc, avant: Bloc | None, recul: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Chaque liste, chaque mois, avec ce qu'il en était dans l'autre période, s'il y en a une (`avant`)."""
    listes = {nom: _liste(bloc[nom], None if avant is None else avant[nom]) for nom, _, _ in LISTES}
    return listes | {"mois": _mois(bloc["mois"], None if avant is None else avant["mois"], recul)}


def _liste(lignes: Sequence[Bloc], avant: Sequence[Bloc] | None) -> list[dict[str, Any]]:
    if avant is None:
        return [{**ligne} for ligne in lignes]
    autres = {ligne["valeur"]: ligne["nombre"] for ligne in avant}
    return [{**ligne, "avant": autres.get(ligne["valeur"], 0)} for ligne in lignes]


def _mois(mois: Sequence[Bloc], avant: Sequence[Bloc] | None, recul: int) -> list[dict[str, Any]]:
    """Chacun avec celui qui le précède d'autant de mois ; de qui l'autre période ne dit rien, zéro."""
    if avant is None:
        return [{**m} for m in mois]
    nombres = {m["debut"]: m["nombre"] for m in avant}
    debuts = (decale(dt.date.fromisoformat(m["debut"]), -recul).isoformat() for m in mois)
    return [{**m, "avant": nombres.get(debut, 0)} for m, debut in zip(mois, debuts, strict=True)]


# --- À emporter ---
def titres(avant: Bornes | None) -> list[str]:
    """Les colonnes d'un export."""
    communes = ["Rubrique", "Réponse", "Unité", "Nombre", "Part (%)"]
    return [*communes, f"Avant ({avant.en_mots().lower()})", "Écart"] if avant else communes


def lignes(bornes: Bornes, bloc: Bloc, avant: Bloc | None, recul: int = 0) -> Iterator[list[Cellule]]:
    """Une ligne par nombre de la page, dans son ordre ; ce qui se cache le dit, ce qu'elle tait n'y est pas.

    bornes : de la période.   recul : de combien de mois l'autre commence plus tôt.
    """
    compare = avant is not None
    for titre, unite, chemin in _TOTAUX:
        if chemin == _NOUVEAUX and bornes.du is None:
            continue
        nombre = _au_bout(bloc["totaux"], chemin)
        autre = None if avant is None else _au_bout(avant["totaux"], chemin)
        yield ["Totaux", titre, unite, _dit(nombre), None, *_ecart(nombre, autre, compare=compare)]
    dites = a_cote(bloc, avant, recul)
    par_mois = "Par mois" if bornes.du else "Par mois (les douze derniers)"
    for m in dites["mois"]:
        ecart = _ecart(m["nombre"], m.get("avant"), compare=compare)
        yield [par_mois, mois_long(m["debut"]), "accompagnements", _dit(m["nombre"]), None, *ecart]
    for nom, titre, unite in LISTES:
        for ligne in dites[nom]:
            nombre, part = ligne["nombre"], ligne["proportion"]
            ecart = _ecart(nombre, ligne.get("avant"), compare=compare)
            arrondie = None if part is None else round(part, 1)
            yield [titre, ligne["libelle"], unite, _dit(nombre), arrondie, *ecart]


def preambule(
    titre: str, bornes: Bornes, bloc: Bloc, le: dt.date, *, compare: bool, fuseau: str
) -> list[list[Cellule]]:
    """Ce qu'un classeur dit au-dessus de ses colonnes. le : aujourd'hui.   fuseau : de qui l'emporte."""
    regle = (
        f"Un nombre de moins de {bloc['seuil']} personnes, ou qui le ferait retrouver, est caché ; "
        f"les autres sont arrondis à {bloc['arrondi']} près."
    )
    reserves: list[list[Cellule]] = []
    if compare:
        reserves.append(["Un écart de cinq peut n’être que l’arrondi."])
    if bornes.inachevee(le):
        suite = " : cette période compte moins de jours que l’autre" if compare else ""
        reserves.append([f"Le mois en cours n’est pas fini{suite}."])
    jusqu_a: list[list[Cellule]] = [["Position", bloc["position"]]]
    if bloc["a_jour_au"]:
        jusqu_a.append(["À jour au", moment(bloc["a_jour_au"], fuseau=fuseau)])
    return [[titre], [bornes.en_mots()], [regle], *reserves, ["Lu le", f"{le:%d/%m/%Y}"], *jusqu_a, []]


def avec_leur_source(
    titre: str, bornes: Bornes, colonnes: Sequence[str], lues: Sequence[Sequence[Cellule]]
) -> tuple[list[str], list[list[Cellule]]]:
    """(colonnes, lignes) d'un fichier sans rien au-dessus : chaque ligne dit d'où et de quand elle est."""
    source = (titre, bornes.en_mots())
    return ["Territoire", "Période", *colonnes], [[*source, *ligne] for ligne in lues]


def _au_bout(bloc: Bloc, chemin: Sequence[str]) -> int | None:
    trouve: Any = bloc
    for nom in chemin:
        trouve = trouve[nom]
    return trouve


def _dit(nombre: int | None) -> Cellule:
    return CACHE if nombre is None else nombre


def _ecart(nombre: int | None, avant: int | None, *, compare: bool) -> list[Cellule]:
    """Ce qu'il en était, et l'écart ; rien sans comparaison."""
    if not compare:
        return []
    ecart = None if nombre is None or avant is None else nombre - avant
    return [_dit(avant), CACHE if ecart is None else ecart]
