"""Adresses électroniques : celles qu'un compte peut porter."""

from events.decider import Refusal
from referentiels import courriels

DOMAINES_SUPPRIMES = ("conseiller-numerique.fr",)


class CourrielIllisible(Refusal):
    """Cette adresse électronique n'est pas lisible."""


class AdresseSupprimee(Refusal):
    """Les adresses conseiller-numerique.fr n'existent plus : une adresse professionnelle est nécessaire."""


def accepter(texte: str) -> str:
    """L'adresse normalisée. Lève CourrielIllisible, ou AdresseSupprimee pour un domaine disparu."""
    try:
        adresse = courriels.normaliser(texte)
    except courriels.CourrielIllisible as erreur:
        raise CourrielIllisible from erreur
    domaine = courriels.domaine_de(adresse)
    if any(domaine == d or domaine.endswith(f".{d}") for d in DOMAINES_SUPPRIMES):
        raise AdresseSupprimee
    return adresse
