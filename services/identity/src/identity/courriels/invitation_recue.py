"""Une équipe invite la personne. Ne dit rien de qui invite : la page le dit, à la personne connectée."""

import datetime as dt

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Invitation à rejoindre une équipe sur La Coop de la médiation numérique"


def rediger(prenom: str, expire_le: dt.datetime, cadre: Cadre) -> Courriel:
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Un coordinateur vous invite à rejoindre son équipe sur La Coop de la médiation numérique.",
            "Vous êtes libre d’accepter ou de refuser, et rien ne change tant que vous n’avez pas répondu. "
            "La page des invitations vous dit qui vous invite et ce que cette personne verrait.",
            cadre.lien("Voir l’invitation et y répondre", "/espace/invitations"),
            f"Vous pouvez répondre jusqu’au {cadre.jour(expire_le)}. Ensuite, elle ne vaudra plus.",
        ],
    )
