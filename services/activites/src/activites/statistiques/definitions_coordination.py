"""Ce que dit chaque chiffre de la coordination (docs/domaine/statistiques.md §4)."""

from activites.statistiques.definitions import Definition

_COORDINATION = "activité de coordination"
_DITES: dict[str, tuple[str, Definition]] = {
    "total": (
        "Activité de coordination",
        Definition(
            "Les animations, évènements et partenariats que l’on a saisis, non supprimés, chacun une fois ; "
            "sans les comptes rendus d’accompagnement.",
            _COORDINATION,
        ),
    ),
    "types": ("Type", Definition("Les activités, selon leur type : chacune en a un.", _COORDINATION)),
    "trimestres": (
        "Trimestre",
        Definition(
            "Les activités par trimestre civil de leur date, sans trou entre le premier et le dernier qui en "
            "ont ; une période choisie peut n’en compter qu’une partie.",
            _COORDINATION,
        ),
    ),
    "thematiques_animation": (
        "Thème d’une animation",
        Definition(
            "Chaque thème compte l’animation qui le dit : leur somme peut dépasser le nombre d’animations.",
            "animation",
        ),
    ),
    "types_evenement": ("Type d’évènement", Definition("Les évènements, selon leur type.", "évènement")),
    "natures_partenariat": (
        "Nature d’un partenariat",
        Definition(
            "Chaque nature compte le partenariat qui la dit : leur somme peut dépasser le nombre de "
            "partenariats.",
            "partenariat",
        ),
    ),
    "echelons_territoriaux": (
        "Échelon",
        Definition("Les activités, selon l’échelon qu’elles disent ; sans lui, aucun.", _COORDINATION),
    ),
}
"""Clé -> comment le chiffre s'appelle, et ce qu'il dit."""


def definitions_de_la_coordination() -> dict[str, dict[str, str]]:
    """Pour une réponse : clé -> nom, phrase et unité."""
    return {cle: {"nom": nom, **dite._asdict()} for cle, (nom, dite) in _DITES.items()}
