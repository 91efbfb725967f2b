"""CSV : UTF-8 avec marque, « ; », pour qu'un tableur français l'ouvre d'un double clic."""

import codecs
import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from tableurs.apostrophe import proteger
from tableurs.ecriture.valeurs import Cellule


def ecrire(
    feuille: str,
    titres: Sequence[str],
    lignes: Iterable[Sequence[Cellule]],
    sortie: BinaryIO,
    preambule: Sequence[Sequence[Cellule]] = (),
) -> None:
    """Un texte qui a l'air d'une formule est précédé d'une apostrophe. Jours en ISO 8601, point décimal.

    Un instant : « 29/11/2026 à 15:28 ».

    preambule : laissé de côté, un programme lit le tableau.
    """
    sortie.write(codecs.BOM_UTF8)
    texte = io.TextIOWrapper(sortie, encoding="utf-8", newline="")
    plume = csv.writer(texte, delimiter=";")
    plume.writerow([proteger(titre) for titre in titres])
    plume.writerows([_en_texte(c) for c in ligne] for ligne in lignes)
    texte.detach()  # vide le tampon ; la sortie reste ouverte


def _en_texte(cellule: Cellule) -> str:
    match cellule:
        case None:
            return ""
        case str():
            return proteger(cellule)
        case dt.datetime():
            return f"{cellule:%d/%m/%Y à %H:%M}"
        case _:
            return str(cellule)
