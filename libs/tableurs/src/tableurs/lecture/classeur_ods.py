"""Classeur .ods, lu par calamine. Sa taille et ses formules sont relevées avant : calamine n'en dit rien."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from tableurs.lecture.grille import Rangee, tableau
from tableurs.lecture.valeurs import en_texte
from tableurs.tableau import FichierRefuse, Limites, Remarque, Tableau

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
_TYPE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 value-type"


@dataclass(slots=True)
class _Feuille:
    """hauteur, largeur : jusqu'à la dernière cellule remplie.   formules : les lignes qui en ont une."""

    nom: str
    visible: bool
    hauteur: int = 0
    largeur: int = 0
    formules: set[int] = field(default_factory=set[int])


def ouvrir(chemin: Path, limites: Limites, feuille: str | None) -> Tableau:
    """Le tableau de cette feuille, sinon de la première visible qui a des données. Raises FichierRefuse."""
    feuilles = [f for f in _relever(chemin, limites) if f.visible]
    choisie = next((f for f in feuilles if (f.nom == feuille if feuille else f.hauteur)), None)
    if choisie is None:
        vide = f"Pas de feuille « {feuille} » dans ce classeur." if feuille else "Le classeur est vide."
        raise FichierRefuse(vide)
    remarques = [f"feuille « {f.nom} » laissée de côté" for f in feuilles if f is not choisie]
    details = {"feuille": choisie.nom}
    return tableau("ods", lambda: _rangees(chemin, choisie), limites, details, remarques)


def _rangees(chemin: Path, feuille: _Feuille) -> Iterator[Rangee]:
    lue = _lire(chemin, feuille.nom)
    debut = lue.start[0] if lue.start else 0
    for numero, cellules in enumerate(lue.iter_rows(), start=1):
        if numero <= debut or numero > feuille.hauteur:
            continue
        if numero in feuille.formules:
            faute = Remarque("", f"formule dans la ligne {numero} : collez sa valeur")
            yield Rangee(numero, (), faute=faute)
        else:
            yield Rangee(numero, [en_texte(c) for c in cellules])


def _lire(chemin: Path, nom: str) -> CalamineSheet:
    try:
        with chemin.open("rb") as fichier, CalamineWorkbook.from_filelike(fichier) as classeur:
            return classeur.get_sheet_by_name(nom)
    except CalamineError as erreur:
        raise FichierRefuse("Le classeur est abîmé : ouvrez-le et enregistrez-le à nouveau.") from erreur


def _relever(chemin: Path, limites: Limites) -> list[_Feuille]:
    """Les feuilles du classeur, sans en garder une cellule. Raises FichierRefuse."""
    with ZipFile(chemin) as archive, archive.open("content.xml") as contenu:
        try:
            return _Releve(limites).lire(contenu)
        except expat.ExpatError as erreur:
            raise FichierRefuse("Le classeur est abîmé : ouvrez-le et enregistrez-le à nouveau.") from erreur


class _Releve:
    """Une cellule peut se dire répétée un million de fois : le compte est fait sans la répéter."""

    def __init__(self, limites: Limites) -> None:
        self._limites = limites
        self._cachees: set[str] = set()
        self._style = ""
        self._feuilles: list[_Feuille] = []
        self._rangee = self._repetee = self._colonne = self._remplie = 0
        self._formule = False

    def lire(self, contenu: IO[bytes]) -> list[_Feuille]:
        analyse = expat.ParserCreate(namespace_separator=" ")
        analyse.StartElementHandler = self._debut
        analyse.EndElementHandler = self._fin
        analyse.ParseFile(contenu)
        return self._feuilles

    def _debut(self, nom: str, attributs: dict[str, str]) -> None:
        match nom.rpartition(":xmlns:")[2]:
            case "style:1.0 style":
                self._style = attributs.get(f"{_STYLE} name", "")
            case "style:1.0 table-properties":
                if attributs.get(f"{_TABLE} display") == "false":
                    self._cachees.add(self._style)
            case "table:1.0 table":
                visible = attributs.get(f"{_TABLE} style-name") not in self._cachees
                self._feuilles.append(_Feuille(attributs.get(f"{_TABLE} name", ""), visible))
                self._rangee = 0
            case "table:1.0 table-row":
                self._repetee = _nombre(attributs, "rows")
                self._colonne = self._remplie = 0
                self._formule = False
            case "table:1.0 table-cell" | "table:1.0 covered-table-cell":
                self._colonne += _nombre(attributs, "columns")
                self._formule |= f"{_TABLE} formula" in attributs
                if _TYPE in attributs or f"{_TABLE} formula" in attributs:
                    self._remplie = self._colonne
            case "text:1.0 p":
                self._remplie = self._colonne
            case _:
                pass

    def _fin(self, nom: str) -> None:
        if nom != f"{_TABLE} table-row" or not self._feuilles:
            return
        feuille, premiere = self._feuilles[-1], self._rangee + 1
        self._rangee += self._repetee
        if not self._remplie:
            return
        feuille.hauteur = self._rangee
        feuille.largeur = max(feuille.largeur, self._remplie)
        if feuille.hauteur * feuille.largeur > self._limites.cellules:
            raise FichierRefuse("La feuille est trop grande : supprimez les lignes et colonnes vides.")
        if self._formule:
            feuille.formules.update(range(premiere, self._rangee + 1))


def _nombre(attributs: dict[str, str], quoi: str) -> int:
    try:
        return max(1, int(attributs.get(f"{_TABLE} number-{quoi}-repeated", "1")))
    except ValueError as erreur:
        raise FichierRefuse("Le classeur est abîmé : un nombre de répétitions est illisible.") from erreur
