"""`python -m grand_journal.fichier <chemin>`: makes the file of the statistics from the journal.

As its process does when it opens one that is missing.
"""

import asyncio
import sys
from pathlib import Path

from activites.app import DESCRIPTION
from activites.settings import Settings
from activites.statistiques import fichier
from events.postgres.database import Database
from process import logs
from process.settings import load


async def faire(settings: Settings, chemin: Path) -> None:
    """Says how many activités the file counts."""
    database = Database(settings.database_url)
    try:
        projector = DESCRIPTION.file(fichier, DESCRIPTION.store(database, settings.coffre_cles), chemin)
        await projector.open()
        [(count,)] = await projector.ask(lambda file: file.demander("select count(*) from activites", {}))
        await projector.close()
    finally:
        await database.close()
    sys.stdout.write(f"{count} activités dans le fichier\n")


if __name__ == "__main__":
    logs.configure("fichier", "WARNING")
    asyncio.run(faire(load(Settings), Path(sys.argv[1])))
