"""Des réponses gardées un moment : une question se compte une fois pour tous ceux qui la posent."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from events.types import Position
from web.positions import parse

from activites.statistiques.questions import Bloc

GARDES_MAX = 500


@dataclass(slots=True)
class _Garde:
    """fin : d'après quand elle ne se lit plus ; absente tant qu'elle se compte."""

    bloc: asyncio.Task[Bloc]
    fin: float | None = None

    @property
    def lisible(self) -> bool:
        return self.fin is None or self.fin > time.monotonic()


class Gardes:
    """Celles d'un processus, chacune pendant tant de secondes."""

    def __init__(self, duree_s: float) -> None:
        self._duree_s = duree_s
        self._gardes: dict[str, _Garde] = {}

    async def lire(
        self, cle: str, compter: Callable[[], Awaitable[Bloc]], *, apres: Position | None = None
    ) -> Bloc:
        """Ce qui répond à cette question, avec sa `position`. Elle est à plusieurs : nul n'y écrit.

        apres : au moins jusque-là ; ce qui était gardé d'avant se recompte. Lève ce que lève `compter`.
        """
        garde = self._gardes.get(cle)
        if garde is not None and garde.lisible:
            bloc = await asyncio.shield(garde.bloc)
            if apres is None or parse(bloc["position"])[1] >= apres:
                return bloc
        # Another may have asked again meanwhile.
        if self._gardes.get(cle) in (None, garde):
            self._faire_place()
            self._gardes[cle] = self._commencer(cle, compter)
        # Who asked may go away: the others still wait.
        return await asyncio.shield(self._gardes[cle].bloc)

    def _commencer(self, cle: str, compter: Callable[[], Awaitable[Bloc]]) -> _Garde:
        tache = asyncio.ensure_future(compter())
        garde = _Garde(tache)

        def finie(tache: asyncio.Task[Bloc]) -> None:
            garde.fin = time.monotonic() + self._duree_s
            rate = tache.cancelled() or tache.exception() is not None
            if rate and self._gardes.get(cle) is garde:
                del self._gardes[cle]

        tache.add_done_callback(finie)
        return garde

    def _faire_place(self) -> None:
        for cle in [cle for cle, garde in self._gardes.items() if not garde.lisible]:
            del self._gardes[cle]
        while len(self._gardes) >= GARDES_MAX:
            del self._gardes[next(iter(self._gardes))]
