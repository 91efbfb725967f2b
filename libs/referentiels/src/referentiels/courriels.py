"""Une adresse électronique : une seule forme pour une même boîte."""

import unicodedata

import idna

_JAMAIS = frozenset('@ ()<>[]:;,\\"')
"""Ce qu'une partie locale ne porte pas sans guillemets (RFC 5322, dot-atom)."""
LONGUEUR_MAX = 254
"""Caractères d'une adresse (RFC 5321, chemin de 256 octets chevrons compris)."""


class CourrielIllisible(ValueError):
    """Ce texte n'est pas une adresse électronique."""


def normaliser(texte: str) -> str:
    """L'adresse en minuscules, domaine en ASCII (IDNA 2008, UTS 46). Lève CourrielIllisible.

    Les points finals sont retirés après la mise en correspondance : « 。 » est un point pour le réseau.
    « faß » et « fass » sont deux domaines différents.
    """
    adresse = unicodedata.normalize("NFKC", texte.strip()).strip()
    local, arobase, domaine = adresse.rpartition("@")
    if not arobase or not all(local.split(".")) or any(c in _JAMAIS or not c.isprintable() for c in local):
        raise CourrielIllisible
    normale = f"{local.lower()}@{_domaine(domaine.strip())}"
    if len(normale) > LONGUEUR_MAX:
        raise CourrielIllisible
    return normale


def domaine_de(adresse: str) -> str:
    """Le domaine d'une adresse normalisée."""
    return adresse.rpartition("@")[2]


def _domaine(texte: str) -> str:
    try:
        lisible = idna.uts46_remap(texte, std3_rules=True).rstrip(".")
        return idna.encode(lisible, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as erreur:
        raise CourrielIllisible from erreur
