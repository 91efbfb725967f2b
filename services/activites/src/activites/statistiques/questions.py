"""Les blocs d'une page de chiffres, d'après ce qui est compté (docs/domaine/statistiques.md §2)."""

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from referentiels import communes

from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    Genre,
    Materiel,
    Nomenclature,
    StatutSocial,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.statistiques.comptes import DUREES, Comptes, compter
from activites.statistiques.fichier import FichierStatistiques, Lecture
from activites.statistiques.filtres import Filtres
from activites.statistiques.series import Comparaison, Jours, Pas, bornes, comparee, debut_de, libelle, points
from activites.statistiques.tables import COMPTEURS

type Bloc = dict[str, Any]

LIGNES, TOUTES = 1_000, sys.maxsize
"""Lignes d'une liste longue, sauf demande contraire ; les autres sont sommées. TOUTES : ce qui s'emporte."""


@dataclass(frozen=True, slots=True)
class Page:
    """Ce qu'une page montre de plus que ses filtres. lignes : d'une liste longue, avant « autres ».

    publier : elle se lira par d'autres que les siens (petites_cases.py), qui en comptent les personnes.
    """

    aujourd_hui: dt.date
    pas: Pas = Pas.MOIS
    comparer: Comparaison | None = None
    lignes: int = LIGNES
    publier: bool = False


def proportions(nombres: Sequence[int]) -> list[float]:
    """Le pourcentage de chacun dans leur somme, à trois décimales, arrondi au plus proche (0 si rien)."""
    total = sum(nombres)
    return [((200_000 * n + total) // (2 * total)) / 1000 if total else 0.0 for n in nombres]


def bloc_general(fichier: FichierStatistiques, filtres: Filtres, page: Page) -> Bloc:
    """Tous les chiffres de la page, sur les mêmes activités, au même instant du fichier. Nul n'y écrit.

    etiquettes : un nombre par ensemble posé, que ne nomme pas le fichier (`par_etiquette`).   personnes,
    auteurs : derrière chaque valeur, et qui a saisi, pour publier.
    """
    if (deja := bloc_garde(fichier, filtres, page)) is not None:
        return deja
    lot, bloc = _compter(fichier, filtres, page)
    if _comptes_dont_depend(filtres, page) is not None:
        fichier.reponses.garder(repr((filtres, page)), lot, bloc)
    return bloc


def bloc_garde(fichier: FichierStatistiques, filtres: Filtres, page: Page) -> Bloc | None:
    """Le même, s'il est déjà compté et vaut encore ; sans lire le fichier."""
    mediateurs = _comptes_dont_depend(filtres, page)
    return None if mediateurs is None else fichier.reponses.lire(repr((filtres, page)), mediateurs)


def _comptes_dont_depend(filtres: Filtres, page: Page) -> set[UUID] | None:
    """Les médiateurs dont les faits changent cette réponse ; None si elle ne se garde pas."""
    if filtres.perimetres is None or filtres.beneficiaires or page.publier or page.lignes != LIGNES:
        return None
    # A fiche and its mergers are its médiateur's: nothing else of the file is in their figures.
    return {p.mediateur_id for p in filtres.perimetres}


def _compter(fichier: FichierStatistiques, filtres: Filtres, page: Page) -> tuple[int, Bloc]:
    with fichier.lire() as lecture:
        comptes = compter(lecture, filtres, personnes=page.publier)
        bloc = _blocs(comptes, filtres, page)
        if page.publier:
            bloc["personnes"] = comptes.personnes
            bloc["auteurs"] = comptes.auteurs
        bloc["comparaison"] = _comparaison(lecture, comptes, filtres, page)
        bloc["etiquettes"] = comptes.tags
        lot, bloc["position"] = lecture.avancement()
        return lot, bloc


def totaux(fichier: FichierStatistiques, filtres: Filtres) -> Bloc:
    """Les seuls nombres du haut de la page."""
    with fichier.lire() as lecture:
        comptes = compter(lecture, filtres, repartir=False)
        return {
            "totaux": _totaux(comptes),
            "accompagnements": comptes.n["accompagnements"],
            "position": lecture.position(),
        }


def _blocs(comptes: Comptes, filtres: Filtres, page: Page) -> Bloc:
    n = comptes.n

    def serie(pas: Pas, cle: str, ecrire: Callable[[dt.date], str]) -> list[Bloc]:
        return [
            {cle: ecrire(point["debut"])} | {nom: v for nom, v in point.items() if nom != "debut"}
            for point in serie_de(comptes, pas, filtres, page.aujourd_hui)
        ]

    residences, autres_residences = classees("code_insee", par_ville(comptes.residences), page.lignes)
    lieux, autres_lieux = classees("lieu_id", _sans_absents(comptes.par.get("lieu_id", {})), page.lignes)
    villes, autres_villes = classees("code_insee", par_ville(comptes.par.get("code_insee", {})), page.lignes)
    par_jour = serie(Pas.JOUR, "jour", dt.date.isoformat)
    return {
        "totaux": _totaux(comptes),
        "accompagnements_par_jour": [
            {nom: jour[nom] for nom in ("jour", "libelle", "nombre")} for jour in par_jour
        ],
        "accompagnements_par_semaine": serie(Pas.SEMAINE, "semaine", dt.date.isoformat),
        "accompagnements_par_mois": serie(Pas.MOIS, "mois", lambda mois: f"{mois:%Y-%m}"),
        "periodes": {
            "pas": page.pas.value,
            "points": serie_de(comptes, page.pas, filtres, page.aujourd_hui),
        },
        "activites": {
            "total": n["accompagnements"],
            "types": _liste(TypeActivite, {"individuel": n["individuels"], "collectif": n["participants"]}),
            "durees": _lignes(
                [(code, libelle) for code, libelle, *_ in DUREES], comptes.par.get("duree", {})
            ),
            "types_lieu": _liste(TypeLieu, comptes.par.get("type_lieu", {})),
            **_thematiques(comptes.par.get("thematiques", {})),
            "materiels": _liste(Materiel, comptes.par.get("materiels", {})),
        },
        "beneficiaires": _beneficiaires(n)
        | {"communes": nommees(residences), "communes_autres": autres_residences},
        "lieux": lieux,
        "lieux_autres": autres_lieux,
        "communes": nommees(villes),
        "communes_autres": autres_villes,
    }


def _totaux(comptes: Comptes) -> Bloc:
    n = comptes.n
    collectifs = n["activites"] - n["individuels"]
    part_activites = proportions([n["individuels"], collectifs])
    part_accompagnements = proportions([n["individuels"], n["participants"]])
    suivis = n.get("suivis", 0)
    return {
        "activites": {
            "total": n["activites"],
            "individuels": {"total": n["individuels"], "proportion": part_activites[0]},
            "collectifs": {
                "total": collectifs,
                "proportion": part_activites[1],
                "participants": n["participants"],
            },
        },
        "accompagnements": {
            "total": n["accompagnements"],
            "individuels": {"total": n["individuels"], "proportion": part_accompagnements[0]},
            "collectifs": {"total": n["participants"], "proportion": part_accompagnements[1]},
        },
        "beneficiaires": {
            "total": n["anonymes"] + suivis,
            "nouveaux": n["nouveaux"],
            "suivis": suivis,
            "anonymes": n["anonymes"],
        },
    }


def _beneficiaires(n: Mapping[str, int]) -> Bloc:
    """Un participant anonyme est un bénéficiaire."""
    distincts = n["anonymes"] + n.get("suivis", 0)
    return {
        "total": distincts,
        "genres": _repartition(Genre, "genres", n, distincts),
        "tranches_age": _repartition(TrancheAge, "tranches_age", n, distincts),
        "statuts": _repartition(StatutSocial, "statuts", n, distincts),
    }


def _repartition(nomenclature: type[Nomenclature], nom: str, n: Mapping[str, int], total: int) -> list[Bloc]:
    comptes = {code: n[f"{nom}:{code}"] for code in COMPTEURS[nom]}
    return _liste(nomenclature, comptes | {"non_communique": total - sum(comptes.values())})


def _thematiques(comptes: Mapping[str, int]) -> Bloc:
    """Chaque valeur compte tous les accompagnements de l'activité : la somme dépasse le total."""
    return {
        "thematiques": _liste([t for t in Thematique if t not in THEMATIQUES_ADMINISTRATIVES], comptes),
        "thematiques_administratives": _liste(
            [t for t in Thematique if t in THEMATIQUES_ADMINISTRATIVES], comptes
        ),
    }


# --- Les périodes ---
def serie_de(comptes: Comptes, pas: Pas, filtres: Filtres, aujourd_hui: dt.date) -> list[Bloc]:
    """Un point par pas, sans trou : nombre = individuels + participants. Le premier et le dernier peuvent ne
    compter qu'une partie de leurs jours : `debut` est celui du pas."""
    debut, fin = bornes(pas, filtres.du, filtres.au, aujourd_hui)
    nombres: dict[dt.date, list[int]] = {point: [0, 0] for point in points(pas, debut, fin)}
    for jour, (accompagnements, individuels) in comptes.par_jour.items():
        if debut <= jour <= fin:
            point = nombres[debut_de(pas, jour)]
            point[0] += accompagnements
            point[1] += individuels
    return [
        {
            "debut": point,
            "libelle": libelle(pas, point),
            "nombre": total,
            "individuels": individuels,
            "participants": total - individuels,
        }
        for point, (total, individuels) in nombres.items()
    ]


_COMPARES = {
    "activites": ("activites", "total"),
    "activites_individuelles": ("activites", "individuels", "total"),
    "ateliers": ("activites", "collectifs", "total"),
    "participants": ("activites", "collectifs", "participants"),
    "accompagnements": ("accompagnements", "total"),
    "beneficiaires": ("beneficiaires", "total"),
    "nouveaux": ("beneficiaires", "nouveaux"),
    "suivis": ("beneficiaires", "suivis"),
    "anonymes": ("beneficiaires", "anonymes"),
}
"""Nombres comparés d'une période à l'autre, et où ils sont dans les totaux."""


def _comparaison(lecture: Lecture, comptes: Comptes, filtres: Filtres, page: Page) -> Bloc | None:
    """Les mêmes chiffres, sur l'autre période, et l'écart de celle-ci à celle-là."""
    if page.comparer is None or filtres.du is None or filtres.au is None:
        return None
    autre = comparee(page.comparer, Jours(filtres.du, filtres.au))
    if autre is None:
        return None
    avant = compter(lecture, filtres.sur(autre.du, autre.au))
    totaux_avant, maintenant = _totaux(avant), _totaux(comptes)
    blocs = _blocs(avant, filtres.sur(autre.du, autre.au), page)
    return {
        "sorte": page.comparer.value,
        "du": autre.du,
        "au": autre.au,
        "totaux": totaux_avant,
        "periodes": blocs["periodes"],
        "activites": blocs["activites"],
        "beneficiaires": blocs["beneficiaires"],
        "ecarts": [
            {"cle": cle} | ecart(_au_bout(totaux_avant, chemin), _au_bout(maintenant, chemin))
            for cle, chemin in _COMPARES.items()
        ],
    }


def _au_bout(bloc: Bloc, chemin: Iterable[str]) -> int:
    trouve: Any = bloc
    for nom in chemin:
        trouve = trouve[nom]
    return trouve


def ecart(avant: int, maintenant: int) -> Bloc:
    """evolution : en pourcentage d'avant, une décimale ; absente si rien n'était compté."""
    difference = maintenant - avant
    return {
        "avant": avant,
        "maintenant": maintenant,
        "difference": difference,
        "evolution": round(100 * difference / avant, 1) if avant else None,
    }


# --- Les listes ---
def _sans_absents(comptes: Mapping[Any, int]) -> dict[Any, int]:
    return {valeur: nombre for valeur, nombre in comptes.items() if valeur is not None}


def par_ville(comptes: Mapping[str | None, int]) -> dict[str | None, int]:
    """Un arrondissement compte dans sa ville ; sans commune, « null »."""
    villes: dict[str | None, int] = {}
    for code, nombre in comptes.items():
        ville = communes.ville_de(code) if code is not None else None
        comptee = ville.code if ville is not None else code
        villes[comptee] = villes.get(comptee, 0) + nombre
    return villes


def nommees(lignes: list[Bloc]) -> list[Bloc]:
    return [ligne | {"libelle": _libelle(ligne["code_insee"])} for ligne in lignes]


def _libelle(code_insee: str | None) -> str:
    """Un nom et son code postal ; une commune que le référentiel ne connaît pas le dit."""
    if code_insee is None:
        return "Non communiqué"
    commune = communes.par_code(code_insee)
    return commune.libelle() if commune else f"Commune inconnue · {code_insee}"


def classees(champ: str, comptes: Mapping[Any, int], lignes: int) -> tuple[list[Bloc], Bloc]:
    """Les plus nombreuses d'abord, puis ce que font ensemble toutes les autres : à eux deux, le total."""
    presentes = {valeur: nombre for valeur, nombre in comptes.items() if nombre > 0}
    ordre = sorted(presentes.items(), key=lambda compte: (-compte[1], compte[0] is None, str(compte[0])))
    parts = proportions([nombre for _, nombre in ordre])
    reste = sum(nombre for _, nombre in ordre[lignes:])
    total = sum(presentes.values())
    montrees = [
        {champ: valeur, "nombre": nombre, "proportion": part}
        for (valeur, nombre), part in zip(ordre[:lignes], parts, strict=False)
    ]
    return montrees, {
        "lignes": max(0, len(ordre) - lignes),
        "nombre": reste,
        "proportion": proportions([reste, total - reste])[0],
    }


def par_etiquette(
    poses: Mapping[tuple[Any, ...], int], lues: Mapping[Any, tuple[Any, str, str]], lignes: int
) -> Bloc:
    """Accompagnements des activités que chaque étiquette porte, fusions suivies.

    poses : d'après `bloc_general`.   lues : chaque étiquette posée, comme (identifiant, nom, portée) de ce
    qu'elle est devenue ; celles que l'on ne voit pas n'y sont pas.
    """
    comptes: dict[tuple[Any, str, str], int] = {}
    for posees, nombre in poses.items():
        for lue in {lues[pose] for pose in posees if pose in lues}:
            comptes[lue] = comptes.get(lue, 0) + nombre
    montrees, autres = classees("lue", comptes, lignes)
    return {
        "etiquettes": [
            {
                "tag_id": ligne["lue"][0],
                "nom": ligne["lue"][1],
                "portee": ligne["lue"][2],
                "nombre": ligne["nombre"],
                "proportion": ligne["proportion"],
            }
            for ligne in montrees
        ],
        "etiquettes_autres": autres,
    }


def _liste(nomenclature: Iterable[Nomenclature], comptes: Mapping[str, int]) -> list[Bloc]:
    """Toutes les valeurs, dans l'ordre d'affichage, même nulles."""
    return _lignes([(v.value, v.libelle) for v in nomenclature], comptes)


def _lignes(valeurs: Sequence[tuple[str, str]], comptes: Mapping[str, int]) -> list[Bloc]:
    nombres = [comptes.get(code, 0) for code, _ in valeurs]
    return [
        {"valeur": code, "libelle": libelle, "nombre": nombre, "proportion": part}
        for (code, libelle), nombre, part in zip(valeurs, nombres, proportions(nombres), strict=True)
    ]
