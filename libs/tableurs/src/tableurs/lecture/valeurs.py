"""Le texte d'une valeur de tableur ou de JSON."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

import orjson


def en_texte(valeur: Any) -> str:
    """Vide pour null, « 33 » pour 33.0, « 2024-05-03 » pour une date, les listes séparées par « | »."""
    match valeur:
        case None:
            return ""
        case str():
            return valeur
        case bool():
            return "oui" if valeur else "non"
        case float() if valeur.is_integer():
            return str(int(valeur))
        case dt.datetime() if valeur.time() == dt.time():
            return valeur.date().isoformat()
        case dt.datetime():
            return valeur.isoformat(" ")
        case dt.time() if not valeur.second:
            return valeur.strftime("%H:%M")
        case dt.date() | dt.time() | int() | float() | dt.timedelta():
            return str(valeur)
        case list():
            return "|".join(map(en_texte, cast("Sequence[Any]", valeur)))
        case _:
            return orjson.dumps(valeur, default=str).decode()
