"""Une équipe invite la personne. Ne dit rien de qui invite : la page le dit, à la personne connectée."""

import datetime as dt

from courriels.message import Courriel, Lien, composer, nom_sur
from referentiels.dates import en_lettres
from referentiels.territoires import jour_civil

OBJET = "Invitation à rejoindre une équipe sur La Coop de la médiation numérique"


def rediger(prenom: str, expire_le: dt.datetime, *, base: str, aide: str, fuseau: str) -> Courriel:
    """base : adresse publique de la plateforme.   aide : adresse du support, vide s'il n'y en a pas.

    fuseau : nom IANA, pour le jour où l'invitation expire.
    """
    nom = nom_sur(prenom)
    dernier_jour = en_lettres(jour_civil(expire_le, fuseau))
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
            f"Vous pouvez répondre jusqu’au {dernier_jour}. Ensuite, elle ne vaudra plus.",
            question,
            "Ce message est envoyé automatiquement : personne ne lit les réponses.",
        ],
        base=base,
    )
