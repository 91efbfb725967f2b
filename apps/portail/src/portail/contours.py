"""Les contours des départements : la France entière en SVG, un département seul pour la carte.

La métropole est projetée comme le sont les cartes de France (Lambert conique conforme) ; l'Île-de-France
et les départements d'outre-mer ont chacun leur cadre.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

type Point = tuple[float, float]
"""Longitude, latitude en degrés ; ou x, y du dessin."""

LARGEUR, HAUTEUR = 1000, 920
ILE_DE_FRANCE = ("75", "77", "78", "91", "92", "93", "94", "95")
OUTRE_MER = ("971", "972", "973", "974", "976")
_FICHIER = Path(__file__).parent / "donnees" / "contours.json"
_MERIDIEN, _PARALLELES = 3.0, (44.0, 49.0)


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Degrés WGS84."""

    ouest: float
    sud: float
    est: float
    nord: float

    def contient(self, longitude: float, latitude: float) -> bool:
        return self.ouest <= longitude <= self.est and self.sud <= latitude <= self.nord

    def bbox(self) -> str:
        """Comme l'API le lit."""
        return ",".join(f"{n:.4f}" for n in (self.ouest, self.sud, self.est, self.nord))


METROPOLE = Rectangle(-5.3, 41.2, 9.8, 51.2)


@dataclass(frozen=True, slots=True)
class Cadre:
    """Une part du dessin : ce qui est à l'échelle, et où. nom : écrit dessous ; vide : rien."""

    nom: str
    codes: Sequence[str]
    x: float
    y: float
    largeur: float
    hauteur: float
    conique: bool = False
    finesse: str = "loin"

    def place(self, longitude: float, latitude: float) -> Point:
        """Où est ce point dans le dessin."""
        echelle, gx, gy = _ajuste(self)
        px, py = _projete(self, (longitude, latitude))
        return round(gx + px * echelle, 1), round(gy - py * echelle, 1)


def _metropole() -> tuple[str, ...]:
    return tuple(c for c in _contours("loin") if c not in OUTRE_MER)


@cache
def cadres() -> tuple[Cadre, ...]:
    """La métropole, puis les encarts."""
    encarts = [
        Cadre(nom, (code,), 12, 40 + 175 * rang, 120, 130)
        for rang, (code, nom) in enumerate(
            zip(OUTRE_MER, ("Guadeloupe", "Martinique", "Guyane", "La Réunion", "Mayotte"), strict=True)
        )
    ]
    return (
        Cadre("", _metropole(), 150, 40, 840, 870, conique=True),
        Cadre("Île-de-France", ILE_DE_FRANCE, 762, 14, 226, 190, conique=True, finesse="pres"),
        *encarts,
    )


@cache
def chemins() -> tuple[tuple[Cadre, tuple[tuple[str, str], ...]], ...]:
    """De chaque cadre, (code, tracé SVG) de ses départements."""
    return tuple((cadre, tuple((code, _trace(cadre, code)) for code in cadre.codes)) for cadre in cadres())


def contour(code: str) -> list[list[Point]]:
    """Les tours d'un département, en (latitude, longitude) : l'ordre de la carte. Aucun s'il est inconnu."""
    return [[(y, x) for x, y in tour] for tour in _contours("pres").get(code, [])]


def dans(codes: Iterable[str], longitude: float, latitude: float) -> bool:
    """Si ce point est dans l'un de ces départements."""
    return any(_dedans(tour, longitude, latitude) for code in codes for tour in _contours("pres")[code])


def _dedans(tour: Sequence[Point], x: float, y: float) -> bool:
    """A ray to the east crosses the ring an odd number of times."""
    croise = False
    for (x1, y1), (x2, y2) in zip(tour, [*tour[1:], tour[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            croise = not croise
    return croise


def etendue(points: Iterable[Point]) -> Rectangle | None:
    """Le rectangle de ces (longitude, latitude) ; None s'il n'y en a pas."""
    lus = list(points)
    if not lus:
        return None
    xs, ys = [x for x, _ in lus], [y for _, y in lus]
    return Rectangle(min(xs), min(ys), max(xs), max(ys))


def etendue_de(code: str) -> Rectangle | None:
    """Celle d'un département."""
    return etendue(sommet for tour in _contours("pres").get(code, []) for sommet in tour)


def centre_de(code: str) -> Point | None:
    """Le milieu de l'étendue de son plus grand tour."""
    tours = _contours("pres").get(code)
    e = etendue(tours[0]) if tours else None
    return ((e.ouest + e.est) / 2, (e.sud + e.nord) / 2) if e else None


@cache
def _contours(finesse: str) -> dict[str, list[list[Point]]]:
    lus = json.loads(_FICHIER.read_text(encoding="utf-8"))[finesse]
    return {code: [_deplie(tour) for tour in tours] for code, tours in lus.items()}


def _deplie(ecarts: Sequence[int]) -> list[Point]:
    x = y = 0
    tour: list[Point] = []
    for dx, dy in zip(ecarts[::2], ecarts[1::2], strict=True):
        x, y = x + dx, y + dy
        tour.append((x / 1000, y / 1000))
    return tour


@cache
def _ajuste(cadre: Cadre) -> tuple[float, float, float]:
    """Échelle et origine : tout tient dans le cadre, au milieu."""
    places = [
        _projete(cadre, s) for code in cadre.codes for tour in _contours(cadre.finesse)[code] for s in tour
    ]
    e = etendue(places)
    assert e is not None
    echelle = min(cadre.largeur / (e.est - e.ouest), cadre.hauteur / (e.nord - e.sud))
    gx = cadre.x + (cadre.largeur - (e.est + e.ouest) * echelle) / 2
    gy = cadre.y + (cadre.hauteur + (e.nord + e.sud) * echelle) / 2
    return echelle, gx, gy


def _projete(cadre: Cadre, sommet: Point) -> Point:
    longitude, latitude = sommet
    if not cadre.conique:
        return longitude * math.cos(math.radians(latitude)), latitude
    n, c = _cone()
    rayon = c / _t(math.radians(latitude)) ** n
    angle = n * math.radians(longitude - _MERIDIEN)
    return rayon * math.sin(angle), -rayon * math.cos(angle)


@cache
def _cone() -> tuple[float, float]:
    p1, p2 = (math.radians(p) for p in _PARALLELES)
    n = math.log(math.cos(p1) / math.cos(p2)) / math.log(_t(p2) / _t(p1))
    return n, math.cos(p1) * _t(p1) ** n / n


def _t(latitude: float) -> float:
    return math.tan(math.pi / 4 + latitude / 2)


def _trace(cadre: Cadre, code: str) -> str:
    """Coordonnées entières et relatives : le moins d'octets."""
    morceaux: list[str] = []
    for tour in _contours(cadre.finesse)[code]:
        places = [tuple(round(n) for n in cadre.place(*s)) for s in tour]
        pas = [(x - px, y - py) for (x, y), (px, py) in zip(places[1:], places, strict=False)]
        ecrits = [f"{dx}{dy}" if dy < 0 else f"{dx} {dy}" for dx, dy in pas if (dx, dy) != (0, 0)]
        if len(ecrits) >= 2:
            suite = "".join(e if e.startswith("-") or not i else f" {e}" for i, e in enumerate(ecrits))
            morceaux.append(f"M{places[0][0]} {places[0][1]}l{suite}z")
    return "".join(morceaux)
