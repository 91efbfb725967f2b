"""Ce que les journaux et les tables de lecture contiennent vraiment : de quoi compter ce qui serait perdu."""

import asyncio
from dataclasses import dataclass

import asyncpg

from embedded.settings import SERVICES

_COMPTES = "select count(*) from events where type = 'CompteOuvert'"
_FEED_END = """select xid::text::bigint as xid, position from events
               where type like 'Activite%' order by events.xid desc, events.position desc limit 1"""
_LISTED = "select count(*), coalesce(sum(accompagnements), 0) from activites_listees"
_PARKED = "select count(*) from parked"
_MEMBERS = "select count(*) from membres where ancien_depuis is null"


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
    connections = dict(
        zip(SERVICES, await asyncio.gather(*(asyncpg.connect(urls[s]) for s in SERVICES)), strict=True)
    )
    try:
        events = [await c.fetchval("select count(*) from events") for c in connections.values()]
        parked = [await c.fetchval(_PARKED) for c in connections.values()]
        listed = await connections["activites"].fetchrow(_LISTED)
        end = await connections["activites"].fetchrow(_FEED_END)
        accounts = await connections["identity"].fetchval(_COMPTES)
    finally:
        await asyncio.gather(*(c.close() for c in connections.values()))
    assert listed is not None
    return Contenu(
        comptes=int(accounts or 0),
        evenements=sum(int(n or 0) for n in events),
        mis_de_cote=sum(int(n or 0) for n in parked),
        listees=int(listed[0]),
        accompagnements_listes=int(listed[1]),
        fin=f"activites:{end['xid']}-{end['position']}" if end else "",
    )
