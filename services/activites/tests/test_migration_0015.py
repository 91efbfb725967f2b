"""Ce que la migration 0015 dit des activités qu'une base d'avant liste déjà."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

from activites.app import DESCRIPTION
from events.postgres.database import Database
from events.postgres.migrations import upgrade
from events.store.store import Context

from .conftest import CLE
from .exemples import ACTIVITE, INDIVIDUEL, STRUCTURE, enregistree


async def test_une_activite_deja_listee_dit_ou_elle_a_eu_lieu_et_qui_employait(
    database_url: str, tmp_path: Path
) -> None:
    avant = tmp_path / "migrations"
    shutil.copytree(DESCRIPTION.migrations, avant)
    for version in (avant / "versions").glob("*.py"):
        if version.name >= "0015":
            version.unlink()
    await asyncio.to_thread(upgrade, database_url, avant)
    database = Database(database_url)
    store = DESCRIPTION.store(database, {1: CLE})
    await store.append(f"activite-{ACTIVITE}", 0, [enregistree(INDIVIDUEL)], Context("test", "essai"))
    async with database.raw() as connection:
        await connection.execute(
            """insert into activites_listees (activite_id, mediateur_id, type, date, duree_minutes, type_lieu,
                 thematiques, materiels, accompagnements, enregistree_le)
               values ($1, $1, 'individuel', '2026-06-30', 45, 'domicile', '{}', '{}', 1, now())""",
            ACTIVITE,
        )
    await asyncio.to_thread(upgrade, database_url, DESCRIPTION.migrations)
    async with database.raw() as connection:
        lue: Any = await connection.fetchrow(
            "select departement, structure_employeuse_id from activites_listees"
        )
    await database.close()
    assert tuple(lue) == ("21", STRUCTURE)
