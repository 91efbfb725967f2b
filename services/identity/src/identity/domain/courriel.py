"""Adresses électroniques : forme normale, et domaines que nous refusons."""

import unicodedata

from events.decider import Refusal

DOMAINES_SUPPRIMES = ("conseiller-numerique.fr",)


class CourrielIllisible(Refusal):
    """Cette adresse électronique n'est pas lisible."""


class AdresseSupprimee(Refusal):
    """Les adresses conseiller-numerique.fr n'existent plus : une adresse professionnelle est nécessaire."""


def normaliser(texte: str) -> str:
    """Sans blancs autour, NFKC, minuscules, domaine IDNA, sans point final. Lève CourrielIllisible."""
    adresse = unicodedata.normalize("NFKC", texte.strip()).strip().lower()
    local, arobase, domaine = adresse.rpartition("@")
    domaine = domaine.strip().rstrip(".")
    if (
        not (local and arobase and domaine)
        or len(adresse) > 254
        or any(c.isspace() or not c.isprintable() for c in adresse.rstrip("."))
    ):
        raise CourrielIllisible
    try:
        domaine = domaine.encode("idna").decode("ascii").lower()
    except UnicodeError as erreur:
        raise CourrielIllisible from erreur
    return f"{local}@{domaine}"


def accepter(texte: str) -> str:
    """L'adresse normalisée. Lève CourrielIllisible, ou AdresseSupprimee pour un domaine disparu."""
    adresse = normaliser(texte)
    domaine = adresse.rpartition("@")[2]
    if any(domaine == d or domaine.endswith(f".{d}") for d in DOMAINES_SUPPRIMES):
        raise AdresseSupprimee
    return adresse
