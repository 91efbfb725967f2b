"""Des codes, écrits comme on les lit, dans une cellule."""

from collections.abc import Iterable

from referentiels.nomenclature import Nomenclature


def libelle(code: Nomenclature | None) -> str | None:
    return code.libelle if code is not None else None


def libelles(codes: Iterable[Nomenclature]) -> str | None:
    """Un par ligne de la cellule."""
    return "\n".join(code.libelle for code in codes) or None
