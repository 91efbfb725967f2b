"""Le compte ne sert pas depuis 90 jours : il sera supprimé, sauf si la personne y revient."""

import datetime as dt
from collections.abc import Mapping

from courriels.message import Courriel

from identity.courriels.textes import Cadre
from identity.domain.vocabulaire import Situation

OBJET = "Votre compte La Coop va être supprimé"
_POURQUOI: Mapping[Situation, str] = {
    Situation.INSCRIPTION: "Votre inscription à La Coop de la médiation numérique est commencée depuis trois "
    "mois et n’est pas terminée.",
    Situation.JAMAIS_ACTIF: "Votre espace sur La Coop de la médiation numérique est ouvert depuis trois "
    "mois, et rien n’y a été saisi.",
}
_POUR_LE_GARDER: Mapping[Situation, str] = {
    Situation.INSCRIPTION: "Pour le garder, terminez votre inscription avant cette date.",
    Situation.JAMAIS_ACTIF: "Pour le garder, saisissez un compte rendu ou entrez dans une équipe d’ici là.",
}


def rediger(prenom: str, situation: Situation, supprime_le: dt.datetime, cadre: Cadre) -> Courriel:
    """supprime_le : instant à partir duquel le compte n'existera plus."""
    return cadre.lettre(
        OBJET,
        prenom,
        [
            _POURQUOI[situation],
            f"Sans nouvelle de vous, il sera supprimé avec vos données le {cadre.jour(supprime_le)}.",
            _POUR_LE_GARDER[situation],
            cadre.lien("Ouvrir La Coop", "/inscription" if situation is Situation.INSCRIPTION else "/espace"),
        ],
    )
