"""JSON : une liste d'objets, un par ligne."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

import orjson

from tableurs.ecriture.valeurs import Cellule


def ecrire(
    feuille: str,
    titres: Sequence[str],
    lignes: Iterable[Sequence[Cellule]],
    sortie: BinaryIO,
    preambule: Sequence[Sequence[Cellule]] = (),
) -> None:
    """Les titres sont les clés. Dates en ISO 8601. preambule : laissé de côté."""
    separateur = b"[\n"
    for ligne in lignes:
        sortie.write(separateur + orjson.dumps(dict(zip(titres, ligne, strict=True))))
        separateur = b",\n"
    sortie.write(b"\n]\n" if separateur == b",\n" else b"[]\n")
