"""Ce qu'un fichier a déjà compté, rendu tel quel tant que rien n'y a changé de ceux que l'on compte.

Une personne qui regarde ses chiffres les regarde plusieurs fois, et les CRA des autres n'y changent rien.
"""

import threading
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from events.types import Position

type Bloc = dict[str, Any]

LIGNES_MAX = 100_000
"""De toutes ensemble, 30 Mo environ ; les dernières lues restent. Une page de douze mois en a quelques
centaines, onze années jour par jour dix mille."""


class Reponses:
    """D'un fichier ouvert, pour tous les fils qui y lisent."""

    def __init__(self, position: Position) -> None:
        """position : du fichier qui s'ouvre."""
        self._verrou = threading.Lock()
        self._position = position
        self._touches: dict[UUID, int] = {}
        self._tous_touches = 0
        self._gardees: dict[str, tuple[int, Bloc]] = {}
        self._lignes = 0

    def avancer(self, lot: int, position: Position, touches: Iterable[UUID] | None) -> None:
        """Ce lot est écrit. touches : les médiateurs dont il change les chiffres ; None, tous."""
        with self._verrou:
            if touches is None:
                self._tous_touches = lot
            else:
                self._touches.update(dict.fromkeys(touches, lot))
            self._position = position

    def lire(self, cle: str, mediateurs: Collection[UUID]) -> Bloc | None:
        """La réponse à cette question, si elle vaut encore. Elle est à plusieurs : nul n'y écrit.

        cle : toute la question.   mediateurs : ceux dont dépend la réponse, et eux seuls.
        """
        with self._verrou:
            gardee = self._gardees.get(cle)
            if gardee is None or gardee[0] < self._touches_au(mediateurs):
                return None
            self._gardees[cle] = self._gardees.pop(cle)  # the last one read
            # Nothing of theirs since: right up to here too.
            return gardee[1] | {"position": self._position}

    def garder(self, cle: str, lot: int, bloc: Bloc) -> None:
        """lot : jusqu'où a lu l'instant du fichier qui a été compté."""
        with self._verrou:
            self._oublier(cle)
            self._gardees[cle] = lot, bloc
            self._lignes += _lignes(bloc)
            while self._lignes > LIGNES_MAX:
                self._oublier(next(iter(self._gardees)))

    def _oublier(self, cle: str) -> None:
        if (gardee := self._gardees.pop(cle, None)) is not None:
            self._lignes -= _lignes(gardee[1])

    def _touches_au(self, mediateurs: Collection[UUID]) -> int:
        return max(self._tous_touches, *(self._touches.get(m, 0) for m in mediateurs), 0)


def _lignes(valeur: Any) -> int:
    """Combien en ont toutes ses listes."""
    if isinstance(valeur, dict):
        return sum(_lignes(v) for v in valeur.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return len(valeur) if isinstance(valeur, list) else 0  # pyright: ignore[reportUnknownArgumentType]
