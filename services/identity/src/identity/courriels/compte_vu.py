"""Le support a vu la plateforme comme la personne la voit. La raison est dans son histoire, pas ici."""

from courriels.message import Courriel, Lien, composer, nom_sur

OBJET = "Votre compte a été vu par le support de La Coop"


def rediger(prenom: str, *, base: str, aide: str) -> Courriel:
    """base : adresse publique de la plateforme.   aide : adresse du support, vide s'il n'y en a pas."""
    nom = nom_sur(prenom)
    question = (
        f"Vous n’avez rien demandé ? Écrivez à {aide}."
        if aide
        else "Vous n’avez rien demandé ? La page d’accueil de La Coop dit à qui écrire."
    )
    return composer(
        OBJET,
        [
            f"Bonjour {nom}," if nom else "Bonjour,",
            "Une personne du support de La Coop de la médiation numérique vient d’ouvrir la plateforme comme "
            "vous la voyez, pour vous aider ou comprendre un problème.",
            "Elle a trente minutes au plus, et ne peut rien y changer ni en télécharger. La raison qu’elle a "
            "donnée est gardée dans l’histoire de votre compte.",
            Lien("Lire l’histoire de mon compte", f"{base}/espace/profil/histoire"),
            question,
            "Ce message est envoyé automatiquement : personne ne lit les réponses.",
        ],
        base=base,
    )
