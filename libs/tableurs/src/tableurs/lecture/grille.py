"""D'une grille de cellules à un tableau : trouver la ligne des titres, puis nommer chaque cellule."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tableurs.tableau import FichierRefuse, Ligne, Limites, Remarque, Tableau, controler, illisible

_AVANT_TITRES = 45
"""Les titres sont dans les premières lignes non vides ; nos exports en écrivent 40 au plus au-dessus."""


@dataclass(frozen=True, slots=True)
class Rangee:
    """Les cellules d'une ligne, comme le format les donne. faute : pourquoi elles ne sont pas lisibles."""

    numero: int
    cellules: Sequence[str]
    remarques: tuple[Remarque, ...] = ()
    faute: Remarque | None = None

    def vide(self) -> bool:
        return self.faute is None and not any(c.strip() for c in self.cellules)


def tableau(
    format_: str,
    rangees: Callable[[], Iterator[Rangee]],
    limites: Limites,
    details: dict[str, str],
    remarques: Sequence[str] = (),
) -> Tableau:
    """Le tableau de cette grille. Raises FichierRefuse si aucune ligne ne ressemble à des titres."""
    debut = list(islice((r for r in rangees() if not r.vide()), _AVANT_TITRES))
    titres = _titres(debut)
    noms = _nommer(titres.cellules, limites)
    avant = [r.numero for r in debut if r.numero < titres.numero]
    if avant:
        s = "s" if len(avant) > 1 else ""
        remarques = [*remarques, f"{len(avant)} ligne{s} avant les titres, laissée{s} de côté"]

    def lire() -> Iterator[Ligne]:
        lues = 0
        for rangee in rangees():
            if rangee.numero <= titres.numero or rangee.vide():
                continue
            lues += 1
            if lues > limites.lignes:
                raise FichierRefuse(f"Le tableau a plus de {limites.lignes} lignes : partagez-le.")
            yield controler(_ligne(rangee, noms), limites)

    return Tableau(format_, tuple(n for n in noms if n), lire, details, tuple(remarques))


def _titres(debut: Sequence[Rangee]) -> Rangee:
    """La première ligne assez remplie : au-dessus, c'est le nom du document, pas celui des colonnes."""
    remplies = {r.numero: sum(bool(c.strip()) for c in r.cellules) for r in debut if r.faute is None}
    for rangee in debut:
        if remplies.get(rangee.numero, 0) * 2 >= max(remplies.values()):
            return rangee
    raise FichierRefuse("Le tableau est vide ou illisible : aucune ligne de titres.")


def _nommer(titres: Sequence[str], limites: Limites) -> list[str]:
    """Les noms des colonnes. Sans titre : « colonne 3 » ; deux fois le même : « nom (2) »."""
    propres = [" ".join(titre.split()) for titre in titres]
    while propres and not propres[-1]:
        propres.pop()
    if len(propres) > limites.colonnes:
        raise FichierRefuse(f"Le tableau a plus de {limites.colonnes} colonnes.")
    vus: Counter[str] = Counter()
    noms: list[str] = []
    for rang, titre in enumerate(propres, start=1):
        nom = titre or f"colonne {rang}"
        vus[nom] += 1
        while vus[nom] > 1 or nom in noms:
            nom = f"{nom} ({vus[nom]})"
            vus[nom] += 1
        noms.append(nom)
    return noms


def _ligne(rangee: Rangee, noms: Sequence[str]) -> Ligne:
    if rangee.faute is not None:
        return Ligne(rangee.numero, None, (*rangee.remarques, rangee.faute))
    cellules, attendues = list(rangee.cellules), len(noms)
    en_trop = [c for c in cellules[attendues:] if c.strip()]
    if en_trop:
        message = f"{len(cellules)} cellules pour {attendues} colonnes"
        return illisible(rangee.numero, message, " | ".join(en_trop))
    remarques = rangee.remarques
    if len(cellules) < attendues:
        manque = f"{len(cellules)} cellules pour {attendues} colonnes"
        remarques = (*remarques, Remarque("", manque, cellules[-1], "complété par des cellules vides", ""))
        cellules += [""] * (attendues - len(cellules))
    return Ligne(rangee.numero, dict(zip(noms, cellules, strict=False)), remarques)
