"""Ce que les journaux et les tables de lecture contiennent vraiment : de quoi compter ce qui serait perdu."""

import asyncio
from dataclasses import dataclass

from events.postgres.database import Database
from events.projection.parking import parked_rows
from events.store import search
from events.types import START

from embedded.settings import SERVICES

_ACTIVITES = ("ActiviteEnregistree", "ActiviteCorrigee", "ActiviteSupprimee", "ActiviteRestauree")
_LISTED = "select count(*), coalesce(sum(accompagnements), 0) from activites_listees"


@dataclass(frozen=True, slots=True)
class Contenu:
    """comptes, evenements, mis_de_cote : de la plateforme.   listees : activités de la table de lecture.

    fin : dernière position des activités, au format de X-Position ; vide sans activité.
    """

    comptes: int
    evenements: int
    mis_de_cote: int
    listees: int
    accompagnements_listes: int
    fin: str


async def compter(urls: dict[str, str]) -> Contenu:
    """urls : service -> adresse de sa base."""
    databases = {service: Database(urls[service]) for service in SERVICES}
    try:
        events = [await search.count(database) for database in databases.values()]
        parked = [len(await parked_rows(database)) for database in databases.values()]
        async with databases["activites"].raw() as connection:
            listed = await connection.fetchrow(_LISTED)
        end = await search.end(databases["activites"], _ACTIVITES)
        accounts = await search.count(databases["identity"], "CompteOuvert")
    finally:
        await asyncio.gather(*(database.close() for database in databases.values()))
    assert listed is not None
    return Contenu(
        comptes=accounts,
        evenements=sum(events),
        mis_de_cote=sum(parked),
        listees=int(listed[0]),
        accompagnements_listes=int(listed[1]),
        fin=f"activites:{end}" if end != START else "",
    )
