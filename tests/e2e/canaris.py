"""Des mots inventés, mis partout où une personne peut être nommée ou décrite, pour les chercher ensuite."""

import base64
import re

PRENOM = "quorvelin"
NOM = "xandorviq"
TELEPHONE = "+33639981797"
NOTES = "zibrolatune"
PRECISIONS = "vrempostique"
TITRE = "kaldrivonne"
EFFACEE = "vorpelunaste"
"""Porté par une seule personne, qui sera effacée."""

TOUS = (PRENOM, NOM, TELEPHONE, NOTES, PRECISIONS, TITRE)
DE_LA_PERSONNE = (PRENOM, NOM, TELEPHONE)


def formes(mot: str) -> list[str]:
    """The word as it is, in hexadecimal (binary columns) and in base64 at its three alignments."""
    brut = mot.encode()
    # Only the characters that depend on the word alone: its neighbours decide the others.
    bords = (base64.b64encode(b"\0" * n + brut).decode().rstrip("=") for n in range(3))
    milieux = [bord[debut:-1] for bord, debut in zip(bords, (0, 2, 3), strict=True)]
    return [mot, brut.hex(), *milieux]


def motif(mots: tuple[str, ...] = TOUS) -> str:
    """A regular expression, for Python and for PostgreSQL, that finds any of them in any of its forms."""
    return "|".join(re.escape(forme) for mot in mots for forme in formes(mot))


def trouver(texte: str, mots: tuple[str, ...] = TOUS) -> set[str]:
    """The words that the text holds, whatever the case."""
    return {mot for mot in mots if re.search(motif((mot,)), texte, re.IGNORECASE)}
