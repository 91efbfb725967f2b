"""Les tableaux livrés avec la bibliothèque (donnees/README.md)."""

import gzip
from pathlib import Path

_DONNEES = Path(__file__).parent / "donnees"


def lignes(nom: str) -> list[str]:
    """Les lignes d'un tableau, champs séparés par une tabulation ; le premier est le code."""
    return gzip.decompress((_DONNEES / f"{nom}.tsv.gz").read_bytes()).decode().splitlines()
