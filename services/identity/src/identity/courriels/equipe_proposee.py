"""La personne est désignée pour coordonner une équipe. Qui la désigne, et quelle équipe : la page le dit."""

import datetime as dt

from courriels.message import Courriel

from identity.courriels.textes import Cadre

OBJET = "Une équipe vous est confiée sur La Coop de la médiation numérique"


def rediger(prenom: str, effet_le: dt.datetime, a_accepter: bool, cadre: Cadre) -> Courriel:
    """a_accepter : rien ne passe sans son accord ; sinon l'équipe lui passe à cette date."""
    suite = (
        "Rien ne vous est confié tant que vous n’avez pas accepté."
        if a_accepter
        else "Sans réponse de votre part, elle vous passe à cette date. Vous pouvez décliner d’ici là."
    )
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Vous êtes désigné pour coordonner une équipe de médiateurs numériques, à partir du "
            f"{cadre.jour(effet_le)}. Vous y verrez les chiffres de ses membres et inviterez des médiateurs.",
            suite,
            cadre.lien("Voir l’équipe et répondre", "/espace/equipes"),
        ],
    )


def rediger_a_une_inconnue(prenom: str, effet_le: dt.datetime, cadre: Cadre) -> Courriel:
    """À une adresse sans compte : elle s'inscrit d'abord."""
    return cadre.lettre(
        OBJET,
        prenom,
        [
            "Vous êtes désigné pour coordonner une équipe sur La Coop de la médiation numérique, la "
            "plateforme publique et gratuite des médiateurs numériques, à partir du "
            f"{cadre.jour(effet_le)}.",
            "Pour répondre, créez votre compte : connectez-vous avec ProConnect, à cette adresse de "
            "courriel, et inscrivez-vous comme coordinateur. Rien ne vous est confié sans votre accord.",
            cadre.lien("Créer votre compte", "/connexion"),
            "Vous n’êtes pas concerné ? Ne faites rien.",
        ],
    )
