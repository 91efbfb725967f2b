"""Grappes : des lieux trop proches sur l'écran pour y être montrés un par un, réunis par distance."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

TUILE_PX = 256
"""Côté du monde au zoom 0, en pixels (projection de Mercator des cartes du web)."""
CELLULE_PX = 12
RAYON_PX = 48
"""Deux grappes ne sont jamais plus proches, de centre à centre."""


@dataclass(frozen=True, slots=True)
class Cellule:
    """Un petit carré de l'écran et ses lieux. ids, noms : des dix premiers, dans l'ordre des listes."""

    latitude: float
    longitude: float
    nombre: int
    ids: Sequence[object]
    noms: Sequence[str]


@dataclass(slots=True)
class Grappe:
    """Des lieux voisins. latitude, longitude : celles de la cellule la plus peuplée."""

    latitude: float
    longitude: float
    nombre: int = 0
    lieux: list[tuple[object, str]] = field(default_factory=list[tuple[object, str]])


def pixel(latitude: float, longitude: float, zoom: int) -> tuple[float, float]:
    """Où est ce point à ce zoom, en pixels depuis le coin nord-ouest du monde."""
    monde = TUILE_PX * 2**zoom
    sinus = math.sin(math.radians(max(-85.0, min(85.0, latitude))))
    y = 0.5 - math.log((1 + sinus) / (1 - sinus)) / (4 * math.pi)
    return (longitude + 180) / 360 * monde, y * monde


def grapper(cellules: Iterable[Cellule], zoom: int) -> list[Grappe]:
    """Les cellules réunies, des plus peuplées aux autres : le même résultat pour les mêmes lieux."""
    ordre = sorted(cellules, key=lambda c: (-c.nombre, c.latitude, c.longitude))
    voisines: dict[tuple[int, int], list[tuple[float, float, Grappe]]] = {}
    grappes: list[Grappe] = []
    for cellule in ordre:
        x, y = pixel(cellule.latitude, cellule.longitude, zoom)
        grappe = _la_plus_proche(voisines, x, y)
        if grappe is None:
            grappe = Grappe(cellule.latitude, cellule.longitude)
            grappes.append(grappe)
            voisines.setdefault(_case(x, y), []).append((x, y, grappe))
        grappe.nombre += cellule.nombre
        grappe.lieux += zip(cellule.ids, cellule.noms, strict=True)
    return grappes


def _case(x: float, y: float) -> tuple[int, int]:
    return math.floor(x / RAYON_PX), math.floor(y / RAYON_PX)


def _la_plus_proche(
    voisines: dict[tuple[int, int], list[tuple[float, float, Grappe]]], x: float, y: float
) -> Grappe | None:
    colonne, ligne = _case(x, y)
    proches = [
        (distance, rang, grappe)
        for rang, (gx, gy, grappe) in enumerate(
            g for dx in (-1, 0, 1) for dy in (-1, 0, 1) for g in voisines.get((colonne + dx, ligne + dy), ())
        )
        if (distance := math.hypot(gx - x, gy - y)) < RAYON_PX
    ]
    return min(proches)[2] if proches else None
