"""Un classeur est une archive zip : ce qu'elle contient est vérifié avant qu'une bibliothèque ne l'ouvre."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from tableurs.tableau import FichierRefuse, Limites

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_MAX_PARTIES = 2_000
_TAUX_MAX = 200
"""Un classeur se comprime de 5 à 60 fois ; mille fois, c'est une bombe."""
_PETITE = 1_000_000
_MAX_TEXTES = 100_000_000
"""Octets des parties que la bibliothèque garde entières en mémoire : tout sauf les feuilles."""
_BLOC = 1 << 20
# Une définition de type de document (entités externes, expansions), quel que soit l'encodage du XML.
_DOCTYPE = re.compile(rb"<\x00?!\x00?D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E")


def verifier(chemin: Path, limites: Limites) -> Literal["xlsx", "ods"]:
    """Le format du classeur, une fois chaque partie relue : taille, somme de contrôle, macros, entités.

    Raises FichierRefuse.
    """
    try:
        with zipfile.ZipFile(chemin) as archive:
            parties = archive.infolist()
            _bornes(parties, limites)
            for partie in parties:
                _relire(archive, partie)
            return _format(archive, {partie.filename for partie in parties})
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as erreur:
        # RuntimeError : partie chiffrée ; NotImplementedError : compression inconnue.
        raise FichierRefuse("Le classeur est abîmé ou protégé par un mot de passe.") from erreur


def _bornes(parties: list[zipfile.ZipInfo], limites: Limites) -> None:
    total = sum(p.file_size for p in parties)
    if len(parties) > _MAX_PARTIES or total > limites.octets_decompresses:
        raise FichierRefuse("Une fois décompressé, le classeur est trop grand.")
    for partie in parties:
        if partie.file_size > max(_PETITE, _TAUX_MAX * partie.compress_size):
            raise FichierRefuse("Le classeur est comprimé de façon anormale.")
        feuille = "/worksheets/" in partie.filename or partie.filename == "content.xml"
        if not feuille and partie.file_size > _MAX_TEXTES:
            raise FichierRefuse("Une fois décompressé, le classeur est trop grand.")


def _relire(archive: zipfile.ZipFile, partie: zipfile.ZipInfo) -> None:
    """Lit toute la partie : zipfile refuse une taille ou une somme de contrôle qui ment."""
    fin = b""
    with archive.open(partie) as contenu:
        while bloc := contenu.read(_BLOC):
            if _DOCTYPE.search(fin + bloc):
                raise FichierRefuse("Le classeur contient des définitions XML, qui ne sont pas acceptées.")
            fin = bloc[-20:]


def _format(archive: zipfile.ZipFile, noms: set[str]) -> Literal["xlsx", "ods"]:
    if any(nom.lower().endswith("vbaproject.bin") or nom.startswith("Basic/") for nom in noms):
        raise FichierRefuse("Le classeur contient des macros : enregistrez-le sans elles (.xlsx ou .ods).")
    if "mimetype" in noms and "content.xml" in noms and archive.read("mimetype").strip() == _ODS:
        if b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise FichierRefuse("Le classeur est protégé par un mot de passe.")
        return "ods"
    if "[Content_Types].xml" in noms and any(nom.endswith("workbook.xml") for nom in noms):
        return "xlsx"
    raise FichierRefuse("Ce n'est pas un classeur. Un fichier .xlsx, .ods, .csv ou .json est attendu.")
