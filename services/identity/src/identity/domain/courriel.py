"""Adresses électroniques : celles qu'un compte peut porter."""

import re

from events.decider import Refusal
from referentiels import courriels

DOMAINES_SUPPRIMES = ("conseiller-numerique.fr",)


class CourrielIllisible(Refusal):
    """Cette adresse électronique n'est pas lisible."""


class AdresseSupprimee(Refusal):
    """Les adresses conseiller-numerique.fr n'existent plus : une adresse professionnelle est nécessaire."""


def accepter(texte: str, *, field: str | None = None) -> str:
    """L'adresse normalisée. Lève CourrielIllisible, ou AdresseSupprimee pour un domaine disparu.

    field : le champ en faute, quand l'adresse vient d'un formulaire.
    """
    try:
        adresse = courriels.normaliser(texte)
    except courriels.CourrielIllisible as erreur:
        raise CourrielIllisible(field=field) from erreur
    domaine = courriels.domaine_de(adresse)
    if any(domaine == d or domaine.endswith(f".{d}") for d in DOMAINES_SUPPRIMES):
        raise AdresseSupprimee(field=field)
    return adresse


BOITES_PARTAGEES = frozenset(
    {
        *(
            "accueil",
            "administration",
            "association",
            "bibliotheque",
            "bonjour",
            "bureau",
            "ccas",
            "conseiller",
        ),
        *("conseillernumerique", "contact", "coordination", "direction", "emploi", "espacefranceservices"),
        *("franceservices", "info", "informatique", "infos", "mairie", "mediateur", "mediateurnumerique"),
        *("mediation", "mediationnumerique", "mediatheque", "numerique", "rh", "secretariat", "support"),
    }
)


def generique(adresse: str) -> bool:
    """Une boîte que plusieurs personnes ouvrent sans doute : l'ouvrir ne dit pas qui l'on est.

    adresse : sous sa forme normale. Ses points, traits et chiffres ne comptent pas.
    """
    local = adresse.partition("@")[0].partition("+")[0]
    return re.sub(r"[^a-z]", "", local) in BOITES_PARTAGEES
