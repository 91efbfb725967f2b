"""Ce que dit chaque chiffre de toute la plateforme (docs/domaine/statistiques.md §5)."""

from activites.statistiques.definitions import ACCOMPAGNEMENT, ARRONDI, BENEFICIAIRE, DEFINITIONS, Definition

_PROFESSIONNEL = "professionnel"
_DITES: dict[str, Definition] = {
    "actifs": Definition(
        "Qui a saisi au moins une activité datée du mois, ou des trente derniers jours ; les douze derniers "
        "mois, dans l’ordre. Deux comptes d’une même personne n’en font qu’une.",
        _PROFESSIONNEL,
    ),
    "mediateurs": Definition(
        "Qui accompagne sans être conseiller numérique : aucune de ses activités du mois n’a été faite en "
        "conseiller. Sur trente jours, et parmi les inscrits, selon ce qu’il est aujourd’hui.",
        _PROFESSIONNEL,
    ),
    "conseillers": Definition(
        "Qui l’était le jour d’une de ses activités du mois, et non aujourd’hui ; un accompagnement est d’un "
        "conseiller si celui qui l’a fait l’était ce jour-là. Sur trente jours, et parmi les inscrits, selon "
        "ce qu’il est aujourd’hui.",
        _PROFESSIONNEL,
    ),
    "coordinateurs": Definition(
        "Actif s’il a saisi une activité de coordination datée du mois, ou des trente derniers jours : se "
        "connecter n’en fait pas un actif, et le passé ne change plus. Qui coordonne et accompagne compte "
        "des deux côtés.",
        _PROFESSIONNEL,
    ),
    "inscrits": Definition(
        "Le compte d’une personne qui a choisi son rôle et accepté les conditions, ni fermé ni supprimé. La "
        "part des actifs s’en calcule.",
        "compte",
    ),
    "accompagnements": DEFINITIONS["accompagnements"],
    "beneficiaires": Definition(
        "Les personnes distinctes : un bénéficiaire suivi compte une fois, le mois de son premier "
        "accompagnement ; un participant anonyme, qu’on ne reconnaît pas d’une fois à l’autre, à chacun.",
        BENEFICIAIRE,
    ),
    "suivis": DEFINITIONS["suivis"],
    "anonymes": DEFINITIONS["anonymes"],
    "cumul": Definition(
        "Chaque mois et tout ce qui le précède ; le premier point, « Avant », est tout ce qui précède les "
        "douze mois, le dernier est le total. Du premier au dernier mois caché, il ne se montre pas.",
        "nombre",
    ),
    "moyenne": Definition(
        "Les accompagnements des bénéficiaires suivis, divisés par leur nombre, tous deux arrondis.",
        ACCOMPAGNEMENT,
    ),
    "qui_suivent": Definition(
        "Qui a saisi au moins une activité d’un bénéficiaire suivi, parmi tous ceux, conseillers compris, "
        "qui ont saisi une activité.",
        _PROFESSIONNEL,
    ),
    "arrondi": ARRONDI,
}
_NOMS = {
    "actifs": "Actif",
    "mediateurs": "Médiateur",
    "conseillers": "Conseiller numérique",
    "coordinateurs": "Coordinateur",
    "inscrits": "Inscrit",
    "accompagnements": "Accompagnement",
    "beneficiaires": "Bénéficiaire",
    "suivis": "Bénéficiaire suivi",
    "anonymes": "Participant anonyme",
    "cumul": "Cumul",
    "moyenne": "Accompagnements par bénéficiaire suivi",
    "qui_suivent": "Médiateur qui suit des bénéficiaires",
    "arrondi": "Arrondi",
}
"""Comment chaque chiffre s'appelle."""


def definitions_de_la_plateforme() -> dict[str, dict[str, str]]:
    """Pour une réponse : clé -> nom, phrase et unité."""
    return {cle: {"nom": _NOMS[cle], **dite._asdict()} for cle, dite in _DITES.items()}
