"""Des réponses gardées un moment : une question se compte une fois pour tous ceux qui la posent."""

import asyncio
import weakref
from collections.abc import Awaitable, Callable

from events.types import Position
from web.positions import parse

from activites.statistiques.questions import Bloc

GARDES_MAX = 500


class Gardes:
    """Celles d'un processus, chacune pendant tant de secondes, d'après quand elle est comptée."""

    def __init__(self, duree_s: float) -> None:
        """duree_s : 0, celles que l'on compte en ce moment, et elles seules."""
        self._duree_s = duree_s
        self._gardes: dict[str, asyncio.Future[Bloc]] = {}

    async def lire(
        self, cle: str, compter: Callable[[], Awaitable[Bloc]], *, apres: Position | None = None
    ) -> Bloc:
        """Ce qui répond à cette question, avec sa `position`. Elle est à plusieurs : nul n'y écrit.

        apres : au moins jusque-là ; ce qui était gardé d'avant se recompte. Lève ce que lève `compter`.
        """
        garde = self._gardes.get(cle)
        if garde is not None:
            bloc = await asyncio.shield(garde)
            if apres is None or parse(bloc["position"])[1] >= apres:
                return bloc
        # Another may have asked again meanwhile.
        if self._gardes.get(cle) in (None, garde):
            while len(self._gardes) >= GARDES_MAX:
                del self._gardes[next(iter(self._gardes))]
            self._gardes[cle] = self._commencer(cle, compter)
        # Who asked may go away: the others still wait.
        return await asyncio.shield(self._gardes[cle])

    def _commencer(self, cle: str, compter: Callable[[], Awaitable[Bloc]]) -> asyncio.Future[Bloc]:
        loop = asyncio.get_running_loop()

        def finie(garde: asyncio.Future[Bloc]) -> None:
            if self._duree_s and not garde.cancelled() and garde.exception() is None:
                # The timer must not keep alive what was dropped to make room.
                loop.call_later(self._duree_s, self._oublier, cle, weakref.ref(garde))
            else:
                self._oublier(cle, weakref.ref(garde))

        garde = asyncio.ensure_future(compter())
        garde.add_done_callback(finie)
        return garde

    def _oublier(self, cle: str, garde: weakref.ref[asyncio.Future[Bloc]]) -> None:
        if self._gardes.get(cle) is garde():
            self._gardes.pop(cle, None)
