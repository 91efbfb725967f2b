"""Une équipe invite une adresse sans compte : ce qu'est la plateforme, comment y entrer ; rien n'oblige."""

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
            "La Coop est la plateforme publique et gratuite des médiateurs numériques : ils y rendent compte "
            "de leurs accompagnements, y lisent leurs statistiques et y travaillent en équipe.",
            "Pour répondre, créez votre compte : connectez-vous avec ProConnect, à cette adresse de "
            "courriel. L’invitation vous attend à la fin de votre inscription ; vous êtes libre de "
            "l’accepter ou de la refuser.",
            cadre.lien("Créer votre compte", "/connexion"),
            f"Vous pouvez répondre jusqu’au {cadre.jour(expire_le)}. Sans réponse de votre part, votre "
            "adresse est ensuite effacée de La Coop. Vous n’êtes pas concerné ? Ne faites rien.",
        ],
    )
