"""Ce qu'une cellule peut être : un texte, ou un nombre ou une date que nous avons faits, rien d'autre."""

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from uuid import UUID
from zoneinfo import ZoneInfo

type Valeur = str | UUID | bool | int | float | Decimal | dt.date | dt.datetime | None
"""Ce que donne une colonne d'un export."""

type Cellule = str | int | float | dt.date | dt.datetime | None
"""Ce qui est écrit : une date-heure y est locale, à la seconde, sans fuseau."""


class Rien(str):
    """Ce qu'un tableau montre d'une case vide, et qu'un programme lit comme null."""

    __slots__ = ()


RIEN = Rien("-")

PREAMBULE_MAX = 40
"""Ce qu'on écrit au plus au-dessus des titres."""
LIGNES_PAR_FEUILLE = 1_048_575 - PREAMBULE_MAX
"""Ce que contient une feuille de tableur sous ses titres ; la suite va dans une autre feuille."""
_CHIFFRES_SURS = 15
_INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Ce qu'un XML ne peut pas contenir."""


def cellule(valeur: Valeur, fuseau: ZoneInfo) -> Cellule:
    """La cellule d'une valeur. Un nombre de plus de 15 chiffres est un texte : un tableur l'arrondirait.

    Raises TypeError pour tout autre type.
    """
    match valeur:
        case None:
            return None
        case str():
            return _INTERDITS.sub("\ufffd", valeur)
        case bool():
            return "oui" if valeur else "non"
        case UUID():
            return str(valeur)
        case int():
            return valeur if abs(valeur) < 10**_CHIFFRES_SURS else str(valeur)
        case Decimal() if valeur.is_finite() and valeur == int(valeur):
            return cellule(int(valeur), fuseau)
        case float() | Decimal():
            return float(valeur) if math.isfinite(valeur) else None
        case dt.datetime():
            locale = valeur.astimezone(fuseau) if valeur.tzinfo else valeur
            return locale.replace(tzinfo=None, microsecond=0)
        case dt.date():
            return valeur
        case _:  # pyright: ignore[reportUnnecessaryComparison] - un appelant mal typé l'apprend ici
            raise TypeError(f"une cellule ne peut pas être un {type(valeur).__name__}")


def feuilles[T](lignes: Iterable[Sequence[T]]) -> Iterator[Iterator[Sequence[T]]]:
    """Les lignes, par feuilles pleines ; une au moins. Une feuille se lit avant de demander la suivante."""
    restantes = iter(lignes)
    yield islice(restantes, LIGNES_PAR_FEUILLE)
    for premiere in restantes:
        yield chain([premiere], islice(restantes, LIGNES_PAR_FEUILLE - 1))
