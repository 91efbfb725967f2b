"""Les façons d'écrire une commune et un code postal, ramenées à une seule."""

import re

from referentiels.cles import cle
from referentiels.textes import nettoyer_texte

_BLANCS = re.compile(r"\s+")
# Un motif qui commence par des blancs ne part que du premier : partir de chacun coûterait leur carré.
_CEDEX = re.compile(r"(?<![\s-])[\s-]+c[eé]dex\b.*$", re.IGNORECASE)
_PARENTHESE = re.compile(r"\s*\([^()]*\)")
_CHIFFRES_FINAUX = re.compile(
    r"(?<![\s-])[\s-]+(?:\d{5}|\d{1,2}\s*(?:e|er|ère|ere|ème|eme|è)?(?:\s+arr\w*)?)$", re.IGNORECASE
)
_SAINT = re.compile(r"(?<![^\W_])s(?:ain)?t(e?)(?:\.\s*|[\s-]+)", re.IGNORECASE)


def nettoyer_commune(texte: str) -> str:
    """Le nom d'une commune sans cedex, code postal, arrondissement ni parenthèse ; « St » écrit en entier."""
    propre = nettoyer_texte(texte).replace("’", "'")
    propre = _PARENTHESE.sub("", _CEDEX.sub("", propre)).replace("/", " sur ")
    propre = _CHIFFRES_FINAUX.sub("", propre)
    propre = re.sub(r"^0(?=[A-Za-z])", "O", propre)  # « 0NET » : un zéro tapé pour un O
    propre = re.sub(r"\b([lLdD])'\s+", r"\1'", propre)
    return _BLANCS.sub(" ", _SAINT.sub(_saint_en_entier, propre)).strip(" -,")


def _saint_en_entier(trouve: re.Match[str]) -> str:
    return f"Saint{'e' if trouve[1] else ''}-"


def a_un_cedex(texte: str) -> bool:
    """Vrai quand la commune est écrite avec un cedex : son code postal lui est propre."""
    return bool(_CEDEX.search(" " + texte))


def cle_commune(texte: str) -> str:
    """La clé d'un nom de commune : comme `cle`, après `nettoyer_commune`."""
    return cle(nettoyer_commune(texte))


def nettoyer_code_postal(texte: str) -> str | None:
    """5 chiffres ; « 2800 » et « 26130.0 » sont réparés, le reste n'est pas un code postal."""
    chiffres = re.sub(r"\.0$", "", texte.strip()).replace(" ", "").removeprefix("F-")
    if not (chiffres.isascii() and chiffres.isdigit()):
        return None
    chiffres = chiffres.zfill(5) if len(chiffres) == 4 else chiffres
    return chiffres if len(chiffres) == 5 and chiffres[:2] != "00" else None
