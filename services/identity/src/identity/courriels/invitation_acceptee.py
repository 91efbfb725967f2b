"""La personne invitée a accepté : à qui l'avait invitée. Son nom est dans la page, pas dans le message."""

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Votre invitation est acceptée"


def rediger(prenom: str, equipe_id: object, cadre: Cadre) -> Courriel:
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Une personne que vous aviez invitée a rejoint votre équipe.",
            cadre.lien("Voir mon équipe", f"/espace/equipes/{equipe_id}"),
        ],
    )
