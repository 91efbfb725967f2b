"""Un texte venu d'ailleurs, remis sur une ligne lisible."""

import re
import unicodedata

_ECHAPPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_BLANCS = re.compile(r"\s+")
_LIEN = re.compile(r"://|\bwww\.|@", re.IGNORECASE)
_VIDES = frozenset({"", "-", "--", "---", "-----", "null", "none", "nan", "n/a", "nc", "non renseigné", "."})


def nettoyer_texte(texte: str) -> str:
    """Une ligne sans caractère de contrôle ni blanc superflu ; les « \\xE9 » d'un échappement sont relus.

    Ce qui veut dire « rien » (« null », « - »…) devient le texte vide.
    """
    texte = _ECHAPPE.sub(lambda m: chr(int(m[1], 16)), texte)
    visibles = texte if texte.isprintable() else "".join(map(_visible, texte))
    propre = _BLANCS.sub(" ", unicodedata.normalize("NFC", visibles)).strip()
    return "" if propre.lower() in _VIDES else propre


def mene_ailleurs(texte: str) -> bool:
    """Porte l'adresse d'un site ou d'une boîte. Un nom de domaine seul n'en est pas une : « Impots.gouv »."""
    return _LIEN.search(texte) is not None


def _visible(c: str) -> str:
    return " " if c not in "\t\n\r" and unicodedata.category(c).startswith("C") else c
