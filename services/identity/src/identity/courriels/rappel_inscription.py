"""L'inscription est commencée, pas finie : un rappel à 7, 30 et 60 jours."""

from collections.abc import Mapping

from courriels.message import Courriel

from identity.courriels.textes import Cadre
from identity.domain.vocabulaire import Rappel

OBJETS: Mapping[Rappel, str] = {
    Rappel.J7: "Terminez votre inscription à La Coop de la médiation numérique",
    Rappel.J30: "Votre inscription à La Coop vous attend",
    Rappel.J60: "Votre inscription à La Coop n’est toujours pas terminée",
}
_CORPS: Mapping[Rappel, tuple[str, ...]] = {
    Rappel.J7: (
        "Vous vous êtes connecté à La Coop de la médiation numérique il y a une semaine, et votre "
        "inscription n’est pas terminée.",
        "Il reste quelques réponses à donner, cinq minutes suffisent. Ce que vous aviez répondu est gardé.",
    ),
    Rappel.J30: (
        "Votre inscription à La Coop de la médiation numérique est commencée depuis un mois.",
        "Une fois terminée, elle vous permet de rendre compte de vos accompagnements, de suivre vos "
        "statistiques et de rejoindre l’équipe d’un coordinateur.",
    ),
    Rappel.J60: (
        "Votre inscription à La Coop de la médiation numérique est commencée depuis deux mois.",
        "Si vous n’en avez plus besoin, vous n’avez rien à faire : votre compte sera supprimé, et vous en "
        "serez averti avant.",
    ),
}


def rediger(prenom: str, rappel: Rappel, cadre: Cadre) -> Courriel:
    """rappel : un des trois."""
    return cadre.lettre(
        OBJETS[rappel], prenom, [*_CORPS[rappel], cadre.lien("Reprendre mon inscription", "/inscription")]
    )
