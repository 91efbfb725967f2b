"""Deux comptes n'en font plus qu'un : à l'adresse de l'un et de l'autre. Celle de l'autre n'y est pas."""

import datetime as dt

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Deux comptes de La Coop n’en font plus qu’un"


def rediger(prenom: str, jusqu_au: dt.datetime, cadre: Cadre) -> Courriel:
    """jusqu_au : quand il ne se défait plus."""
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Deux comptes de La Coop de la médiation numérique ont été reconnus comme les vôtres : ils "
            "n’en font plus qu’un. Vos activités, vos équipes, vos invitations et vos emplois de l’un et "
            "de l’autre s’y retrouvent, une seule fois.",
            "Vos deux façons de vous connecter y mènent.",
            cadre.lien("Voir mon compte", "/espace/profil"),
            "L’autre compte n’est pas le vôtre ? Dites-le : le support peut tout remettre comme avant "
            f"jusqu’au {cadre.jour(jusqu_au)}.",
        ],
    )
