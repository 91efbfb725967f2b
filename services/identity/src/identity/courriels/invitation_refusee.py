"""La personne invitée a refusé : à qui l'avait invitée. Son nom est dans la page, pas dans le message."""

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Votre invitation n’a pas été acceptée"


def rediger(prenom: str, equipe_id: object, cadre: Cadre) -> Courriel:
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Une personne que vous aviez invitée a choisi de ne pas rejoindre votre équipe. "
            "Elle n’a pas à dire pourquoi.",
            cadre.lien("Voir mon équipe", f"/espace/equipes/{equipe_id}"),
        ],
    )
