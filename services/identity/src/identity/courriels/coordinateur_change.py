"""L'équipe de la personne a un nouveau coordinateur : ce qu'il voit d'elle, et qu'elle peut partir."""

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Votre équipe a un nouveau coordinateur"


def rediger(prenom: str, equipe_id: object, cadre: Cadre) -> Courriel:
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Votre équipe sur La Coop de la médiation numérique est désormais coordonnée par une autre "
            "personne. La page de l’équipe dit qui.",
            "Elle y voit ce que voyait la personne d’avant : vos chiffres, ceux d’avant votre arrivée "
            "aussi, jamais les personnes que vous accompagnez. La personne d’avant n’y voit plus rien.",
            "Vous n’avez rien à faire. Vous restez libre de quitter l’équipe, à tout moment.",
            cadre.lien("Voir mon équipe", f"/espace/equipes/{equipe_id}"),
        ],
    )
