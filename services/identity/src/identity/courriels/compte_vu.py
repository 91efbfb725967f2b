"""Le support a vu la plateforme comme la personne la voit. La raison est dans son histoire, pas ici."""

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Votre compte a été vu par le support de La Coop"


def rediger(prenom: str, cadre: Cadre) -> Courriel:
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Une personne du support de La Coop de la médiation numérique vient d’ouvrir la plateforme comme "
            "vous la voyez, pour vous aider ou comprendre un problème.",
            "Elle a trente minutes au plus, et ne peut rien y changer ni en télécharger. La raison qu’elle a "
            "donnée est gardée dans l’histoire de votre compte.",
            cadre.lien("Lire l’histoire de mon compte", "/espace/profil/histoire"),
            "Vous n’avez rien demandé ? Dites-le.",
        ],
    )
