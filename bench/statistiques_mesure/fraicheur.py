"""Du POST d'un compte rendu au chiffre qui le compte, lu par HTTP avec la position rendue."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from activites.domain.faits import ActiviteEnregistree
from activites.domain.vocabulaire import MediateurId
from activites_mesure.ecriture import CRA

from statistiques_mesure import generateur
from statistiques_mesure.banc import Banc, centile
from statistiques_mesure.service import employer

RELEVES = 300
_PAUSE_S = 0.02
_LOTS_PAR_S = 10


class Temoin:
    """Un médiateur qui saisit, puis regarde si son dernier CRA est compté."""

    def __init__(self, banc: Banc, compte: UUID) -> None:
        self._banc = banc
        self._qui = {"compte_id": compte, "mediateur_id": uuid4()}
        self._saisis = 0
        self.durees_ms: list[float] = []

    @classmethod
    async def embaucher(cls, banc: Banc, store: Any) -> "Temoin":
        return cls(banc, await employer(store))

    async def relever(self) -> None:
        """Un relevé ; infini quand la réponse ne compte pas ce CRA."""
        debut = time.perf_counter()
        reponse = await self._banc.client.post(
            "/activites", json=CRA | {"id": str(uuid4())}, headers=self._banc.entetes(**self._qui)
        )
        reponse.raise_for_status()
        self._saisis += 1
        lue = await self._banc.demander("/statistiques", self._qui, reponse.headers["x-position"])
        compte = lue.json()["totaux"]["activites"]["total"] == self._saisis
        self.durees_ms.append((time.perf_counter() - debut) * 1000 if compte else math.inf)

    def dire(self) -> dict[str, float]:
        """Et oublie ce qui a été relevé."""
        durees, self.durees_ms = self.durees_ms, []
        return {
            "releves": len(durees),
            "p50_ms": round(centile(durees, 0.5), 1),
            "p99_ms": round(centile(durees, 0.99), 1),
            "max_ms": round(max(durees, default=math.nan), 1),
        }


class Arrivees:
    """`debit` CRA par seconde, de tous les médiateurs, tant que l’on est dedans. par_s : ceux qui le sont."""

    def __init__(self, store: Any, debit: int, mediateurs: int) -> None:
        self._store, self._debit = store, debit
        self._faits = generateur.inventes(debit * 3600, mediateurs, graine=100)
        next(self._faits)
        self.par_s = 0.0

    def un_de(self, mediateur_id: UUID) -> ActiviteEnregistree:
        """Un CRA de plus, de ce médiateur."""
        return replace(next(self._faits), mediateur_id=MediateurId(mediateur_id), suivis=())

    @asynccontextmanager
    async def pendant(self) -> AsyncGenerator[None]:
        fini = asyncio.Event()
        async with asyncio.TaskGroup() as taches:
            taches.create_task(self._ecrire(fini))
            try:
                yield
            finally:
                fini.set()

    async def _ecrire(self, fini: asyncio.Event) -> None:
        """Dix lots par seconde ; un retard se rattrape."""
        debut, ecrits = time.monotonic(), 0
        while not fini.is_set():
            paquet = [next(self._faits) for _ in range(max(1, self._debit // _LOTS_PAR_S))]
            await generateur.ajouter(self._store, paquet)
            ecrits += len(paquet)
            await asyncio.sleep(max(0.0, debut + ecrits / self._debit - time.monotonic()))
        self.par_s = round(ecrits / (time.monotonic() - debut), 1)


async def mesurer(temoin: Temoin, releves: int = RELEVES) -> dict[str, float]:
    """Tant de relevés, l'un après l'autre."""
    for _ in range(releves):
        await temoin.relever()
        await asyncio.sleep(_PAUSE_S)
    return temoin.dire()
