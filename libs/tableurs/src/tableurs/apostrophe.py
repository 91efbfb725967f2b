"""Dans un CSV, un tableur exécute un texte qui commence comme une formule : une apostrophe l'empêche."""

import re

_FORMULE = re.compile(r"[\s'\"‘’“”«\u200b\ufeff]*[=+\-@＝＋－＠﹢﹣﹫\t\r\n]")
"""Ce qui pourrait être pris pour une formule, y compris après une espace, un guillemet ou une apostrophe."""


def proteger(texte: str) -> str:
    """Le texte, précédé d'une apostrophe s'il peut passer pour une formule ; un tiret seul, non."""
    return f"'{texte}" if texte != "-" and _FORMULE.match(texte) else texte


def retirer(texte: str) -> str:
    """L'inverse exact de `proteger` : une apostrophe devant une formule n'est pas du texte.

    Ni devant un tiret seul : des fichiers d'avant en portent une.
    """
    return texte[1:] if texte.startswith("'") and _FORMULE.match(texte[1:]) else texte
