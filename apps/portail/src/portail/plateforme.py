"""Toute la plateforme, mois par mois : ce que la page des chiffres en montre, ce qui s'en emporte."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portail.affichage import mois_long
from portail.chiffres_publies import CACHE, Cellule
from portail.graphiques import au_fil, en_series

type Bloc = Mapping[str, Any]
"""Ce que répond l'API (`ChiffresDeLaPlateforme`)."""
type Champs = Sequence[tuple[str, str]]
"""Champ d'un point, et comment il se lit."""

API = "/statistiques/publiques/plateforme"
SORTES: Champs = (
    ("mediateurs", "Médiateurs"),
    ("conseillers", "Conseillers numériques"),
    ("coordinateurs", "Coordinateurs"),
)
_QUI_ACCOMPAGNENT = SORTES[:2]


@dataclass(frozen=True, slots=True)
class Figure:
    """Des mois dessinés, et le tableau de leurs nombres.

    nom : pour ses ancres.   series : ce qui se dessine.   colonnes : ce que dit le tableau.   points : tous,
    celui d'avant compris, qui ne se dessine pas.   dessin : graphiques.en_series().
    """

    nom: str
    titre: str
    unite: str
    series: Champs
    colonnes: Champs
    points: Sequence[Mapping[str, Any]]
    dessin: Mapping[str, Any]

    @property
    def vide(self) -> bool:
        """Que des zéros ; ce qui se cache n'en est pas un."""
        return all(point[champ] == 0 for point in self.points for champ, _ in self.colonnes)


def montree(p: Bloc | None) -> dict[str, Any]:
    """Ce que `statistiques/plateforme.html` montre d'une réponse, ou de l'absence d'une."""
    dessinees = list(figures(p)) if p else []
    return {"p": p, "figures_de_tous": dessinees, "sortes": SORTES, "api_de_tous": API}


def figures(p: Bloc) -> Iterator[Figure]:
    """Les trois, dans leur ordre."""
    yield _figure(
        "actifs",
        "Professionnels actifs par mois",
        "professionnels",
        p["professionnels"]["mois"],
        SORTES,
        SORTES,
    )
    yield _figure(
        "accompagnements",
        "Accompagnements, selon qui les a faits",
        "accompagnements",
        p["accompagnements"]["points"],
        _QUI_ACCOMPAGNENT,
        (*_QUI_ACCOMPAGNENT, ("nombre", "Ensemble"), ("cumul", "Cumul")),
    )
    yield _figure(
        "beneficiaires",
        "Bénéficiaires, par mois de leur premier accompagnement",
        "bénéficiaires",
        p["beneficiaires"]["points"],
        (("nombre", "Bénéficiaires"),),
        (("nombre", "Nombre"), ("cumul", "Cumul")),
    )


def _figure(
    nom: str, titre: str, unite: str, points: Sequence[Bloc], series: Champs, colonnes: Champs
) -> Figure:
    mois = au_fil("mois", [un for un in points if un["debut"]])
    avant = [{**un, "long": _long(un, points)} for un in points if not un["debut"]]
    dessin = en_series(mois, [champ for champ, _ in series])
    return Figure(nom, titre, unite, series, colonnes, [*avant, *mois], dessin)


def _long(point: Bloc, points: Sequence[Bloc]) -> str:
    """« novembre 2026 » ; du premier point, « Avant décembre 2025 »."""
    if point["debut"]:
        return mois_long(point["debut"])
    suivant = next((un["debut"] for un in points if un["debut"]), None)
    return f"{point['libelle']} {mois_long(suivant)}" if suivant else point["libelle"]


# --- À emporter ---
def lignes(p: Bloc) -> Iterator[list[Cellule]]:
    """Une ligne par nombre des blocs, dans leur ordre : rubrique, réponse, unité, nombre, part."""
    for champ, sorte in SORTES:
        lus = p["professionnels"]["actifs"][champ]
        inscrits = lus["inscrits"]
        reponse = sorte if inscrits is None else f"{sorte}, sur {inscrits} inscrits"
        yield _ligne("Professionnels actifs, 30 derniers jours", reponse, "professionnels", lus, "nombre")
    a, b, suivi = p["accompagnements"], p["beneficiaires"], p["suivi"]
    yield _ligne("Accompagnements, depuis le début", "Total", "accompagnements", a, "total")
    for champ, sorte in _QUI_ACCOMPAGNENT:
        yield _ligne("Accompagnements, depuis le début", sorte, "accompagnements", a[champ], "nombre")
    for champ, mot in (("total", "Total"), ("suivis", "dont suivis"), ("anonymes", "dont anonymes")):
        yield _ligne("Bénéficiaires, depuis le début", mot, "bénéficiaires", b, champ)
    moyenne = "Accompagnements par bénéficiaire suivi"
    par_suivi = {"moyenne": "–"} if b["suivis"] == 0 else suivi
    yield _ligne("Suivi", moyenne, "accompagnements", par_suivi, "moyenne")
    yield _ligne("Suivi", "Qui suivent des bénéficiaires", "professionnels", suivi["mediateurs"], "nombre")
    for figure in figures(p):
        for point in figure.points:
            for champ, mot in figure.colonnes:
                yield _ligne(figure.titre, f"{point['long']}, {mot.lower()}", figure.unite, point, champ)


def _ligne(rubrique: str, reponse: str, unite: str, lus: Bloc, champ: str) -> list[Cellule]:
    part = lus.get("proportion")
    nombre = lus[champ]
    arrondie = None if part is None else round(part, 1)
    return [rubrique, reponse, unite, CACHE if nombre is None else nombre, arrondie]
