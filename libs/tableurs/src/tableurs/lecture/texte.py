"""L'encodage d'un fichier de texte, et ses lignes, bornées."""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path

from tableurs.lecture.octets import ouvrir_octets
from tableurs.tableau import FichierRefuse, Limites

MAX_LIGNE = 1_000_000
"""Une ligne plus longue (caractères) n'est pas une ligne de tableau : elle est coupée là, et refusée."""

_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_FAUX = re.compile("[\udc80-\udcff]")
_HORS_ASCII = re.compile(r"[^\x00-\x7f]")
_ANCIENS = ["cp1252", "mac_roman"]
_ECHANTILLON = 100_000


def reconnaitre_encodage(chemin: Path, limites: Limites) -> str:
    """utf-8-sig (avec ou sans marque), utf-16, utf-16-le, utf-16-be, cp1252 ou mac_roman.

    Un fichier en UTF-8 où peu d'octets sont faux reste en UTF-8 : seules ses lignes fautives sont refusées.
    Raises FichierRefuse si ce n'est pas du texte.
    """
    with ouvrir_octets(chemin, limites) as fichier:
        debut = fichier.peek(_ECHANTILLON)
        for bom, encodage in _BOMS.items():
            if debut.startswith(bom):
                return encodage
        if debut.count(0) > len(debut) // 1000:
            return _utf16_sans_marque(debut)
        justes, mauvaises, exemples = 0, 0, bytearray()
        decodeur = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        while bloc := fichier.read(1 << 20):
            texte = decodeur.decode(bloc)
            if texte.isascii():
                continue
            faux = len(_FAUX.findall(texte))
            mauvaises += faux
            justes += len(_HORS_ASCII.findall(texte)) - faux
            if faux and len(exemples) < _ECHANTILLON:
                exemples += b"\n".join(ligne for ligne in bloc.splitlines() if not ligne.isascii())
    if justes >= mauvaises:
        return "utf-8-sig"
    from charset_normalizer import from_bytes  # lent à charger : au premier fichier ancien

    trouve = from_bytes(bytes(exemples[:_ECHANTILLON]), cp_isolation=_ANCIENS).best()
    return trouve.encoding if trouve is not None else "cp1252"


def _utf16_sans_marque(debut: bytes) -> str:
    """En UTF-16, un texte français a un octet nul sur deux, toujours du même côté."""
    pairs, impairs = debut[0::2].count(0), debut[1::2].count(0)
    if impairs > len(debut) // 4 and not pairs:
        return "utf-16-le"
    if pairs > len(debut) // 4 and not impairs:
        return "utf-16-be"
    raise FichierRefuse(
        "Ce n'est pas un fichier de texte. Un fichier .xlsx, .ods, .csv ou .json est attendu."
    )


def ouvrir_texte(chemin: Path, limites: Limites, encodage: str) -> io.TextIOWrapper:
    """Le texte du fichier, fins de ligne telles quelles.

    Un octet faux y est marqué (surrogate) : la ligne qui le porte sera refusée, et elle seule.
    """
    erreurs = "replace" if encodage.startswith("utf-16") else "surrogateescape"
    octets = ouvrir_octets(chemin, limites)
    return io.TextIOWrapper(octets, encoding=encodage, errors=erreurs, newline="")


def lignes_physiques(chemin: Path, limites: Limites, encodage: str) -> Iterator[str]:
    """Les lignes du fichier, avec leur fin ; d'une ligne trop longue, le début."""
    with ouvrir_texte(chemin, limites, encodage) as texte:
        while ligne := texte.readline(MAX_LIGNE):
            yield ligne
            while len(ligne) == MAX_LIGNE and not ligne.endswith(("\n", "\r")):
                ligne = texte.readline(MAX_LIGNE)
