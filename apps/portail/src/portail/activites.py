"""Les activités comme les pages les montrent."""

from collections.abc import Mapping, Sequence
from typing import Any

from portail.nomenclatures import Lues, libelles
from portail.saisie_cra import SUJETS


def montrees(activites: Sequence[Mapping[str, Any]], nomenclatures: Lues) -> list[dict[str, Any]]:
    """Avec les mots de leurs codes. sujets : libellés.   ou : lieu, commune ou manière ; la commune d'une
    activité à distance n'est que celle de l'employeur."""
    noms = libelles(nomenclatures["thematiques"])
    types_lieu = libelles(nomenclatures["type_lieu"])
    return [
        {
            **a,
            "sujets": [noms.get(t, t) for t in a["thematiques"]],
            "ou": a["lieu_nom"]
            or (a["commune"] if a["type_lieu"] != "a_distance" else None)
            or types_lieu.get(a["type_lieu"], ""),
        }
        for a in activites
    ]


def sujets_frequents(habituels: Sequence[str], nomenclatures: Lues, combien: int) -> list[tuple[str, str]]:
    """(code, libellé) : les habituels d'abord, puis ceux que tout le monde voit."""
    noms = libelles(nomenclatures["thematiques"])
    # A démarche is asked under its subject.
    administratives = libelles(nomenclatures["thematiques_administratives"])
    codes = dict.fromkeys([*habituels, *SUJETS])
    return [(t, noms[t]) for t in codes if t in noms and t not in administratives][:combien]
