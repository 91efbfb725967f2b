"""Ce que dit chaque chiffre : « Comment c'est compté » (docs/domaine/statistiques.md §1, §2)."""

from enum import Enum
from typing import NamedTuple

ACTIVITE, ACCOMPAGNEMENT, BENEFICIAIRE = "activité", "accompagnement", "bénéficiaire"


class Definition(NamedTuple):
    """Une phrase, et l'unité de ce qu'elle compte."""

    phrase: str
    unite: str


class DeQui(Enum):
    """De qui sont des chiffres. libelle : comme un fichier le dit.   phrase : qui y compte."""

    SOI = "Mes activités", "Les personnes comptées : vous seul·e."
    SOI_ET_EQUIPES = (
        "Mes activités et celles de mes équipes",
        "Les personnes comptées : vous, et les membres de vos équipes pendant qu’ils en étaient.",
    )
    EQUIPES = (
        "Les membres de mes équipes",
        "Les personnes comptées : les membres de vos équipes, pendant qu’ils en étaient.",
    )
    PLATEFORME = (
        "Toute la plateforme",
        "Les personnes choisies ; sans ce choix, toutes celles qui ont saisi une activité.",
    )

    def __init__(self, libelle: str, phrase: str) -> None:
        self.libelle = libelle
        self.phrase = phrase


DEFINITIONS: dict[str, Definition] = {
    "activites": Definition(
        "Les comptes rendus d’activité non supprimés, individuels ou collectifs ; sans la coordination.",
        ACTIVITE,
    ),
    "accompagnements": Definition(
        "Les personnes accompagnées, comptées à chaque fois : une pour un accompagnement individuel, autant "
        "que de participants pour un atelier.",
        ACCOMPAGNEMENT,
    ),
    "participants": Definition(
        "Les personnes présentes aux ateliers, comptées à chaque atelier.", ACCOMPAGNEMENT
    ),
    "beneficiaires": Definition(
        "Les personnes distinctes : un bénéficiaire suivi compte une fois, quel que soit le filtre ; un "
        "participant anonyme, qu’on ne reconnaît pas d’une fois à l’autre, compte à chaque fois.",
        BENEFICIAIRE,
    ),
    "suivis": Definition("Les bénéficiaires qui ont une fiche, chacun une fois.", BENEFICIAIRE),
    "anonymes": Definition(
        "Les participants sans fiche, et les bénéficiaires suivis dont la fiche est effacée.", BENEFICIAIRE
    ),
    "nouveaux": Definition(
        "Les suivis dont la toute première activité est parmi celles retenues, et les anonymes qui n’étaient "
        "pas déjà venus.",
        BENEFICIAIRE,
    ),
    "periodes": Definition(
        "Les accompagnements par date d’activité, sans trou ; les jours sont civils, bornes comprises.",
        ACCOMPAGNEMENT,
    ),
    "types": Definition("Les accompagnements, selon le type de leur activité.", ACCOMPAGNEMENT),
    "durees": Definition("Les accompagnements, selon la durée de leur activité.", ACCOMPAGNEMENT),
    "types_lieu": Definition("Les accompagnements, selon où ils ont eu lieu.", ACCOMPAGNEMENT),
    "thematiques": Definition(
        "Chaque thématique compte tous les accompagnements de l’activité : leur somme dépasse le total.",
        ACCOMPAGNEMENT,
    ),
    "materiels": Definition(
        "Chaque matériel compte tous les accompagnements de l’activité : leur somme peut dépasser le total.",
        ACCOMPAGNEMENT,
    ),
    "etiquettes": Definition(
        "Les accompagnements des activités qui portent chaque étiquette que vous voyez, fusions suivies.",
        ACCOMPAGNEMENT,
    ),
    "lieux": Definition("Les accompagnements faits dans chaque lieu d’activité.", ACCOMPAGNEMENT),
    "communes": Definition(
        "Les accompagnements, selon la commune du lieu, sinon celle du compte rendu ; un arrondissement "
        "compte dans sa ville.",
        ACCOMPAGNEMENT,
    ),
    "genres": Definition(
        "Les bénéficiaires, selon leur genre : pour un suivi, celui que dit sa fiche aujourd’hui.",
        BENEFICIAIRE,
    ),
    "tranches_age": Definition(
        "Les bénéficiaires, selon leur tranche d’âge : pour un suivi, celle de l’année où sa fiche a été "
        "ouverte, qui ne change pas au fil des ans mais suit une correction de son année de naissance ; pour "
        "un anonyme, celle du compte rendu.",
        BENEFICIAIRE,
    ),
    "statuts": Definition(
        "Les bénéficiaires, selon leur situation : pour un suivi, celle que dit sa fiche aujourd’hui.",
        BENEFICIAIRE,
    ),
    "residences": Definition(
        "Les bénéficiaires, selon la commune où ils habitent : pour un suivi, celle que dit sa fiche "
        "aujourd’hui.",
        BENEFICIAIRE,
    ),
    "proportions": Definition(
        "La part de la somme de la liste : des thématiques font 100 bien qu’une activité en ait plusieurs.",
        "pour cent",
    ),
}


NOMS = {
    "activites": "Activité",
    "accompagnements": "Accompagnement",
    "participants": "Participation à un atelier",
    "beneficiaires": "Bénéficiaire",
    "suivis": "Bénéficiaire suivi",
    "anonymes": "Participant anonyme",
    "nouveaux": "Pour la première fois",
    "periodes": "Au fil du temps",
    "types": "Type",
    "durees": "Durée",
    "types_lieu": "Canal",
    "thematiques": "Thématique",
    "materiels": "Matériel",
    "etiquettes": "Étiquette",
    "lieux": "Lieu d’activité",
    "communes": "Commune de l’activité",
    "genres": "Genre",
    "tranches_age": "Âge",
    "statuts": "Situation",
    "residences": "Commune de résidence",
    "mediateurs": "Médiateur",
    "proportions": "Part",
    "arrondi": "Arrondi",
}
"""Comment chaque chiffre s'appelle."""


ARRONDI = Definition(
    "Tout nombre est arrondi à cinq près, chacun pour lui-même, et les parts se calculent des nombres "
    "arrondis : une somme peut différer du total.",
    "nombre",
)


def definitions_publiques() -> dict[str, dict[str, str]]:
    """Celles de chiffres que d'autres que les siens lisent."""
    return _nommees(DEFINITIONS | {"arrondi": ARRONDI})


def definitions(de_qui: DeQui) -> dict[str, dict[str, str]]:
    """Celles de chiffres qu'on lit soi-même, de ces personnes."""
    return _nommees(DEFINITIONS | {"mediateurs": Definition(de_qui.phrase, "médiateur")})


def _nommees(dites: dict[str, Definition]) -> dict[str, dict[str, str]]:
    """Pour une réponse : clé -> nom, phrase et unité."""
    return {cle: {"nom": NOMS[cle], **dit._asdict()} for cle, dit in dites.items()}
