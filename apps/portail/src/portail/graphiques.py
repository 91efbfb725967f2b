"""Drawings as coordinates for the templates: no style attribute, the strict CSP refuses them."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from portail import affichage

LARGEUR, HAUTEUR = 1040, 290
_GAUCHE, _BAS, _SOMMET = 48, 42, 16
_BAS_DU_DESSIN = float(HAUTEUR - _BAS)
_CACHEE = 7
"""Height of what stands for a hidden number."""


def graduations(maximum: int, pas: int = 4) -> list[int]:
    """Round steps, from 0 to the first one that is not below the maximum."""
    brut = max(1, maximum) / pas
    unite = 10 ** math.floor(math.log10(brut))
    saut = max(1, math.ceil(next(m * unite for m in (1, 2, 2.5, 5, 10) if m * unite >= brut)))
    return [saut * i for i in range(math.ceil(max(1, maximum) / saut) + 1)]


def au_fil(pas: str, serie: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a chart over time: how each one is named. The year is said where it begins.

    pas : `jour`, `semaine`, `mois`, `trimestre`, `annee`.   serie : in order; `debut`, its first day.
    """
    return [
        {**point, **_noms(pas, dt.date.fromisoformat(point["debut"]), premier=rang == 0)}
        for rang, point in enumerate(serie)
    ]


def _noms(pas: str, debut: dt.date, *, premier: bool) -> dict[str, str]:
    an = str(debut.year)
    match pas:
        case "jour":
            return {"court": f"{debut:%d/%m}", "sous": an if premier else "", "long": affichage.jour(debut)}
        case "semaine":
            lundi = f"semaine du {affichage.jour(debut)}"
            return {"court": f"{debut:%d/%m}", "sous": an if premier else "", "long": lundi}
        case "trimestre":
            rang = (debut.month + 2) // 3
            sous = an if premier or rang == 1 else ""
            return {
                "court": f"T{rang}",
                "sous": sous,
                "long": f"{rang}{'er' if rang == 1 else 'e'} trimestre {an}",
            }
        case "annee":
            return {"court": an, "sous": "", "long": an}
        case _:
            code = f"{debut:%Y-%m}"
            sous = an if premier or debut.month == 1 else ""
            return {"court": affichage.mois_court(code), "sous": sous, "long": affichage.mois_long(code)}


def cote_a_cote(donnees: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A column a line, at the right of the one that it is compared with. donnees : lines of au_fil():
    `nombre`, and `avant` when there is another period. A hidden number (None) has a stub, not a height."""
    compare = any("avant" in d for d in donnees)
    series = ("avant", "nombre") if compare else ("nombre",)
    return en_series(donnees, series) | {"compare": compare}


def en_series(donnees: Sequence[Mapping[str, Any]], series: Sequence[str]) -> dict[str, Any]:
    """A column for each of these numbers of a line, side by side; a hidden one (None) has a stub."""
    lignes = graduations(max((d.get(nom) or 0 for d in donnees for nom in series), default=0))
    case = (LARGEUR - _GAUCHE - 8) / max(1, len(donnees))
    seule = len(series) == 1
    epaisseur = min(44, case * 0.62) if seule else min(52, case * 0.7) / len(series)

    def colonne(gauche: float, rang: int, n: int | None) -> dict[str, Any]:
        y = _BAS_DU_DESSIN - _CACHEE if n is None else _hauteur(n, lignes[-1])
        h = round(_BAS_DU_DESSIN - y, 1)
        nom = series[rang]
        return {"x": round(gauche, 1), "y": y, "h": h, "n": n, "avant": nom == "avant", "rang": rang + 1}

    barres: list[dict[str, Any]] = []
    for i, d in enumerate(donnees):
        cx = _GAUCHE + case * (i + 0.5)
        gauche = cx - epaisseur * len(series) / 2
        dessinees = [colonne(gauche + epaisseur * j, j, d.get(nom)) for j, nom in enumerate(series)]
        barres.append({"cx": round(cx, 1), "colonnes": dessinees, "ligne": d})
    return {
        "l": LARGEUR, "h": HAUTEUR, "gauche": _GAUCHE, "bas": _BAS_DU_DESSIN,
        "epaisseur": round(epaisseur, 1),
        "lignes": [(n, _hauteur(n, lignes[-1])) for n in lignes], "barres": barres,
        "pas": _un_sur(len(donnees)), "donnees": donnees,
        "caches": any(c["n"] is None for b in barres for c in b["colonnes"]),
    }  # fmt: skip


def _hauteur(n: float, plus_grand: float) -> float:
    """Where a number is in the drawing, from its top."""
    return round(_SOMMET + (_BAS_DU_DESSIN - _SOMMET) * (1 - n / plus_grand), 1)


def _un_sur(combien: int) -> int:
    """Of how many columns one is named: all of them fit, or about twelve do."""
    return 1 if combien <= 14 else math.ceil(combien / 12)


def colonnes(donnees: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Stacked columns. donnees : lines of au_fil(): `nombre`, its parts `individuels` and
    `participants`, and how each one is named."""
    lignes = graduations(max((d["nombre"] for d in donnees), default=0))

    def y(n: float) -> float:
        return _hauteur(n, lignes[-1])

    case = (LARGEUR - _GAUCHE - 8) / max(1, len(donnees))
    epaisseur = min(44, case * 0.62)
    barres = [
        {
            "x": round(_GAUCHE + case * i + (case - epaisseur) / 2, 1),
            "cx": round(_GAUCHE + case * (i + 0.5), 1),
            "l": round(epaisseur, 1),
            "y1": y(d["individuels"]),
            "h1": round(y(0) - y(d["individuels"]), 1),
            "y2": y(d["nombre"]),
            "h2": round(y(d["individuels"]) - y(d["nombre"]), 1),
            "ligne": d,
        }
        for i, d in enumerate(donnees)
    ]
    return {
        "l": LARGEUR, "h": HAUTEUR, "gauche": _GAUCHE, "bas": y(0),
        "lignes": [(n, y(n)) for n in lignes], "barres": barres, "pas": _un_sur(len(donnees)),
        "donnees": donnees,
    }  # fmt: skip
