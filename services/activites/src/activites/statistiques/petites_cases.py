"""Ne rien publier sur moins de cinq personnes, ni qui se retrouve par soustraction.

La somme d'une liste se lit ailleurs (un total, une proportion) : une case cachée seule se retrouverait.
Autant d'autres le sont qu'il faut pour que chacune puisse valoir cinq et plus comme moins de cinq. De deux
réponses, la différence ne dit rien d'exact : tout nombre s'arrondit à cinq près.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from activites.domain.vocabulaire import TypeActivite
from activites.statistiques.questions import proportions

SEUIL = 5
ARRONDI = 5

type Bloc = dict[str, Any]


def masquer(
    nombres: Sequence[int], personnes: Sequence[int] | None = None, deja: Collection[int] = ()
) -> list[int | None]:
    """Les nombres d'une liste dont la somme est connue, None où l'un se cache.

    personnes : derrière chaque nombre, quand ce n'est pas elles qu'il compte ; la même peut être derrière
    plusieurs.   deja : rangs de ceux qu'une autre liste cache. Un zéro ne dit personne : il se montre, sauf
    s'il en faut pour cacher les autres. D'une somme trop petite, ou de trop peu, rien ne se montre.
    """
    qui = nombres if personnes is None else personnes
    presents = sorted(
        (rang for rang, n in enumerate(nombres) if n > 0),
        key=lambda rang: (rang not in deja, qui[rang], nombres[rang]),
    )
    caches = [rang for rang in presents if rang in deja or qui[rang] < SEUIL]
    if not caches:
        return list(nombres)

    def assez() -> bool:
        """Chacun valant 1 au moins, n'importe lequel d'entre eux peut valoir de 1 à cinq ; et leur somme, qui
        se lit, est celle de cinq personnes au moins."""
        somme = sum(nombres[rang] for rang in caches)
        nombreux = personnes is None or max(personnes[rang] for rang in caches) >= SEUIL
        return len(caches) > 1 and somme >= len(caches) - 1 + SEUIL and nombreux

    for suivant in presents[len(caches) :]:
        if assez():
            break
        caches.append(suivant)
    if not assez():
        return [None] * len(nombres)
    return [None if rang in caches else n for rang, n in enumerate(nombres)]


def arrondir(nombre: int) -> int:
    """Au multiple de cinq le plus proche."""
    return (nombre + ARRONDI // 2) // ARRONDI * ARRONDI


def dire(nombre: int | None) -> int | None:
    """Ce qui se lit d'un nombre ; de 1 à 4, rien."""
    return None if nombre is None or 0 < nombre < SEUIL else arrondir(nombre)


def lignes_publiees(lignes: Sequence[Bloc], personnes: Sequence[int] | None = None) -> list[Bloc]:
    """Les lignes d'une liste, arrondies ; cachée, une case n'a ni nombre ni proportion."""
    nombres = [ligne["nombre"] for ligne in lignes]
    parts = proportions([arrondir(n) for n in nombres])
    dites = zip(lignes, masquer(nombres, personnes), parts, strict=True)
    return [
        ligne
        | {"nombre": dire(montre)}
        | ({"proportion": None if montre is None else part} if "proportion" in ligne else {})
        for ligne, montre, part in dites
    ]


def _sans_proportion(ligne: Bloc) -> Bloc:
    return {"proportion": None} if "proportion" in ligne else {}


def publier(bloc: Bloc) -> Bloc:
    """Ce que d'autres que les siens lisent d'une page de chiffres (`questions.bloc_general`).

    Tout nombre est arrondi. De moins de cinq bénéficiaires, aucun. Sans la part individuelle de chaque mois
    ni les lieux : ces croisements-là referaient ce qui est caché.
    """
    totaux = bloc["totaux"]
    visible = totaux["beneficiaires"]["total"] >= SEUIL
    vide = totaux["activites"]["total"] == 0

    def liste(lignes: Sequence[Bloc], de: Mapping[Any, int] | None = None, cle: str = "valeur") -> list[Bloc]:
        if visible or vide:
            qui = None if de is None else [de.get(ligne[cle], 0) for ligne in lignes]
            return lignes_publiees(lignes, qui)
        return [ligne | {"nombre": None} | _sans_proportion(ligne) for ligne in lignes]

    personnes: Mapping[str, Mapping[Any, int]] = bloc["personnes"]
    activites, beneficiaires = bloc["activites"], bloc["beneficiaires"]
    return {
        "seuil": SEUIL,
        "arrondi": ARRONDI,
        "totaux": _totaux(totaux, personnes["types"]) if visible or vide else _TUS,
        "mois": liste(
            [
                {nom: point[nom] for nom in ("debut", "libelle", "nombre")}
                for point in bloc["periodes"]["points"]
            ],
            personnes["mois"],
            "debut",
        ),
        "types": liste(activites["types"], personnes["types"]),
        "durees": liste(activites["durees"], personnes["durees"]),
        "types_lieu": liste(activites["types_lieu"], personnes["types_lieu"]),
        "thematiques": liste(activites["thematiques"], personnes["thematiques"]),
        "thematiques_administratives": liste(
            activites["thematiques_administratives"], personnes["thematiques"]
        ),
        "materiels": liste(activites["materiels"], personnes["materiels"]),
        "genres": liste(beneficiaires["genres"]),
        "tranches_age": liste(beneficiaires["tranches_age"]),
        "statuts": liste(beneficiaires["statuts"]),
    }


def _totaux(totaux: Bloc, types: Mapping[Any, int]) -> Bloc:
    """Chaque total avec ceux dont il est la somme : individuels et participants, suivis et anonymes.

    types : les personnes de chaque type d'activité.
    """
    a, b = totaux["activites"], totaux["beneficiaires"]
    individuels, participants = masquer(
        [a["individuels"]["total"], a["collectifs"]["participants"]],
        [types.get(sorte.value, 0) for sorte in (TypeActivite.INDIVIDUEL, TypeActivite.COLLECTIF)],
    )
    suivis, anonymes = masquer([b["suivis"], b["anonymes"]])
    nouveaux, _ = masquer([b["nouveaux"], b["total"] - b["nouveaux"]])
    # An individuel is somebody: its count must not come back as activités less ateliers.
    tus = individuels is None or participants is None
    individuelles, ateliers = _parts([] if tus else [a["individuels"]["total"], a["collectifs"]["total"]])
    seuls, ensemble = _parts([] if tus else [a["individuels"]["total"], a["collectifs"]["participants"]])
    return {
        "activites": {
            "total": None if tus else dire(a["total"]),
            "individuels": individuelles,
            "collectifs": ateliers | {"participants": ensemble["total"]},
        },
        "accompagnements": {
            "total": dire(totaux["accompagnements"]["total"]),
            "individuels": seuls,
            "collectifs": ensemble,
        },
        "beneficiaires": {
            "total": dire(b["total"]),
            "nouveaux": dire(nouveaux),
            "suivis": dire(suivis),
            "anonymes": dire(anonymes),
        },
    }


def _parts(nombres: Sequence[int]) -> tuple[Bloc, Bloc]:
    """Deux nombres et leurs parts, sans elles si l'un se tait ; rien de rien."""
    if not nombres:
        return _PART_TUE, _PART_TUE
    dits = [dire(n) for n in nombres]
    parts = [None, None] if None in dits else proportions([arrondir(n) for n in nombres])
    un, autre = ({"total": dit, "proportion": part} for dit, part in zip(dits, parts, strict=True))
    return un, autre


_PART_TUE: Bloc = {"total": None, "proportion": None}
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
