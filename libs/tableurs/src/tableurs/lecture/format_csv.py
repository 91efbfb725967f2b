"""CSV : séparateur reconnu, et aucune ligne avalée par un guillemet seul."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tableurs.apostrophe import retirer
from tableurs.lecture.grille import Rangee, tableau
from tableurs.lecture.texte import MAX_LIGNE, lignes_physiques
from tableurs.tableau import Limites, Remarque, Tableau

_SEPARATEURS = ",;\t|"
_ECHANTILLON = 50
_LIGNES_PAR_CELLULE = 100
"""Une cellule de texte tient sur moins de lignes ; au-delà, son guillemet n'a pas été fermé."""


def ouvrir(chemin: Path, limites: Limites, encodage: str, separateur: str | None) -> Tableau:
    """Le tableau de ce fichier. numero : la ligne du fichier où la ligne du tableau commence."""
    choisi = separateur or _separateur(
        list(islice(lignes_physiques(chemin, limites, encodage), _ECHANTILLON))
    )

    def rangees() -> Iterator[Rangee]:
        return _Lecteur(lignes_physiques(chemin, limites, encodage), choisi).rangees()

    return tableau("csv", rangees, limites, {"encodage": encodage, "séparateur": choisi})


def _separateur(lignes: list[str]) -> str:
    """Celui qui coupe la plus grande part des rangées en autant de cellules ; « , » s'il n'y en a pas."""

    def note(separateur: str) -> tuple[float, int, int]:
        rangees = _Lecteur(iter(lignes), separateur).rangees()
        largeurs = [len(r.cellules) for r in rangees if any(c.strip() for c in r.cellules) or r.faute]
        frequente = max(set(largeurs), key=lambda n: (n > 1, largeurs.count(n), n), default=0)
        # L'échantillon s'arrête au milieu d'une cellule : ce qui en reste ne dit rien.
        while len(lignes) == _ECHANTILLON and largeurs and largeurs[-1] != frequente:
            largeurs.pop()
        # À égalité : la ponctuation d'une phrase est suivie d'une espace, un séparateur ne l'est pas.
        espaces = sum(ligne.count(f"{separateur} ") for ligne in lignes)
        return (largeurs.count(frequente) / len(largeurs) if frequente > 1 else 0, frequente, -espaces)

    return max(_SEPARATEURS, key=note)


class _Source:
    """Les lignes du fichier une à une : celles qu'un enregistrement a prises peuvent être rendues."""

    def __init__(self, lignes: Iterator[str]) -> None:
        self._lignes = lignes
        self._rendues: list[str] = []
        self.prises: list[str] = []
        self.numero = 0

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> str:
        if len(self.prises) >= _LIGNES_PAR_CELLULE:
            raise StopIteration
        ligne = self._rendues.pop() if self._rendues else next(self._lignes)
        self.numero += 1
        self.prises.append(ligne)
        return ligne

    def garder(self, nombre: int) -> None:
        """Rend toutes les lignes prises sauf les premières."""
        self._rendues += reversed(self.prises[nombre:])
        self.numero -= len(self.prises) - nombre
        del self.prises[nombre:]


class _Lecteur:
    def __init__(self, lignes: Iterator[str], separateur: str) -> None:
        self._source = _Source(lignes)
        self._separateur = separateur
        self._largeur = 0

    def rangees(self) -> Iterator[Rangee]:
        """Chaque ligne du fichier est dans une rangée, et une seule."""
        source = self._source
        while True:
            source.prises = []
            debut = source.numero + 1
            try:
                cellules = next(csv.reader(source, delimiter=self._separateur, strict=True), None)
            except csv.Error:
                cellules = None
            if not source.prises:
                return
            if cellules is None or self._guillemet_seul(cellules):
                source.garder(1)
                yield self._seule(debut, source.prises[0])
                continue
            if not self._largeur and len(cellules) > 1:
                self._largeur = len(cellules)
            yield Rangee(debut, [retirer(c) for c in cellules])

    def _guillemet_seul(self, cellules: list[str]) -> bool:
        """Vrai si une cellule « sur plusieurs lignes » a avalé des lignes, déjà complètes chacune."""
        prises = self._source.prises
        if len(prises) == 1 or not self._largeur:
            return False
        completes = sum(len(self._litterales(ligne)) >= self._largeur for ligne in prises)
        return len(cellules) != self._largeur or completes * 2 > len(prises)

    def _litterales(self, ligne: str) -> list[str]:
        return ligne.rstrip("\r\n").split(self._separateur)

    def _seule(self, numero: int, ligne: str) -> Rangee:
        """Une ligne aux guillemets mal placés, lue sans eux si elle a le bon nombre de cellules."""
        brute = ligne.rstrip("\r\n")
        if len(ligne) >= MAX_LIGNE:
            return Rangee(numero, (), faute=Remarque("", f"plus de {MAX_LIGNE} caractères", brute[:100]))
        cellules = self._litterales(ligne)
        if self._largeur and len(cellules) != self._largeur:
            return Rangee(numero, (), faute=Remarque("", "guillemet mal placé ou jamais fermé", brute))
        propres = [_sans_guillemets(c) for c in cellules]
        fautives = [(a, b) for a, b in zip(cellules, propres, strict=True) if a != b or '"' in a]
        remarques = tuple(Remarque("", "guillemet mal placé", a, "corrigé", b) for a, b in fautives)
        return Rangee(numero, [retirer(c) for c in propres], remarques)


def _sans_guillemets(cellule: str) -> str:
    """Sans ceux qui l'entourent, ou celui qui l'ouvre sans être fermé ; les autres restent, simples."""
    propre = cellule.strip()
    if not propre.startswith('"'):
        return cellule
    ferme = len(propre) > 1 and propre.endswith('"')
    return (propre[1:-1] if ferme else propre[1:]).replace('""', '"')
