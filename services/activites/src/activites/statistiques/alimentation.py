"""Ce qui nourrit le fichier de statistiques : les contrats du bus, ou le journal pour une reconstruction."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import structlog
from contracts.activites import ActiviteCorrigeeV1, ActiviteEnregistreeV1, ActiviteSupprimeeV1
from events.bus import word
from events.bus.reader import BusSource
from events.contract import Contract
from events.postgres.database import Database
from events.projection.parking import ATTEMPTS, park
from events.projection.projection import taken
from events.projection.source import Checkpoint, Delivery, Rejected
from events.store.store import Store
from events.types import START, Position
from nats.aio.client import Client
from nats.aio.msg import Msg

from activites.statistiques.fichier import FichierStatistiques, Ligne

log = structlog.get_logger()

NOM = "statistiques"
CONTRACTS: list[type[Contract]] = [ActiviteEnregistreeV1, ActiviteCorrigeeV1, ActiviteSupprimeeV1]
_LOT = 2000


def sorte_de(nom: str) -> str:
    """`activites.ActiviteCorrigee.v1` ou `ActiviteCorrigee` -> `Corrigee`."""
    return nom.removeprefix("activites.").split(".")[0].removeprefix("Activite")


class Statistiques:
    """Un fichier tenu à jour depuis le bus, lot par lot ; on peut y attendre sa propre écriture."""

    def __init__(
        self, fichier: FichierStatistiques, source: BusSource, database: Database, bus: Client
    ) -> None:
        """database : celle du service, où un contrat que le fichier refuse est mis de côté."""
        self.fichier = fichier
        self.source = source.name
        self._source = source
        self._database = database
        self._bus = bus
        self._un_a_un = 0
        self._echecs = 0
        self._avancement = fichier.avancement()
        self._avance = asyncio.Condition()

    async def run(self) -> None:
        """Prend les lots sans fin. Attend quand le bus est absent."""
        await self._bus.subscribe(word.asked(f"{self.source}.{NOM}"), cb=self._repondre)
        while True:
            try:
                if await self.lot() == 0:
                    await self._source.wait()
            except Exception as error:
                if not type(error).__module__.startswith("nats") and not isinstance(error, OSError):
                    raise
                log.warning("statistics_wait", error=type(error).__name__)
                await asyncio.sleep(0.5)

    async def _repondre(self, question: Msg) -> None:
        """Où en est le fichier : `coop` le demande, lui seul ne peut pas l'ouvrir."""
        if question.reply:
            await question.respond(word.written(self._avancement))

    async def lot(self) -> int:
        """Prend un lot ; rend le nombre de contrats pris."""
        page = await self._source.page(self._avancement, 1 if self._un_a_un else _LOT)
        if not page:
            return 0
        rejete = next((d.raw for d in page if isinstance(d.raw, Rejected)), None)
        try:
            if rejete is not None:
                raise rejete
            lignes = [Ligne(d.checkpoint.position, sorte_de(d.type), d.raw.data.decode()) for d in page]
            await asyncio.to_thread(self.fichier.prendre, lignes, page[-1].checkpoint)
        except duckdb.IOException:
            # The disk, not the contract.
            log.warning("statistics_wait", error="IOException")
            await asyncio.sleep(1)
            return 0
        except (duckdb.Error, Rejected, UnicodeDecodeError) as error:
            if not await self._mettre_de_cote(page, error):
                return 0
        self._un_a_un = max(0, self._un_a_un - len(page))
        self._echecs = 0
        async with self._avance:
            self._avancement = page[-1].checkpoint
            self._avance.notify_all()
        await self._source.taken(page[-1])
        taken(NOM, page)
        return len(page)

    async def _mettre_de_cote(self, page: list[Delivery], error: Exception) -> bool:
        """Relit un à un, réessaie, puis met de côté le contrat fautif. Vrai quand le lot est passé."""
        if len(page) > 1:
            self._un_a_un = len(page)
            return False
        self._echecs += 1
        if self._echecs < ATTEMPTS and not isinstance(error, Rejected):
            await asyncio.sleep(0.05 * 2**self._echecs)
            return False
        async with self._database.raw() as connection:
            await park(connection, NOM, self.source, page[0], self._echecs, error)
        await asyncio.to_thread(self.fichier.prendre, [], page[0].checkpoint)
        return True

    async def attendre(self, position: Position, secondes: float = 2.0) -> bool:
        """Vrai dès que le fichier contient cette position ; faux après le délai."""
        try:
            async with asyncio.timeout(secondes), self._avance:
                await self._avance.wait_for(lambda: self._avancement.position >= position)
        except TimeoutError:
            return False
        return True


async def reconstruire(
    chemin: Path,
    store: Store[Any],
    to_contract: Callable[[Any], Contract | None],
    *,
    sequence: int = 0,
    page: int = 5000,
) -> int:
    """Refait le fichier depuis le journal, à côté, puis le met en place. Rend le nombre de contrats comptés.

    sequence : fin du flux du bus, lue avant : ce qui y est déjà publié est dans le journal, et le bus reprend
    après elle. Le processus ne tient pas encore le fichier.
    """
    neuf = chemin.with_suffix(".neuf")
    neuf.unlink(missing_ok=True)
    fichier = FichierStatistiques(neuf)
    lues = 0
    position = START
    while raws := await store.page(position, page):
        lignes: list[Ligne] = []
        for recorded in await store.decode(raws):
            contract = to_contract(recorded.event)
            if contract is not None:
                corps = contract.model_dump_json()
                lignes.append(Ligne(recorded.position, sorte_de(contract.event_name()), corps))
        position = raws[-1].position
        lues += len(lignes)
        await asyncio.to_thread(fichier.prendre, lignes, Checkpoint(position, sequence))
    fichier.fermer()
    os.replace(neuf, chemin)
    chemin.with_suffix(chemin.suffix + ".wal").unlink(missing_ok=True)
    return lues
