"""Drawings as coordinates for the templates: no style attribute, the strict CSP refuses them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

LARGEUR, HAUTEUR = 1040, 290
_GAUCHE, _BAS, _SOMMET = 48, 42, 16


def graduations(maximum: int, pas: int = 4) -> list[int]:
    """Round steps, from 0 to the first one that is not below the maximum."""
    brut = max(1, maximum) / pas
    unite = 10 ** math.floor(math.log10(brut))
    saut = max(1, math.ceil(next(m * unite for m in (1, 2, 2.5, 5, 10) if m * unite >= brut)))
    return [saut * i for i in range(math.ceil(max(1, maximum) / saut) + 1)]


def colonnes(mois: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Stacked columns, one a month. mois : `mois`, `nombre` and its parts `individuels`, `participants`."""
    lignes = graduations(max((m["nombre"] for m in mois), default=0))
    zone_h, zone_l = HAUTEUR - _BAS - _SOMMET, LARGEUR - _GAUCHE - 8

    def y(n: float) -> float:
        return round(_SOMMET + zone_h * (1 - n / lignes[-1]), 1)

    case = zone_l / max(1, len(mois))
    epaisseur = min(44, case * 0.62)
    barres = [
        {
            "x": round(_GAUCHE + case * i + (case - epaisseur) / 2, 1),
            "cx": round(_GAUCHE + case * (i + 0.5), 1),
            "l": round(epaisseur, 1),
            "y1": y(m["individuels"]),
            "h1": round(y(0) - y(m["individuels"]), 1),
            "y2": y(m["nombre"]),
            "h2": round(y(m["individuels"]) - y(m["nombre"]), 1),
            "mois": m,
        }
        for i, m in enumerate(mois)
    ]
    pas = 1 if len(mois) <= 13 else math.ceil(len(mois) / 12)
    return {
        "l": LARGEUR, "h": HAUTEUR, "gauche": _GAUCHE, "bas": y(0),
        "lignes": [(n, y(n)) for n in lignes], "barres": barres, "pas": pas,
    }  # fmt: skip
