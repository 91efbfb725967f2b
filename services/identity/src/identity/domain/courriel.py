"""Adresses électroniques : celles qu'un compte peut porter."""

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
