"""content.xml d'un classeur .ods, lu par expat : une ligne n'est gardée que le temps d'être rendue.

Une ligne et une cellule peuvent se dire répétées un million de fois : elles ne sont ici que comptées.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat
from zipfile import ZipFile

from tableurs.lecture.valeurs import en_texte
from tableurs.tableau import FichierRefuse, Limites

_OFFICE, _STYLE, _TABLE, _TEXTE = (
    f"urn:oasis:names:tc:opendocument:xmlns:{nom}:1.0 " for nom in ("office", "style", "table", "text")
)
_TYPE = f"{_OFFICE}value-type"
_FORMULE = f"{_TABLE}formula"
_CELLULES = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_DUREE = re.compile(r"PT(\d{1,2})H(\d{1,2})M(\d{1,2})S")
_BLOC = 1 << 16
_DERNIERE = 16_384
"""Une feuille n'a pas de colonne au-delà."""
_LIGNE_MAX = 4_000_000
"""Caractères d'une ligne."""
_PROFONDEUR_MAX, _FEUILLES_MAX = 100, 1_000
_TROP_GRANDE = "La feuille est trop grande : supprimez les lignes et colonnes vides."
_ABIME = "Le classeur est abîmé : ouvrez-le et enregistrez-le à nouveau."


@dataclass(slots=True)
class Feuille:
    """rang : parmi les feuilles du classeur.   hauteur, largeur : jusqu'à la dernière cellule remplie."""

    rang: int
    nom: str
    visible: bool
    hauteur: int = 0
    largeur: int = 0


@dataclass(frozen=True, slots=True)
class Lue:
    """Une ligne qui a des cellules remplies. rang : de sa feuille.   fois : combien de lignes de suite.

    cellules : chacune avec le nombre de colonnes qu'elle remplit.
    """

    rang: int
    numero: int
    fois: int
    cellules: Sequence[tuple[str, int]]
    formule: bool


class Contenu:
    """Une lecture de content.xml. feuilles : celles rencontrées jusque-là."""

    def __init__(self, limites: Limites) -> None:
        self.feuilles: list[Feuille] = []
        self._limites = limites
        self._cachees: set[str] = set()
        self._style = ""
        self._finies: list[Lue] = []
        # La ligne en cours.
        self._numero = self._rangees = 0
        self._cellules: list[tuple[str, int]] = []
        self._vides = self._largeur = self._poids = 0
        self._formule = self._dans_la_rangee = False
        self._profondeur = 0
        # La cellule en cours : sa valeur, ou les morceaux de son texte.
        self._colonnes = 1
        self._remplie = False
        self._valeur: str | None = None
        self._morceaux: list[str] = []
        self._caracteres = self._paragraphes = 0
        self._dans_le_texte = self._dans_une_note = False
        self._debuts: dict[str, Callable[[dict[str, str]], None]] = {
            f"{_STYLE}style": self._debut_style,
            f"{_STYLE}table-properties": self._debut_proprietes,
            f"{_TABLE}table": self._debut_feuille,
            f"{_TABLE}table-row": self._debut_rangee,
            **dict.fromkeys(_CELLULES, self._debut_cellule),
            f"{_OFFICE}annotation": self._debut_note,
            f"{_TEXTE}p": self._debut_paragraphe,
            f"{_TEXTE}s": self._espaces,
            f"{_TEXTE}tab": lambda _: self._ecrire("\t"),
            f"{_TEXTE}line-break": lambda _: self._ecrire("\n"),
        }
        self._fins: dict[str, Callable[[], None]] = {
            f"{_TABLE}table-row": self._fin_rangee,
            **dict.fromkeys(_CELLULES, self._fin_cellule),
            f"{_OFFICE}annotation": self._fin_note,
            f"{_TEXTE}p": self._fin_paragraphe,
        }
        self._expat = expat.ParserCreate(namespace_separator=" ")
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._debut
        self._expat.EndElementHandler = self._fin
        self._expat.CharacterDataHandler = self._ecrire

    def lire(self, chemin: Path) -> Iterator[Lue]:
        """Les lignes remplies de toutes les feuilles, dans l'ordre. Raises FichierRefuse.

        Une feuille trop grande est refusée avant que sa ligne de trop ne soit rendue.
        """
        with ZipFile(chemin) as archive, archive.open("content.xml") as xml:
            while bloc := xml.read(_BLOC):
                yield from self._analyser(bloc)
        yield from self._analyser(b"", fin=True)

    def _analyser(self, bloc: bytes, *, fin: bool = False) -> list[Lue]:
        """Les lignes qui finissent dans ce bloc."""
        try:
            self._expat.Parse(bloc, fin)
        except (expat.ExpatError, LookupError, ValueError) as erreur:
            # The last two: an encoding that expat does not know, or does not take.
            raise FichierRefuse(_ABIME) from erreur
        finies, self._finies = self._finies, []
        return finies

    def _debut(self, nom: str, attributs: dict[str, str]) -> None:
        self._profondeur += 1
        if self._profondeur > _PROFONDEUR_MAX:
            raise FichierRefuse(_ABIME)
        if debut := self._debuts.get(nom):
            debut(attributs)

    def _fin(self, nom: str) -> None:
        self._profondeur -= 1
        if fin := self._fins.get(nom):
            fin()

    # --- Feuilles ---

    def _debut_style(self, attributs: dict[str, str]) -> None:
        self._style = attributs.get(f"{_STYLE}name", "")

    def _debut_proprietes(self, attributs: dict[str, str]) -> None:
        if attributs.get(f"{_TABLE}display") == "false":
            self._cachees.add(self._style)

    def _debut_feuille(self, attributs: dict[str, str]) -> None:
        visible = attributs.get(f"{_TABLE}style-name") not in self._cachees
        nom = attributs.get(f"{_TABLE}name", "")
        # A table within a cell would take the rows that follow for its own.
        if self._dans_la_rangee or len(self.feuilles) >= _FEUILLES_MAX:
            raise FichierRefuse(_ABIME)
        self.feuilles.append(Feuille(len(self.feuilles), nom, visible))
        self._numero = 1

    # --- Lignes ---

    def _debut_rangee(self, attributs: dict[str, str]) -> None:
        self._rangees = _nombre(attributs, f"{_TABLE}number-rows-repeated")
        self._cellules = []
        self._vides = self._largeur = self._poids = 0
        self._formule = False
        self._dans_la_rangee = True

    def _fin_rangee(self) -> None:
        self._dans_la_rangee = False
        numero = self._numero
        self._numero += self._rangees
        if not self._cellules or not self.feuilles:
            return
        feuille = self.feuilles[-1]
        feuille.hauteur = self._numero - 1
        feuille.largeur = max(feuille.largeur, self._largeur)
        if feuille.hauteur * feuille.largeur > self._limites.cellules:
            raise FichierRefuse(_TROP_GRANDE)
        self._finies.append(Lue(feuille.rang, numero, self._rangees, self._cellules, self._formule))

    # --- Cellules ---

    def _debut_cellule(self, attributs: dict[str, str]) -> None:
        self._colonnes = _nombre(attributs, f"{_TABLE}number-columns-repeated")
        self._formule |= _FORMULE in attributs
        self._remplie = _TYPE in attributs or _FORMULE in attributs
        self._valeur = _valeur(attributs)
        self._morceaux = []
        self._caracteres = self._paragraphes = 0

    def _fin_cellule(self) -> None:
        if not self._remplie:
            self._vides += self._colonnes
            return
        if self._vides:
            self._cellules.append(("", self._vides))
        texte = "".join(self._morceaux) if self._valeur is None else self._valeur
        self._cellules.append((texte, self._colonnes))
        self._largeur += self._vides + self._colonnes
        # Once its repeats are written out: a few bytes of the file may say gigabytes.
        self._poids += len(texte) * self._colonnes
        self._vides = 0
        if self._largeur > _DERNIERE or self._poids > _LIGNE_MAX:
            raise FichierRefuse(_TROP_GRANDE)

    def _debut_note(self, _: dict[str, str]) -> None:
        self._dans_une_note = True

    def _fin_note(self) -> None:
        self._dans_une_note = False

    def _debut_paragraphe(self, _: dict[str, str]) -> None:
        if self._dans_une_note:
            return
        self._dans_le_texte = self._remplie = True
        if self._paragraphes:
            self._ecrire("\n")
        self._paragraphes += 1

    def _fin_paragraphe(self) -> None:
        self._dans_le_texte = False

    def _espaces(self, attributs: dict[str, str]) -> None:
        self._ecrire(" " * min(_nombre(attributs, f"{_TEXTE}c"), self._limites.caracteres_par_cellule + 1))

    def _ecrire(self, morceau: str) -> None:
        """Ce qui dépasse la limite n'est pas gardé : la ligne est déjà à refuser."""
        if self._dans_le_texte and self._valeur is None:
            if self._caracteres <= self._limites.caracteres_par_cellule:
                self._morceaux.append(morceau)
            self._caracteres += len(morceau)


def _date(brute: str) -> dt.date | str:
    """Telle quelle si ce n'est pas une date du calendrier."""
    try:
        return dt.datetime.fromisoformat(brute) if "T" in brute else dt.date.fromisoformat(brute)
    except ValueError:
        return brute


def _heure(brute: str) -> dt.time | str:
    """Telle quelle si c'est une durée : plus d'un jour, ou des fractions de seconde."""
    duree = _DUREE.fullmatch(brute)
    if duree is None:
        return brute
    heures, minutes, secondes = map(int, duree.groups())
    try:
        return dt.time(heures, minutes, secondes)
    except ValueError:
        return brute


_LECTURES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "float": ("value", float),
    "percentage": ("value", float),
    "currency": ("value", float),
    "date": ("date-value", _date),
    "time": ("time-value", _heure),
    "boolean": ("boolean-value", lambda brute: brute == "true"),
}
"""Type d'une cellule -> l'attribut qui a sa valeur, et comment le lire."""


def _valeur(attributs: dict[str, str]) -> str | None:
    """Ce que disent les attributs de la cellule, en texte ; None si c'est à son contenu de le dire."""
    attribut, lire = _LECTURES.get(attributs.get(_TYPE, ""), ("string-value", str))
    brute = attributs.get(_OFFICE + attribut)
    try:
        return None if brute is None else en_texte(lire(brute))
    except ValueError as erreur:
        raise FichierRefuse(_ABIME) from erreur


def _nombre(attributs: dict[str, str], nom: str) -> int:
    try:
        return max(1, int(attributs.get(nom, "1")))
    except ValueError as erreur:
        raise FichierRefuse("Le classeur est abîmé : un nombre de répétitions est illisible.") from erreur
