"""Ne rien publier sur moins de cinq personnes, ni qui se retrouve par soustraction.

La somme d'une liste se lit ailleurs (un total, une proportion) : une case cachée seule se retrouverait.
Autant d'autres le sont qu'il faut pour que chacune puisse valoir cinq et plus comme moins de cinq.
"""

from collections.abc import Sequence
from typing import Any

SEUIL = 5

type Bloc = dict[str, Any]


def masquer(nombres: Sequence[int]) -> list[int | None]:
    """Les nombres d'une liste dont la somme est connue, None où l'un se cache.

    Un zéro ne dit personne : il se montre, sauf s'il en faut pour cacher les autres. D'une somme trop petite,
    rien ne se montre.
    """
    presents = sorted((rang for rang, n in enumerate(nombres) if n > 0), key=lambda rang: nombres[rang])
    caches = [rang for rang in presents if nombres[rang] < SEUIL]
    if not caches:
        return list(nombres)
    for suivant in presents[len(caches) :]:
        if _assez(nombres, caches):
            break
        caches.append(suivant)
    if not _assez(nombres, caches):
        return [None] * len(nombres)
    return [None if rang in caches else n for rang, n in enumerate(nombres)]


def _assez(nombres: Sequence[int], caches: Sequence[int]) -> bool:
    """Chacun valant 1 au moins, n'importe lequel d'entre eux peut valoir de 1 à cinq."""
    return len(caches) > 1 and sum(nombres[rang] for rang in caches) >= len(caches) - 1 + SEUIL


def lignes_publiees(lignes: Sequence[Bloc]) -> list[Bloc]:
    """Les lignes d'une liste ; cachée, une case n'a ni nombre ni proportion."""
    montres = masquer([ligne["nombre"] for ligne in lignes])
    return [
        ligne if montre is not None else ligne | {"nombre": None} | _sans_proportion(ligne)
        for ligne, montre in zip(lignes, montres, strict=True)
    ]


def _sans_proportion(ligne: Bloc) -> Bloc:
    return {"proportion": None} if "proportion" in ligne else {}


def publier(bloc: Bloc) -> Bloc:
    """Ce que d'autres que les siens lisent d'une page de chiffres (`questions.bloc_general`).

    De moins de cinq bénéficiaires, aucun nombre. Sans la part individuelle de chaque mois ni les lieux : ces
    croisements-là referaient ce qui est caché.
    """
    totaux = bloc["totaux"]
    visible = totaux["beneficiaires"]["total"] >= SEUIL
    vide = totaux["activites"]["total"] == 0

    def liste(lignes: Sequence[Bloc]) -> list[Bloc]:
        if visible or vide:
            return lignes_publiees(lignes)
        return [ligne | {"nombre": None} | _sans_proportion(ligne) for ligne in lignes]

    activites, beneficiaires = bloc["activites"], bloc["beneficiaires"]
    return {
        "seuil": SEUIL,
        "totaux": _totaux(totaux) if visible or vide else _TUS,
        "mois": liste(
            [
                {nom: point[nom] for nom in ("debut", "libelle", "nombre")}
                for point in bloc["periodes"]["points"]
            ]
        ),
        "types": liste(activites["types"]),
        "durees": liste(activites["durees"]),
        "types_lieu": liste(activites["types_lieu"]),
        "thematiques": liste(activites["thematiques"]),
        "thematiques_administratives": liste(activites["thematiques_administratives"]),
        "materiels": liste(activites["materiels"]),
        "genres": liste(beneficiaires["genres"]),
        "tranches_age": liste(beneficiaires["tranches_age"]),
        "statuts": liste(beneficiaires["statuts"]),
    }


def _totaux(totaux: Bloc) -> Bloc:
    """Chaque total avec ceux dont il est la somme : individuels et participants, suivis et anonymes."""
    a, b = totaux["activites"], totaux["beneficiaires"]
    individuels, participants = masquer([a["individuels"]["total"], a["collectifs"]["participants"]])
    suivis, anonymes = masquer([b["suivis"], b["anonymes"]])
    nouveaux, _ = masquer([b["nouveaux"], b["total"] - b["nouveaux"]])
    # An individuel is somebody: its count must not come back as activités less ateliers.
    tus = individuels is None
    return {
        "activites": _TUS["activites"]
        if tus
        else {
            "total": a["total"],
            "individuels": a["individuels"],
            "collectifs": a["collectifs"],
        },
        "accompagnements": {
            "total": totaux["accompagnements"]["total"],
            "individuels": _PART_TUE if tus else totaux["accompagnements"]["individuels"],
            "collectifs": _PART_TUE if participants is None else totaux["accompagnements"]["collectifs"],
        },
        "beneficiaires": {
            "total": b["total"],
            "nouveaux": nouveaux,
            "suivis": suivis,
            "anonymes": anonymes,
        },
    }


_PART_TUE = {"total": None, "proportion": None}
_TUS: dict[str, Bloc] = {
    "activites": {
        "total": None,
        "individuels": _PART_TUE,
        "collectifs": _PART_TUE | {"participants": None},
    },
    "accompagnements": {"total": None, "individuels": _PART_TUE, "collectifs": _PART_TUE},
    "beneficiaires": dict.fromkeys(("total", "nouveaux", "suivis", "anonymes")),
}
"""Aucun total."""
