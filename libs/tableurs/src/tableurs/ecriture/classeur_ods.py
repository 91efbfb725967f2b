"""Classeur .ods, par stream-write-ods."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from tableurs.ecriture.valeurs import Cellule, feuilles

_ENCODEURS = (
    # La valeur est dans un attribut : les espaces et les retours à la ligne y sont gardés.
    (str, ("string", "office:string-value", None, str)),
    (int, ("float", "office:value", None, str)),
    (float, ("float", "office:value", None, repr)),
    (dt.date, ("date", "office:date-value", "date", dt.date.isoformat)),
    (dt.datetime, ("date", "office:date-value", None, dt.datetime.isoformat)),
    (type(None), (None, None, None, str)),
)


def ecrire(
    feuille: str,
    titres: Sequence[str],
    lignes: Iterable[Sequence[Cellule]],
    sortie: BinaryIO,
    preambule: Sequence[Sequence[Cellule]] = (),
) -> None:
    """Chaque cellule dit son type : un texte le reste, même s'il a l'air d'une formule."""
    from stream_write_ods import stream_write_ods  # lent à charger : au premier classeur

    def pages() -> Iterator[tuple[str, Sequence[Cellule], Iterable[Sequence[Cellule]]]]:
        for rang, contenu in enumerate(feuilles(lignes), start=1):
            if rang == 1 and preambule:
                yield (feuille, preambule[0], chain(preambule[1:], [titres], contenu))
            else:
                yield (feuille if rang == 1 else f"{feuille} ({rang})", titres, contenu)

    for morceau in stream_write_ods(pages(), encoders=_ENCODEURS):
        sortie.write(morceau)
