"""Une nomenclature : des codes qui s'échangent et se gardent, et ce que l'on en lit à l'écran."""

from enum import StrEnum
from typing import Self


class Nomenclature(StrEnum):
    """Des codes dans l'ordre d'affichage : `CODE = "code", "Libellé", "Aide"`.

    La valeur est le code.   libelle : ce que l'on lit ; le code lui-même s'il n'est pas donné.
    aide : une phrase pour qui hésite, ou rien.
    """

    libelle: str
    aide: str

    def __new__(cls, code: str, libelle: str = "", aide: str = "") -> Self:
        membre = str.__new__(cls, code)
        membre._value_ = code
        membre.libelle = libelle or code
        membre.aide = aide
        return membre
