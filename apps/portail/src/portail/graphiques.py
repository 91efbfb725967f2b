"""Drawings as coordinates for the templates: no style attribute, the strict CSP refuses them."""

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


def mois(chiffres: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a chart by month. The year is said at its first month."""
    return [
        {
            **m,
            "court": affichage.mois_court(m["mois"]),
            "sous": m["mois"][:4] if rang == 0 or m["mois"].endswith("-01") else "",
            "long": affichage.mois_long(m["mois"]),
        }
        for rang, m in enumerate(chiffres)
    ]


def semaines(chiffres: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a chart by week, each named by its Monday."""
    return [
        {
            **s,
            "court": s["libelle"],
            "sous": s["semaine"][:4] if rang == 0 else "",
            "long": f"semaine du {affichage.jour(s['semaine'])}",
        }
        for rang, s in enumerate(chiffres)
    ]


def colonnes(donnees: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Stacked columns. donnees : lines of mois() or semaines(): `nombre`, its parts `individuels` and
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
