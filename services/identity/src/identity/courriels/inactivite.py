"""Un an sans connexion : la personne est prévenue avant d'être effacée."""

import datetime as dt

from courriels.message import Courriel, Lien, composer, nom_sur

from identity.courriels.invitation_recue import jour

OBJET = "Votre compte sur La Coop de la médiation numérique sera bientôt effacé"


def rediger(prenom: str, effacement_le: dt.datetime, *, base: str, aide: str, fuseau: str) -> Courriel:
    """base : adresse publique de la plateforme.   aide : adresse du support, vide s'il n'y en a pas.

    fuseau : nom IANA, pour le jour de l'effacement.
    """
    nom = nom_sur(prenom)
    question = [f"Une question ? Écrivez à {aide}."] if aide else []
    return composer(
        OBJET,
        [
            f"Bonjour {nom}," if nom else "Bonjour,",
            "Vous ne vous êtes pas connecté·e à La Coop depuis près d’un an.",
            f"Sans nouvelle de vous, votre nom, vos adresses et votre compte seront effacés le "
            f"{jour(effacement_le, fuseau)}. Les activités déjà comptées resteront, sans votre nom.",
            "Pour garder votre compte, il suffit de vous connecter avant cette date.",
            Lien("Se connecter", f"{base}/connexion"),
            *question,
            "Ce message est envoyé automatiquement : personne ne lit les réponses.",
        ],
        base=base,
    )
