"""Ce que chaque page dit à tous : les annonces et la maintenance, relues de l'API en arrière-plan."""

import asyncio
from dataclasses import dataclass, field

import httpx2
import orjson
import structlog

log = structlog.get_logger()

_SECONDS = 5.0
_LECTURE_SEULE = "On peut lire, pas enregistrer."


@dataclass
class Annonces:
    """en_cours : les phrases, la maintenance d'abord ; les dernières connues tant que l'API se tait."""

    http: httpx2.AsyncClient
    en_cours: list[str] = field(default_factory=list[str])

    async def suivre(self) -> None:
        """For ever: no page waits for it."""
        while True:
            await self.lire()
            await asyncio.sleep(_SECONDS)

    async def lire(self) -> None:
        """Now: who has just written one sees it at once."""
        try:
            reponse = await self.http.get("/auth/annonces")
            reponse.raise_for_status()
            lues = orjson.loads(reponse.content)
        except (httpx2.HTTPError, orjson.JSONDecodeError) as error:
            log.info("announcements_unread", error=type(error).__name__)
            return
        maintenance = lues["maintenance"]
        coupee = [f"Maintenance : {maintenance['message']} {_LECTURE_SEULE}"] if maintenance else []
        self.en_cours = [*coupee, *lues["annonces"]]
