"""Les octets d'un fichier, décompressés s'il le faut, et bornés."""

import gzip
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, override

from tableurs.tableau import FichierRefuse, Limites

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _Bornes(io.RawIOBase):
    """Rend les octets d'un autre fichier, et le refuse dès qu'il en a trop."""

    def __init__(self, source: io.BufferedIOBase, reste: int) -> None:
        self._source = source
        self._reste = reste

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        tampon = memoryview(buffer).cast("B")
        try:
            lus = self._source.read(len(tampon))
        except (zlib.error, gzip.BadGzipFile, EOFError) as erreur:
            raise FichierRefuse("Le fichier compressé est abîmé.") from erreur
        self._reste -= len(lus)
        if self._reste < 0:
            raise FichierRefuse("Une fois décompressé, le fichier est trop grand.")
        tampon[: len(lus)] = lus
        return len(lus)

    @override
    def close(self) -> None:
        self._source.close()
        super().close()


def ouvrir_octets(chemin: Path, limites: Limites) -> io.BufferedReader:
    """Le contenu du fichier, décompressé s'il est en gzip. Raises FichierRefuse, aussi pendant la lecture."""
    with chemin.open("rb") as brut:
        compresse = brut.read(2) == b"\x1f\x8b"
    source = gzip.GzipFile(chemin, "rb") if compresse else chemin.open("rb")
    return io.BufferedReader(_Bornes(source, limites.octets_decompresses), 1 << 16)
