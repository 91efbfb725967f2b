"""A journal of millions of comptes rendus: some decided by the domain, the others copied by the server."""

import datetime as dt
import sys
from random import Random
from typing import Any

import asyncpg
from activites.app import DESCRIPTION
from activites.domain.vocabulaire import MediateurId
from events.postgres.database import Database
from events.store.store import Context
from peuplement import comptes_rendus, territoire
from peuplement.population import inventer
from process.settings import ServiceSettings

MEDIATEURS = 2_000
_BASE = 50_000
_BATCH = 2_000

# The same facts of other activités: new identifiers, streams and positions. The ids of events follow time, as
# ours do; those of activités are drawn by clients. No copied text: a ciphertext is bound to its own event.
_MULTIPLY = """
insert into events (id, stream, version, type, schema_version, data, metadata)
select id, 'activite-' || activite, 1, type, schema_version,
       data || jsonb_build_object('activite_id', activite), metadata || jsonb_build_object('id', id)
from (select uuidv7() as id, gen_random_uuid() as activite, type, schema_version, data, metadata
      from events where position <= $1 order by position limit $2) copies"""
# What people do afterwards: two in a hundred are corrected, one in two hundred is taken away.
_FOLLOW = """
insert into events (id, stream, version, type, schema_version, data, metadata)
select id, stream, 2, type, schema_version, data, metadata || jsonb_build_object('id', id)
from (select uuidv7() as id, stream, metadata, schema_version,
             case when position % 200 = 0 then 'ActiviteSupprimee' else 'ActiviteCorrigee' end as type,
             case when position % 200 = 0
               then jsonb_build_object('activite_id', data->'activite_id', 'compte_id', data->'compte_id',
                 'mediateur_id', data->'mediateur_id', 'supprimee_le', data->'enregistree_le')
               else data - 'enregistree_le'
                 || jsonb_build_object('corrigee_le', data->'enregistree_le', 'duree_minutes', 35) end as data
      from events where position > $1 and position % 40 = 0 and version = 1 and personal is null
      order by position limit $2) followed"""


async def remplir(settings: ServiceSettings, count: int) -> list[MediateurId]:
    """Write `count` facts. Returns the médiateurs, as `peuplement` made them."""
    jour = dt.datetime.now(dt.UTC).date()
    hasard = Random(1)  # noqa: S311 - believable data, not secrets
    communes = territoire.lire()
    population = inventer(MEDIATEURS, communes, hasard, jour)
    database = Database(settings.database_url)
    try:
        store = DESCRIPTION.store(database, settings.coffre_cles)
        faits = comptes_rendus.ecrire(min(_BASE, count), population, {}, communes, hasard, jour)
        for paquet in comptes_rendus.par_paquets(faits, _BATCH):
            await store.append_bulk(
                ((f"activite-{fait.activite_id}", 0, [fait]) for fait in paquet),
                Context("grand_journal", "grand_journal"),
            )
    finally:
        await database.close()
    await _multiplier(settings.database_url, count)
    return [MediateurId(someone.role_id) for someone in population.mediateurs]


async def _multiplier(url: str, count: int) -> None:
    connection: Any = await ouvrir(url)
    try:
        base = done = told = await connection.fetchval("select count(*) from events")
        last = await connection.fetchval("select max(position) from events")
        # Only this filling may lose its last moments: a crash would end the run anyway.
        await connection.execute("set synchronous_commit = off")
        while done < count:
            before = await connection.fetchval("select max(position) from events")
            for statement, since in ((_MULTIPLY, last), (_FOLLOW, before)):
                status = await connection.execute(statement, since, min(base, count - done))
                done += int(status.split()[-1])
            if done - told >= base * 10:
                told = done
                sys.stderr.write(f"  {done} faits écrits\n")
        await connection.execute("vacuum analyze events")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def ouvrir(url: str) -> Any:
    """A connection whose statements may last."""
    connection: Any = await asyncpg.connect(url)
    await connection.execute("set transaction_timeout = 0")
    return connection
