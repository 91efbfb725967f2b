"""Une équipe invite la personne. Ne dit rien de qui invite : la page le dit, à la personne connectée."""

import datetime as dt
from zoneinfo import ZoneInfo

from courriels.message import Courriel, Lien, composer, nom_sur

OBJET = "Invitation à rejoindre une équipe sur La Coop de la médiation numérique"
_MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def rediger(prenom: str, expire_le: dt.datetime, *, base: str, aide: str, fuseau: str) -> Courriel:
    """base : adresse publique de la plateforme.   aide : adresse du support, vide s'il n'y en a pas.

    fuseau : nom IANA, pour le jour où l'invitation expire.
    """
    nom = nom_sur(prenom)
    question = (
        f"Une question ? Écrivez à {aide}."
        if aide
        else "Une question ? La page d’accueil de La Coop dit à qui la poser."
    )
    return composer(
        OBJET,
        [
            f"Bonjour {nom}," if nom else "Bonjour,",
            "Un coordinateur vous invite à rejoindre son équipe sur La Coop de la médiation numérique.",
            "Vous êtes libre d’accepter ou de refuser, et rien ne change tant que vous n’avez pas répondu. "
            "La page des invitations vous dit qui vous invite et ce que cette personne verrait.",
            Lien("Voir l’invitation et y répondre", f"{base}/espace/invitations"),
            f"Vous pouvez répondre jusqu’au {jour(expire_le, fuseau)}. Ensuite, elle ne vaudra plus.",
            question,
            "Ce message est envoyé automatiquement : personne ne lit les réponses.",
        ],
        base=base,
    )


def jour(instant: dt.datetime, fuseau: str) -> str:
    jour = instant.astimezone(ZoneInfo(fuseau)).date()
    return f"{'1er' if jour.day == 1 else jour.day} {_MOIS[jour.month - 1]} {jour.year}"
