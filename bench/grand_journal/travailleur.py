"""`python -m grand_journal.travailleur`: the projections of activites that its API needs, without its relay.

The relay would first publish the whole journal, which no relay of this run has ever read.
"""

import asyncio

from activites.app import DESCRIPTION
from activites.projections import activites_listees, emplois
from activites.settings import Settings
from events.postgres.database import Database
from events.service import Tools
from process import logs
from process.bus import connect
from process.clock import Clock
from process.settings import load


async def travailler(settings: Settings) -> None:
    """Project for ever."""
    store = DESCRIPTION.store(Database(settings.database_url), settings.coffre_cles)
    tasks = DESCRIPTION.tasks(await connect(settings), Tools(store, Clock().now))
    await asyncio.gather(*(tasks[projection.table.name]() for projection in (activites_listees, emplois)))


if __name__ == "__main__":
    logs.configure("travailleur", "WARNING")
    asyncio.run(travailler(load(Settings)))
