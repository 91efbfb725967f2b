"""L'équipe de la personne n'a plus de coordinateur, quelqu'un voudrait l'être : ses membres en décident."""

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Une personne propose de coordonner votre équipe"


def rediger(prenom: str, equipe_id: object, cadre: Cadre) -> Courriel:
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Votre équipe sur La Coop de la médiation numérique n’a plus de coordinateur. Un coordinateur de "
            "votre département propose de le devenir : la page de l’équipe dit qui.",
            "Rien ne change sans l’accord de plus de la moitié des membres. Dites si vous êtes d’accord.",
            cadre.lien("Répondre", f"/espace/equipes/{equipe_id}"),
        ],
    )
