"""Les communes où vivent les personnes du peuplement, tirées selon leur population."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random

from referentiels import communes


@dataclass(frozen=True, slots=True)
class Ville:
    """Une commune actuelle. departement : code INSEE."""

    nom: str
    code_insee: str
    code_postal: str
    departement: str
    population: int


class Territoire:
    """Des communes, et un tirage pondéré par leur population."""

    def __init__(self, villes: list[Ville]) -> None:
        self._villes = villes
        self._cumul = list(accumulate(v.population for v in villes))
        self._par_departement: dict[str, tuple[list[Ville], list[int]]] = {}
        for ville in villes:
            self._par_departement.setdefault(ville.departement, ([], []))[0].append(ville)
        for voisines, cumul in self._par_departement.values():
            cumul.extend(accumulate(v.population for v in voisines))

    def ville(self, hasard: Random) -> Ville:
        return hasard.choices(self._villes, cum_weights=self._cumul)[0]

    def voisine(self, ville: Ville, hasard: Random) -> Ville:
        """Une commune du même département, le plus souvent la même."""
        if hasard.random() < 0.7:
            return ville
        voisines, cumul = self._par_departement[ville.departement]
        return hasard.choices(voisines, cum_weights=cumul)[0]


def lire() -> Territoire:
    """Les communes actuelles qui ont des habitants et un code postal."""
    return Territoire(
        [
            Ville(c.nom, c.code, c.codes_postaux[0], c.departement, c.population)
            for c in communes.toutes()
            if c.population and c.codes_postaux
        ]
    )
