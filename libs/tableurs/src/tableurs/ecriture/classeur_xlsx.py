"""Classeur .xlsx : xlsxwriter garde les feuilles dans des fichiers temporaires, jamais en mémoire."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from tableurs.apostrophe import proteger
from tableurs.ecriture.valeurs import Cellule, feuilles

_MAX_TEXTE = 32_767
_PREMIERE_ANNEE = 1900
"""Un tableur ne connaît pas de date plus ancienne : elle est écrite en texte."""


def ecrire(
    feuille: str,
    titres: Sequence[str],
    lignes: Iterable[Sequence[Cellule]],
    sortie: BinaryIO,
    preambule: Sequence[Sequence[Cellule]] = (),
) -> None:
    """Un texte reste un texte, même s'il a l'air d'une formule ; trop long pour Excel, il est coupé."""
    import xlsxwriter  # lent à charger : au premier classeur

    with xlsxwriter.Workbook(sortie, {"constant_memory": True}) as classeur:
        styles = {
            "titre": classeur.add_format({"bold": True}),
            "formule": classeur.add_format({"quote_prefix": True}),
            "jour": classeur.add_format({"num_format": "dd/mm/yyyy"}),
            "instant": classeur.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}),
        }
        for rang, contenu in enumerate(feuilles(lignes), start=1):
            page = classeur.add_worksheet(feuille if rang == 1 else f"{feuille} ({rang})")
            dessus = preambule if rang == 1 else ()
            for numero, ligne in enumerate(dessus):
                for colonne, cellule in enumerate(ligne):
                    _ecrire(page, numero, colonne, cellule, styles)
            if not dessus:
                page.freeze_panes(1, 0)
            for colonne, titre in enumerate(titres):
                page.write_string(len(dessus), colonne, titre, styles["titre"])
            for numero, ligne in enumerate(contenu, start=len(dessus) + 1):
                for colonne, cellule in enumerate(ligne):
                    _ecrire(page, numero, colonne, cellule, styles)


def _ecrire(page: Any, numero: int, colonne: int, cellule: Cellule, styles: dict[str, Any]) -> None:
    match cellule:
        case None | "":
            return
        case dt.datetime() if cellule.year >= _PREMIERE_ANNEE:
            page.write_datetime(numero, colonne, cellule, styles["instant"])
        case dt.date() if cellule.year >= _PREMIERE_ANNEE:
            page.write_datetime(numero, colonne, cellule, styles["jour"])
        case int() | float():
            page.write_number(numero, colonne, cellule)
        case _:
            texte = str(cellule)
            # L'apostrophe invisible du tableur : modifier la cellule n'en fait pas une formule.
            style = styles["formule"] if proteger(texte) != texte else None
            coupe = texte if len(texte) <= _MAX_TEXTE else f"{texte[: _MAX_TEXTE - 1]}…"
            page.write_string(numero, colonne, coupe, style)
