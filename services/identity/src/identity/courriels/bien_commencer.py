"""L'inscription est validée, rien n'est encore saisi : par où commencer, puis deux rappels."""

from collections.abc import Mapping

from courriels.message import Courriel

from identity.courriels.textes import Cadre
from identity.domain.vocabulaire import Rappel

OBJETS: Mapping[Rappel, str] = {
    Rappel.J7: "Bien commencer avec La Coop de la médiation numérique",
    Rappel.J30: "Votre premier compte rendu sur La Coop",
    Rappel.J60: "Votre espace La Coop n’a pas encore servi",
}
_CORPS: Mapping[Rappel, tuple[str, ...]] = {
    Rappel.J7: (
        "Bienvenue sur La Coop de la médiation numérique. Votre espace est prêt.",
        "Un accompagnement se note en vingt secondes : un sujet, une durée, un lieu. Vos statistiques se "
        "font toutes seules, et personne ne peut y reconnaître les personnes que vous accompagnez.",
    ),
    Rappel.J30: (
        "Votre espace est ouvert depuis un mois, et rien n’y est encore saisi.",
        "Rien n’oblige à tout reprendre depuis le début : commencez par un accompagnement de cette semaine. "
        "La page d’aide répond aux questions les plus fréquentes.",
    ),
    Rappel.J60: (
        "Votre espace est ouvert depuis deux mois, et rien n’y est encore saisi.",
        "Si vous n’en avez pas besoin, vous n’avez rien à faire : votre compte sera supprimé, et vous en "
        "serez averti avant.",
    ),
}


def rediger(prenom: str, rappel: Rappel, cadre: Cadre) -> Courriel:
    """rappel : un des trois."""
    return cadre.lettre(OBJETS[rappel], prenom, [*_CORPS[rappel], cadre.lien("Ouvrir mon espace", "/espace")])
