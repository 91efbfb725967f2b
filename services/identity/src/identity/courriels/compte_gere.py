"""Un administrateur a agi sur un compte. La raison est dans l'histoire du compte, pas ici."""

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Votre compte de La Coop a été modifié par l’administration"


def rediger(prenom: str, ce_qui_est_fait: str, cadre: Cadre) -> Courriel:
    """ce_qui_est_fait : une phrase des nôtres."""
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Une personne qui administre La Coop de la médiation numérique a agi sur votre compte : "
            f"{ce_qui_est_fait}.",
            "La raison qu’elle a donnée est gardée dans l’histoire de votre compte.",
            cadre.lien("Lire l’histoire de mon compte", "/espace/profil/histoire"),
            "Cela ne vous semble pas juste ? Dites-le.",
        ],
    )
