"""Le rapport d'un import, ligne à ligne, et le compte de ce qu'il a donné."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import BinaryIO

import orjson

from tableurs.tableau import Remarque

MAX_VALEUR = 500
"""Les valeurs citées sont coupées à cette longueur (caractères)."""


@dataclass(frozen=True, slots=True)
class Refus:
    """Pourquoi une ligne n'est pas importée. motif : un nom court et stable ; message : une phrase."""

    motif: str
    champ: str
    message: str
    avant: str = ""


@dataclass(slots=True)
class Bilan:
    """lues = somme(verdicts) + somme(refus) : chaque ligne a été importée ou refusée, une fois.

    verdicts : ce que l'import a fait des lignes acceptées -> nombre.   refus : motif -> nombre de lignes.
    """

    lues: int = 0
    reparations: int = 0
    verdicts: Counter[str] = field(default_factory=Counter[str])
    refus: Counter[str] = field(default_factory=Counter[str])


class Rapport:
    """Une ligne JSON par chose à dire : ligne, cle, motif, champ, message, avant, reparation, apres.

    motif n'est donné que pour un refus ; reparation et apres sont alors vides. Une chose absente du fichier
    est dite à la ligne 0.
    Le rapport cite le contenu du fichier : il appartient à qui importe.
    """

    def __init__(self, fichier: BinaryIO | None, contexte: Mapping[str, str] | None = None) -> None:
        """contexte : ce que chaque ligne du rapport répète (la source, le nom du fichier)."""
        self._fichier = fichier
        self._contexte = contexte or {}

    def refus(self, ligne: int, cle: str, refus: Refus) -> None:
        self._ecrire(ligne, cle, asdict(refus) | {"reparation": None, "apres": None})

    def remarque(self, ligne: int, cle: str, remarque: Remarque) -> None:
        self._ecrire(ligne, cle, {"motif": None} | asdict(remarque))

    def absente(self, cle: str, message: str, avant: str) -> None:
        """Ce qu'une édition précédente disait et que ce fichier ne dit plus : à la ligne 0."""
        self.remarque(0, cle, Remarque("", message, avant))

    def _ecrire(self, ligne: int, cle: str, dit: dict[str, str | None]) -> None:
        if self._fichier is None:
            return
        coupe = {nom: valeur[:MAX_VALEUR] if valeur else valeur for nom, valeur in dit.items()}
        objet = {**self._contexte, "ligne": ligne, "cle": cle, **coupe}
        self._fichier.write(orjson.dumps(objet, option=orjson.OPT_APPEND_NEWLINE))
