"""Ce qui se lit de toute la plateforme : sans petites cases, arrondi, et rien qu'une soustraction rende.

Les mois et les sortes font un tableau dont les sommes se lisent aussi : une case cachée dans un sens l'est
dans l'autre. Du premier au dernier mois caché, le cumul se tait : sa différence serait celle d'une case.
"""

from collections.abc import Sequence
from typing import Any

from activites.statistiques.definitions_plateforme import definitions_de_la_plateforme
from activites.statistiques.petites_cases import ARRONDI, SEUIL, arrondir, dire, masquer
from activites.statistiques.plateforme import Accompagnements, Mois, Plateforme, Professionnels
from activites.statistiques.questions import proportions
from activites.statistiques.series import Pas, libelle

type Bloc = dict[str, Any]

AVANT = "Avant"
"""Comment se lit le premier point : tout ce qui précède les douze mois."""
_SORTES = {"mediateurs": False, "conseillers": True}
"""Sorte -> si l'activité est celle d'un conseiller."""


def publier_la_plateforme(p: Plateforme) -> Bloc:
    """Tous les blocs. De moins de cinq bénéficiaires, rien de ce qui les compte."""
    tus = 0 < p.suivis + p.anonymes < SEUIL
    return {
        "seuil": SEUIL,
        "arrondi": ARRONDI,
        "professionnels": {
            "mois": [_professionnels(p, mois) for mois in p.mois],
            "actifs": {
                "du": p.actifs_depuis,
                "au": p.aujourd_hui,
                "inscrits_connus": p.inscrits is not None,
            }
            | {
                nom: _part_des_inscrits(
                    getattr(p.actifs, nom), None if p.inscrits is None else getattr(p.inscrits, nom)
                )
                for nom in Professionnels.__slots__
            },
        },
        "accompagnements": _accompagnements(p, tus=tus),
        "beneficiaires": _beneficiaires(p, tus=tus),
        "suivi": _suivi(p, tus=tus),
        "definitions": definitions_de_la_plateforme(),
    }


def _professionnels(p: Plateforme, mois: Any) -> Bloc:
    lus = p.professionnels[mois]
    return _nomme(mois) | {nom: dire(getattr(lus, nom)) for nom in Professionnels.__slots__}


def _part_des_inscrits(actifs: int, inscrits: int | None) -> Bloc:
    """Qui a fermé son compte depuis a pu être actif : la part s'arrête à cent.

    Les deux s'arrondissent : leur différence ne dit pas combien n'ont rien fait, ni le mois à côté.
    """
    nombre, sur = dire(actifs), None if inscrits is None else dire(inscrits)
    return {"nombre": nombre, "inscrits": sur, "proportion": _part(nombre, sur)}


# --- Accompagnements : sortes et mois, dont les sommes se lisent ---
def _accompagnements(p: Plateforme, *, tus: bool) -> Bloc:
    cles: list[Mois] = [None, *p.mois]
    tous = [p.tous_par_mois[mois] for mois in cles]
    lignes = [[p.par_mois[mois, sorte] for mois in cles] for sorte in _SORTES.values()]
    total = sum(un.nombre for un in tous)
    sortes = [p.par_sorte[sorte] for sorte in _SORTES.values()]
    if tus:
        caches = [set(range(len(cles)))] * (1 + len(lignes))
        dits: list[int | None] = [None] * len(sortes)
    else:
        caches = cacher_le_tableau([tous, *lignes])
        dits = masquer([s.nombre for s in sortes], [s.personnes for s in sortes])
    montres = [dire(n) for n in dits]
    parts = (
        [None] * len(dits) if None in montres else proportions([arrondir(sorte.nombre) for sorte in sortes])
    )
    cumuls = cumuler([un.nombre for un in tous], caches[0], tus=tus)
    return {
        "total": None if tus else dire(total),
        **{
            nom: {"nombre": n, "proportion": part}
            for nom, n, part in zip(_SORTES, montres, parts, strict=True)
        },
        "points": [
            _nomme(mois)
            | {"nombre": _vu(tous, caches[0], rang)}
            | {
                nom: _vu(ligne, cachees, rang)
                for nom, ligne, cachees in zip(_SORTES, lignes, caches[1:], strict=True)
            }
            | {"cumul": cumuls[rang]}
            for rang, mois in enumerate(cles)
        ],
    }


def cacher_le_tableau(lignes: Sequence[Sequence[Accompagnements]]) -> list[set[int]]:
    """Les rangs cachés de chaque ligne. La première est la somme des autres ; toute somme se lit.

    Un tour en cache qui font en cacher d'autres, jusqu'à ce que rien ne change.
    """
    caches: list[set[int]] = [set() for _ in lignes]
    while True:
        avant = [len(ranges) for ranges in caches]
        for ligne, deja in zip(lignes, caches, strict=True):
            montres = masquer([c.nombre for c in ligne], [c.personnes for c in ligne], deja)
            deja |= {rang for rang, n in enumerate(montres) if n is None}
        for rang in range(len(lignes[0])):
            colonne = [ligne[rang] for ligne in lignes[1:]]
            # Of a hidden sum, its parts: else it comes back.
            deja_vus = [i for i, ranges in enumerate(caches[1:]) if rang in ranges or rang in caches[0]]
            montres = masquer([c.nombre for c in colonne], [c.personnes for c in colonne], deja_vus)
            for i, n in enumerate(montres):
                if n is None:
                    caches[1 + i].add(rang)
        if avant == [len(ranges) for ranges in caches]:
            return caches


def cumuler(nombres: Sequence[int], caches: set[int], *, tus: bool = False) -> list[int | None]:
    """Ce que font ensemble chaque nombre et ceux d'avant ; le dernier est le total, qui se lit."""
    sommes = [sum(nombres[: rang + 1]) for rang in range(len(nombres))]
    premier, dernier = min(caches, default=0), max(caches, default=0)
    return [
        None if tus or (premier <= rang < dernier and caches) else dire(somme)
        for rang, somme in enumerate(sommes)
    ]


def _vu(ligne: Sequence[Accompagnements], caches: set[int], rang: int) -> int | None:
    return None if rang in caches else dire(ligne[rang].nombre)


# --- Bénéficiaires, et ceux que l'on suit ---
def _beneficiaires(p: Plateforme, *, tus: bool) -> Bloc:
    cles: list[Mois] = [None, *p.mois]
    nombres = [p.nouveaux[mois] for mois in cles]
    montres = [None] * len(nombres) if tus else masquer(nombres)
    caches = {rang for rang, n in enumerate(montres) if n is None}
    cumuls = cumuler(nombres, caches, tus=tus)
    suivis, anonymes = (None, None) if tus else masquer([p.suivis, p.anonymes])
    return {
        "total": None if tus else dire(p.suivis + p.anonymes),
        "suivis": dire(suivis),
        "anonymes": dire(anonymes),
        "points": [
            _nomme(mois) | {"nombre": dire(n), "cumul": cumul}
            for mois, n, cumul in zip(cles, montres, cumuls, strict=True)
        ],
    }


def _suivi(p: Plateforme, *, tus: bool) -> Bloc:
    """moyenne : d'accompagnements par suivi, une décimale, des nombres arrondis ; None si nul n'est suivi."""
    dite = not tus and p.suivis >= SEUIL
    qui_suivent, _ = masquer([p.qui_suivent, p.accompagnants - p.qui_suivent])
    nombre, sur = dire(qui_suivent), dire(p.accompagnants)
    return {
        "moyenne": _a_une_decimale(arrondir(p.venues), arrondir(p.suivis)) if dite else None,
        "mediateurs": {"nombre": nombre, "sur": sur, "proportion": _part(nombre, sur)},
    }


def _a_une_decimale(n: int, sur: int) -> float:
    """Au plus proche. sur : pas nul."""
    return (20 * n + sur) // (2 * sur) / 10


def _part(nombre: int | None, sur: int | None) -> float | None:
    """Le pourcentage de deux nombres qui se lisent."""
    return None if nombre is None or not sur else proportions([nombre, max(0, sur - nombre)])[0]


def _nomme(mois: Mois) -> Bloc:
    return {"debut": mois, "libelle": AVANT if mois is None else libelle(Pas.MOIS, mois)}
