"""Des activités de coordination, comptées : une thématique ou une nature, autant de fois qu'elle est dite."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from activites.domain.coordination_vocabulaire import (
    EchelonTerritorial,
    NaturePartenariat,
    ThematiqueAnimation,
    TypeCoordination,
    TypeEvenement,
)
from activites.domain.vocabulaire import Nomenclature
from activites.statistiques.questions import Bloc, ecart


@dataclass(frozen=True, slots=True)
class Coordonnee:
    """Ce qui se compte d'une activité de coordination : des codes, et son jour."""

    type: str
    date: dt.date
    thematiques_animation: Sequence[str] = ()
    type_evenement: str | None = None
    natures_partenariat: Sequence[str] = ()
    echelon_territorial: str | None = None


def comptees(activites: Sequence[Coordonnee]) -> Bloc:
    """Par type, trimestre civil (sans trou entre deux), thématique, type d'évènement, nature et échelon."""
    par_trimestre: dict[tuple[int, int], Counter[str]] = {}
    for une in activites:
        par_trimestre.setdefault(_trimestre(une.date), Counter())[une.type] += 1
    thematiques = Counter(t for une in activites for t in une.thematiques_animation)
    natures = Counter(n for une in activites for n in une.natures_partenariat)
    evenements = Counter(une.type_evenement for une in activites if une.type_evenement)
    echelons = Counter(une.echelon_territorial for une in activites if une.echelon_territorial)
    return {
        "total": len(activites),
        "types": _liste(TypeCoordination, Counter(une.type for une in activites)),
        "trimestres": [
            {
                "trimestre": f"{annee}-q{rang}",
                "libelle": f"T{rang} {annee}",
                "total": sum(par_trimestre.get((annee, rang), {}).values()),
                "types": _liste(TypeCoordination, par_trimestre.get((annee, rang), {})),
            }
            for annee, rang in _sans_trou(par_trimestre)
        ],
        "thematiques_animation": _liste(ThematiqueAnimation, thematiques),
        "types_evenement": _liste(TypeEvenement, evenements),
        "natures_partenariat": _liste(NaturePartenariat, natures),
        "echelons_territoriaux": _liste(EchelonTerritorial, echelons),
    }


def ecarts(avant: Bloc, maintenant: Bloc) -> list[Bloc]:
    """De tout, puis de chaque type, d'une période à l'autre."""
    types = {ligne["valeur"]: ligne["nombre"] for ligne in avant["types"]}
    return [
        {"cle": "total"} | ecart(avant["total"], maintenant["total"]),
        *(
            {"cle": un["valeur"]} | ecart(types.get(un["valeur"], 0), un["nombre"])
            for un in maintenant["types"]
        ),
    ]


def _trimestre(jour: dt.date) -> tuple[int, int]:
    return jour.year, (jour.month + 2) // 3


def _sans_trou(trimestres: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    rangs = [annee * 4 + rang - 1 for annee, rang in trimestres]
    if not rangs:
        return []
    return [(rang // 4, rang % 4 + 1) for rang in range(min(rangs), max(rangs) + 1)]


def _liste(nomenclature: type[Nomenclature], comptes: Mapping[str, int]) -> list[Bloc]:
    """Toutes les valeurs, dans l'ordre d'affichage, même nulles."""
    return [
        {"valeur": v.value, "libelle": v.libelle, "nombre": comptes.get(v.value, 0)} for v in nomenclature
    ]
