"""Un an sans connexion : la personne est prévenue avant d'être effacée."""

import datetime as dt

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Votre compte sur La Coop de la médiation numérique sera bientôt effacé"


def rediger(prenom: str, effacement_le: dt.datetime, cadre: Cadre) -> Courriel:
    """effacement_le : le jour où, sans nouvelle, le compte est effacé."""
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Vous ne vous êtes pas connecté·e à La Coop depuis près d’un an.",
            f"Sans nouvelle de vous, votre nom, vos adresses et votre compte seront effacés le "
            f"{cadre.jour(effacement_le)}. Les activités déjà comptées resteront, sans votre nom.",
            "Pour garder votre compte, il suffit de vous connecter avant cette date.",
            cadre.lien("Se connecter", "/connexion"),
        ],
    )
