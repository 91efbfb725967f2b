"""La clé de recherche : deux textes qu'une personne tient pour les mêmes ont la même clé."""

import re
import unicodedata
from functools import lru_cache

_HORS_MOT = re.compile(r"[\W_]+")


@lru_cache(maxsize=8192)
def cle(texte: str) -> str:
    """Sans accent, en minuscules, ligatures ouvertes, ponctuation et blancs devenus une espace.

    Il n'y reste que des lettres et des chiffres séparés d'une espace : prête pour des trigrammes, et sans
    danger dans un LIKE. La clé d'une clé est elle-même.
    """
    if texte.isascii():
        plat = texte.lower()
    else:
        plat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", texte).casefold())
        plat = plat.replace("œ", "oe").replace("æ", "ae")
        plat = "".join(c for c in plat if not unicodedata.combining(c))
    return _HORS_MOT.sub(" ", plat).strip()
