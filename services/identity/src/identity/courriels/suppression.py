"""Le compte qui ne servait pas est supprimé : le dernier message que la personne reçoit de nous."""

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Votre compte La Coop est supprimé"


def rediger(prenom: str, cadre: Cadre) -> Courriel:
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Comme nous vous l’avions annoncé, votre compte sur La Coop de la médiation numérique est "
            "supprimé : il n’avait pas servi. Vos données personnelles sont effacées.",
            "Vous pourrez revenir quand vous voudrez : en vous connectant, vous ouvrirez un nouveau compte.",
            cadre.lien("Aller sur La Coop", "/"),
        ],
    )
