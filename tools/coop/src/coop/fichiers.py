"""Read models in a file: how late each one is, having them made again, comparing them with the journal.

Each is known by its line in the service's database (events.projection.filerows), wherever its process runs.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from events.postgres.database import Database
from events.projection import filerows
from events.projection.filemodel import Held, remove
from events.projection.fileprojector import Feeder
from events.projection.filerows import FileRow
from events.projection.parking import forget_parked
from events.service import Service
from events.store import search
from events.store.store import Store
from events.types import START, Position

from coop import sortie
from coop.lecteurs import Lecteur
from coop.plateforme import Plateforme, ReglageManquant, ServeurAbsent
from coop.verification import SUFFIX, Ecarts, comparer

_POLL_SECONDS = 0.2


async def refaire(plateforme: Plateforme, lecteur: Lecteur) -> None:
    """Have every file of the model made again; wait for those that a process holds. Raises ServeurAbsent."""
    name = f"{lecteur.service}.{lecteur.nom}"
    async with plateforme.store(lecteur.service) as store:
        files = [f for f in await filerows.lines(store.database, lecteur.nom) if not f.rebuilding]
        for file in files:
            await filerows.ask_rebuild(store.database, file.line)
        live = [file for file in files if file.live]
        if not live:
            sortie.dire(f"{name} : aucun processus ne tient le fichier ; il sera refait à l’ouverture")
        for file in live:
            started = dt.datetime.now(dt.UTC)
            bar = sortie.Progression(f"{name} ({file.place})", (await search.end(store.database)).number)
            made = await _wait_made(store.database, lecteur.nom, file, bar)
            bar.fin()
            took = (dt.datetime.now(dt.UTC) - started).total_seconds()
            sortie.dire(f"{name} : {file.place} refait jusqu’à {made} en {sortie.duree(took)}")


async def _wait_made(database: Database, model: str, file: FileRow, bar: Callable[[int], None]) -> Position:
    """Where the new file is. Raises ServeurAbsent when its process says nothing any more."""
    loop = asyncio.get_running_loop()
    heard = loop.time()
    at = START
    while True:
        rows = [row for row in await filerows.lines(database, model) if row.line == file.line]
        for row in rows:
            if not row.rebuilding:
                bar(row.position.number)
                return row.position
            if row.position != at:
                at = row.position
                bar(at.number)
            # Made from what it keeps, it stays where it is, and its process speaks every second.
            heard = loop.time() - row.silent
        if loop.time() - heard > filerows.LIVE_SECONDS:
            raise ServeurAbsent(
                f"Le processus qui tient {file.place} ne dit plus rien ; il refera le fichier à son retour."
            )
        await asyncio.sleep(_POLL_SECONDS)


async def verifier(
    description: Service[Any], store: Store[Any], lecteur: Lecteur, progress: Callable[[int], None]
) -> Ecarts:
    """Compare the files of this machine with new ones, made from the journal exactly as far.

    Raises ReglageManquant when there is none here, or when a process holds it.
    """
    model = next(m for m in description.files if m.name == lecteur.nom)
    here = [
        path
        for row in await filerows.lines(store.database, lecteur.nom)
        if not row.rebuilding and (path := row.path) is not None and path.exists()
    ]
    if not here:
        raise ReglageManquant(f"Aucun fichier de {lecteur.nom} sur cette machine.")
    ecarts = Ecarts()
    for path in here:
        beside = path.with_name(f"verif-{path.name}")
        remove(beside)
        try:
            live = model.open_file(path)
        except Held as error:
            raise ReglageManquant(
                f"{path} est tenu par {lecteur.service} : arrêtez-le pour le comparer, ou refaites-le"
                f" (« coop projections rebuild {lecteur.service} {lecteur.nom} »)."
            ) from error
        fresh = model.open_file(beside)
        try:
            feeder = Feeder(model, fresh, START, store, lecteur.service, parked_as=lecteur.nom + SUFFIX)
            while await feeder.step(live.progress()):
                progress(feeder.at.number)
            await comparer(ecarts, _each(live.rows()), _each(fresh.rows()))
        finally:
            fresh.close()
            live.close()
            remove(beside)
        async with store.database.raw() as connection:
            await forget_parked(connection, lecteur.nom + SUFFIX, feeder.at, [])
        ecarts.de_cote += len(feeder.refused)
    return ecarts


async def _each(rows: Iterator[tuple[str, str]]) -> AsyncIterator[tuple[str, str]]:
    for row in rows:
        yield row
