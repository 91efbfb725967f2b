"""Les courriels qui ne partent pas, pour qui développe : un dossier de messages, lus comme une boîte."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

_NOM = re.compile(r"[\w-]+\.eml", re.ASCII)
_LIEN = re.compile(r"https?://[^\s<>\"]+")
MONTRES = 100


@dataclass(frozen=True, slots=True)
class Message:
    """nom : du fichier.   texte : la partie en texte.   liens : les adresses qu'il donne."""

    nom: str
    le: dt.datetime
    a: str
    objet: str
    texte: str

    @property
    def liens(self) -> Sequence[str]:
        return list(dict.fromkeys(lien.rstrip(".,)") for lien in _LIEN.findall(self.texte)))


def messages(dossier: Path) -> list[Message]:
    """Les derniers, le plus récent d'abord."""
    fichiers = sorted(_fichiers(dossier), key=lambda f: (f.stat().st_mtime_ns, f.name), reverse=True)
    return [_lu(fichier) for fichier in fichiers[:MONTRES]]


def message(dossier: Path, nom: str) -> Message | None:
    """Celui de ce fichier, s'il est là."""
    return next((_lu(fichier) for fichier in _fichiers(dossier) if fichier.name == nom), None)


def _fichiers(dossier: Path) -> Iterator[Path]:
    """Ce que le service y a posé, et rien d'autre ; rien tant que personne n'a écrit."""
    if dossier.is_dir():
        yield from (f for f in dossier.iterdir() if _NOM.fullmatch(f.name) and f.is_file())


def _lu(fichier: Path) -> Message:
    lu: EmailMessage = message_from_bytes(fichier.read_bytes(), policy=default)
    corps = lu.get_body(("plain",))
    return Message(
        fichier.name,
        dt.datetime.fromtimestamp(fichier.stat().st_mtime, dt.UTC),
        str(lu["To"] or ""),
        str(lu["Subject"] or ""),
        corps.get_content() if corps is not None else "",
    )
