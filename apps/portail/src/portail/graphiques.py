"""Drawings as coordinates for the templates: no style attribute, the strict CSP refuses them."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from portail import affichage

LARGEUR, HAUTEUR = 1040, 290
_GAUCHE, _BAS, _SOMMET = 48, 42, 16


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


def colonnes(donnees: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Stacked columns. donnees : lines of au_fil(): `nombre`, its parts `individuels` and
    `participants`, and how each one is named."""
    lignes = graduations(max((d["nombre"] for d in donnees), default=0))
    zone_h, zone_l = HAUTEUR - _BAS - _SOMMET, LARGEUR - _GAUCHE - 8

    def y(n: float) -> float:
        return round(_SOMMET + zone_h * (1 - n / lignes[-1]), 1)

    case = zone_l / max(1, len(donnees))
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
    pas = 1 if len(donnees) <= 14 else math.ceil(len(donnees) / 12)
    return {
        "l": LARGEUR, "h": HAUTEUR, "gauche": _GAUCHE, "bas": y(0),
        "lignes": [(n, y(n)) for n in lignes], "barres": barres, "pas": pas, "donnees": donnees,
    }  # fmt: skip
