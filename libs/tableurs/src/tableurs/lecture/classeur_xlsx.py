"""Classeur .xlsx, lu au fil de l'eau par openpyxl. Une ligne qui contient une formule est refusée."""

import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tableurs.lecture.grille import Rangee, tableau
from tableurs.lecture.valeurs import en_texte
from tableurs.tableau import FichierRefuse, Limites, Remarque, Tableau

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_DERNIERE = 1_048_576
"""Une feuille n'a pas de ligne au-delà."""
_PAGE = 500


def ouvrir(chemin: Path, limites: Limites, feuille: str | None) -> Tableau:
    """Le tableau de cette feuille, sinon de la première visible qui a des données. Raises FichierRefuse."""
    with _classeur(chemin) as classeur:
        noms = [f.title for f in classeur.worksheets if f.sheet_state == "visible"]
    if feuille is not None and feuille not in noms:
        raise FichierRefuse(f"Pas de feuille « {feuille} » dans ce classeur.")
    choisie = feuille or next(
        (n for n in noms if any(not r.vide() for r in _rangees(chemin, n, limites))), None
    )
    if choisie is None:
        raise FichierRefuse("Le classeur est vide.")
    remarques = [f"feuille « {nom} » laissée de côté" for nom in noms if nom != choisie]
    return tableau(
        "xlsx", lambda: _rangees(chemin, choisie, limites), limites, {"feuille": choisie}, remarques
    )


@contextmanager
def _classeur(chemin: Path) -> Generator["Workbook"]:
    import openpyxl  # lent à charger : au premier classeur

    with chemin.open("rb") as fichier:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # ce qu'openpyxl ne sait pas réécrire ne nous regarde pas
                classeur = openpyxl.load_workbook(fichier, read_only=True, keep_links=False)
        # openpyxl laisse passer toute erreur de ce qu'il lit : KeyError, ValueError, ParseError…
        except Exception as erreur:
            raise FichierRefuse("Le classeur est abîmé : ouvrez-le et enregistrez-le à nouveau.") from erreur
        yield classeur


def _rangees(chemin: Path, nom: str, limites: Limites) -> Iterator[Rangee]:
    with _classeur(chemin) as classeur:
        feuille: Any = classeur[nom]
        # Les dimensions écrites dans le fichier peuvent mentir : elles ne servent pas.
        feuille.reset_dimensions()
        cellules = 0
        for numero, brutes in enumerate(_brutes(feuille), start=1):
            cellules += len(brutes)
            if numero > _DERNIERE or cellules > limites.cellules:
                raise FichierRefuse("La feuille est trop grande : supprimez les lignes et colonnes vides.")
            yield _rangee(numero, brutes)


def _brutes(feuille: Any) -> Iterator[tuple[Any, ...]]:
    """Les lignes d'openpyxl, par pages : ses avertissements ne sont tus que pendant qu'il travaille."""
    lignes = feuille.iter_rows(max_row=_DERNIERE + 1)
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                page = list(islice(lignes, _PAGE))
        except Exception as erreur:
            raise FichierRefuse("La feuille est abîmée : enregistrez à nouveau le classeur.") from erreur
        if not page:
            return
        yield from page


def _rangee(numero: int, brutes: tuple[Any, ...]) -> Rangee:
    formule = next((c for c in brutes if c.data_type == "f"), None)
    if formule is not None:
        return Rangee(numero, (), faute=_formule(formule.coordinate))
    return Rangee(numero, [en_texte(c.value) for c in brutes])


def _formule(ou: str) -> Remarque:
    return Remarque("", f"formule dans la cellule {ou} : collez-y sa valeur")
