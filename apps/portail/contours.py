"""Écrit src/portail/donnees/contours.json d'après des contours de départements (GeoJSON, WGS84).

    python apps/portail/contours.py departements.geojson

Une frontière commune à deux départements est simplifiée une seule fois : ils restent joints. Deux finesses :
`loin` pour la France entière, `pres` pour un département seul. Un anneau est une suite de longitudes et de
latitudes en millièmes de degré, chaque point écrit comme l'écart au précédent.
"""

import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

type Sommet = tuple[int, int]
type Anneau = list[Sommet]

FICHIER = Path(__file__).parent / "src" / "portail" / "donnees" / "contours.json"
FINESSES = {"loin": (28.0, 900.0), "pres": (6.0, 40.0)}
"""Écart toléré (millièmes de degré), et aire sous laquelle une île n'est plus dessinée (leur carré)."""


def anneaux(geometrie: dict[str, Any]) -> Iterator[Anneau]:
    """Les tours extérieurs, sans le point de fermeture : un trou est dessiné par qui le remplit."""
    polygones = geometrie["coordinates"]
    for polygone in polygones if geometrie["type"] == "MultiPolygon" else [polygones]:
        tour = [(round(x * 1000), round(y * 1000)) for x, y in polygone[0]]
        propre = [s for s, avant in zip(tour, [None, *tour], strict=False) if s != avant]
        yield propre[:-1] if propre[0] == propre[-1] else propre


def simplifier(arc: Anneau, ecart: float) -> Anneau:
    """Douglas et Peucker : les bouts restent."""
    if len(arc) < 3:
        return arc
    (x1, y1), (x2, y2) = arc[0], arc[-1]
    # A degree of longitude is shorter than one of latitude.
    serre = math.cos(math.radians(y1 / 1000))
    dx, dy = (x2 - x1) * serre, y2 - y1
    longueur = math.hypot(dx, dy)

    def distance(sommet: Sommet) -> float:
        px, py = (sommet[0] - x1) * serre, sommet[1] - y1
        return abs(dx * py - dy * px) / longueur if longueur else math.hypot(px, py)

    loin, rang = max((distance(s), i) for i, s in enumerate(arc[1:-1], 1))
    if loin <= ecart:
        return [arc[0], arc[-1]]
    return simplifier(arc[: rang + 1], ecart)[:-1] + simplifier(arc[rang:], ecart)


def aire(anneau: Anneau) -> float:
    suivants = [*anneau[1:], anneau[0]]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(anneau, suivants, strict=True))) / 2


def allege(anneau: Anneau, noeuds: set[Sommet], ecart: float) -> Anneau:
    """Le même tour, coupé à ses nœuds : entre deux, l'arc commun à deux voisins se simplifie pareillement."""
    coupes = [i for i, s in enumerate(anneau) if s in noeuds] or [anneau.index(min(anneau))]
    tourne = anneau[coupes[0] :] + anneau[: coupes[0]]
    bornes = [i - coupes[0] for i in coupes] + [len(anneau)]
    if len(coupes) == 1:  # alone: a second fixed point, the farthest, keeps it from collapsing
        x, y = tourne[0]
        bornes.insert(1, max(range(1, len(tourne)), key=lambda i: math.dist((x, y), tourne[i])))
    ferme = [*tourne, tourne[0]]
    resultat: Anneau = []
    for debut, fin in pairwise(bornes):
        arc = ferme[debut : fin + 1]
        # Two neighbours walk it in opposite directions: always simplified in the same one.
        endroit = arc[0] <= arc[-1]
        allegi = simplifier(arc if endroit else arc[::-1], ecart)
        resultat += (allegi if endroit else allegi[::-1])[:-1]
    return resultat


def en_ecarts(anneau: Anneau) -> list[int]:
    avant = [(0, 0), *anneau]
    return [n for (x, y), (px, py) in zip(anneau, avant, strict=False) for n in (x - px, y - py)]


def main(source: str) -> None:
    lus = json.loads(Path(source).read_text(encoding="utf-8"))["features"]
    contours = {f["properties"]["code"]: list(anneaux(f["geometry"])) for f in lus}
    voisins: dict[Sommet, set[Sommet]] = defaultdict(set)
    qui: dict[Sommet, set[str]] = defaultdict(set)
    for code, tours in contours.items():
        for tour in tours:
            for i, sommet in enumerate(tour):
                qui[sommet].add(code)
                voisins[sommet] |= {tour[i - 1], tour[(i + 1) % len(tour)]}
    # A node is where more than two borders meet: a simple border has two neighbours, in all the rings.
    noeuds = {s for s, autour in voisins.items() if len(autour) > 2}
    noeuds |= {s for s in qui if any(qui[s] != qui[v] and len(qui[v]) < len(qui[s]) > 1 for v in voisins[s])}
    sortie = {
        nom: {
            code: [
                en_ecarts(leger)
                for rang, tour in enumerate(sorted(tours, key=aire, reverse=True))
                if (rang == 0 or aire(tour) >= petite)
                and len(leger := allege(tour, noeuds, ecart if aire(tour) > 9 * ecart**2 else ecart / 4)) >= 3
            ]
            for code, tours in sorted(contours.items())
        }
        for nom, (ecart, petite) in FINESSES.items()
    }
    texte = json.dumps(sortie, separators=(",", ":"))
    FICHIER.write_text(texte.replace('"],"', '"],\n"').replace("]],", "]],\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
