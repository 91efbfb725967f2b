"""Les chiffres de coordination dans un tableau : ceux de la page, et ceux de la période comparée à côté."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tableurs.ecriture.valeurs import Valeur

type Ligne = tuple[Valeur, Valeur, Valeur, Valeur]

FEUILLE = "Coordination"
TITRES = ("Statistiques de coordination", "Nombre", "Période comparée", "Écart")
_LISTES = {
    "types": "Activités de coordination",
    "thematiques_animation": "Thématiques des animations",
    "types_evenement": "Types d’évènement",
    "natures_partenariat": "Natures des partenariats",
    "echelons_territoriaux": "Échelons territoriaux",
}


def lignes(bloc: Mapping[str, Any], dessus: Sequence[Sequence[Valeur]]) -> Iterator[Ligne]:
    """Les lignes d'un bilan (`ChiffresDeCoordination`), une à une. dessus : qui, quand, quels filtres."""
    avant = bloc["comparaison"]
    for ligne in dessus:
        yield _completee(ligne)
    if avant:
        yield "Période comparée", f"Du {avant['du']:%d/%m/%Y} au {avant['au']:%d/%m/%Y}", None, None
        yield None, None, None, None
    yield _comparee("Total", bloc["total"], avant and avant["total"])
    for nom, titre in _LISTES.items():
        yield None, None, None, None
        yield titre, None, None, None
        autres = {un["valeur"]: un["nombre"] for un in avant[nom]} if avant else {}
        for un in bloc[nom]:
            yield _comparee(un["libelle"], un["nombre"], autres.get(un["valeur"]))
    for titre, trimestres in (
        ("Par trimestre", bloc["trimestres"]),
        ("Par trimestre, période comparée", avant["trimestres"] if avant else ()),
    ):
        if trimestres:
            yield None, None, None, None
            yield titre, None, None, None
        for t in trimestres:
            yield t["libelle"], t["total"], None, None
            for un in t["types"]:
                yield f"{t['libelle']}, {un['libelle']}", un["nombre"], None, None


def _completee(ligne: Sequence[Valeur]) -> Ligne:
    un, deux, trois, quatre = (*ligne, None, None, None, None)[:4]
    return un, deux, trois, quatre


def _comparee(titre: str, nombre: int, avant: int | None) -> Ligne:
    return titre, nombre, avant, None if avant is None else nombre - avant
