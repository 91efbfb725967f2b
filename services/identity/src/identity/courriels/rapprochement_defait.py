"""Deux comptes sont de nouveau séparés : à l'adresse de l'un et de l'autre. La raison n'y est pas."""

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Vos comptes de La Coop sont de nouveau séparés"


def rediger(prenom: str, cadre: Cadre) -> Courriel:
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Le support de La Coop de la médiation numérique a séparé deux comptes qui n’en faisaient "
            "plus qu’un. Chacun retrouve ses adresses, ses équipes, ses invitations, ses emplois et les "
            "activités qu’il a enregistrées.",
            "Ce qui a été enregistré entre-temps reste au compte sous lequel c’était fait. "
            "Reconnectez-vous pour retrouver le vôtre.",
            cadre.lien("Me connecter", "/connexion"),
            "Vous n’en savez rien ? Dites-le.",
        ],
    )
