"""Everything that reads a journal or a stream and remembers where it is; and how late each one is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from events.bus import repair as stream
from events.bus import word
from events.bus.direct import DirectReader
from events.bus.subjects import subject_filter
from events.contract import Contract
from events.postgres.database import Database
from events.projection import filerows
from events.projection.checkpoints import read_checkpoint, silence
from events.projection.source import Checkpoint
from events.service import Service
from events.store import search
from events.types import Position
from nats.aio.client import Client

RELAIS = "relay"
FICHIER = "fichier"
"""The `nature` of a read model in a file: where each one is, `filerows` says."""


@dataclass(frozen=True, slots=True)
class Lecteur:
    """nom : of its checkpoint.   source : service whose facts it reads.   contrats : those that it takes on
    the bus; none when it reads its own journal."""

    service: str
    nom: str
    nature: str
    source: str
    contrats: Sequence[type[Contract]] = ()


@dataclass(frozen=True, slots=True)
class Retard:
    """faits : not taken yet, None when nobody can tell.   secondes : age of the oldest of them."""

    lecteur: Lecteur
    faits: int | None
    secondes: float | None
    note: str = ""


def tables(description: Service[Any]) -> list[Lecteur]:
    """The read models of a service."""
    name = description.name
    found = [Lecteur(name, p.table.name, "journal", name) for p in description.own]
    found += [Lecteur(name, fed.name, "bus", fed.service, fed.contracts) for fed in description.fed]
    return found + [Lecteur(name, model.name, FICHIER, name) for model in description.files]


def lecteurs(description: Service[Any]) -> list[Lecteur]:
    """Read models and reactions."""
    name = description.name
    return tables(description) + [
        Lecteur(name, r.name, "réaction", r.service or name, r.reads if r.service else ())
        for r in description.reactions
    ]


async def avances(
    database: Database, lecteur: Lecteur
) -> list[tuple[Position | None, float | None, str | None]]:
    """Where a reader is, how many seconds ago it said so, and in which file: one for each file it has."""
    if lecteur.nature == FICHIER:
        files = [row for row in await filerows.lines(database, lecteur.nom) if not row.rebuilding]
        if files:
            return [(file.position, file.silent, file.place) for file in files]
    at, silent = await silence(database, lecteur.nom) or (None, None)
    return [(at, silent, None)]


async def retard(database: Database, bus: Client, lecteur: Lecteur) -> Retard:
    """How late a reader is, now."""
    if lecteur.nature == FICHIER:
        return await _retard_fichiers(database, lecteur)
    at = await read_checkpoint(database, lecteur.nom)
    if lecteur.contrats:
        return await _retard_bus(bus, lecteur, at)
    if at.position > await search.end(database):
        return Retard(lecteur, None, None, f"en avance sur le journal de {lecteur.source}")
    return await _retard_journal(database, lecteur, at.position)


async def _retard_journal(database: Database, lecteur: Lecteur, at: Position, note: str = "") -> Retard:
    return Retard(lecteur, *await search.waiting(database, at), note)


async def _retard_fichiers(database: Database, lecteur: Lecteur) -> Retard:
    """The latest of the files that a process holds, as it told a second ago at most."""
    rows = await filerows.lines(database, lecteur.nom)
    if making := [row for row in rows if row.rebuilding and row.live]:
        return await _retard_journal(database, lecteur, making[0].position, "en cours de reconstruction")
    live = [row for row in rows if not row.rebuilding and row.live]
    if not live:
        return Retard(lecteur, None, None, "aucun processus ne tient le fichier")
    note = f"{len(live)} fichiers" if len(live) > 1 else ""
    return await _retard_journal(database, lecteur, min(row.position for row in live), note)


async def en_attente(bus: Client, lecteur: Lecteur, after: int) -> int:
    """Messages for this reader that stand in the stream beyond a sequence."""
    stream = DirectReader(bus, lecteur.source)
    count = 0
    try:
        for contract in lecteur.contrats:
            found = await stream.read(after, 1, subject=subject_filter(contract, lecteur.source))
            count += len(found) + (stream.pending if found else 0)
    finally:
        await stream.close()
    return count


async def _retard_bus(bus: Client, lecteur: Lecteur, at: Checkpoint) -> Retard:
    """What was published again, at or before its position, is known already: looked at, not counted."""
    published = await word.ask(bus, lecteur.source)
    if published is not None and at.position > published.end:
        return Retard(lecteur, None, None, f"en avance sur le journal de {lecteur.source}")
    waiting = await en_attente(bus, lecteur, at.sequence)
    if not waiting:
        return Retard(lecteur, 0, 0.0)
    known = 0
    wanted = _types(lecteur)
    async for page in stream.heads(bus, lecteur.source, after=at.sequence):
        for head in page:
            if head.type not in wanted:
                continue
            if head.position > at.position:
                return Retard(lecteur, max(1, waiting - known), _age(head.time))
            known += 1
    return Retard(lecteur, 0, 0.0)


def _types(lecteur: Lecteur) -> set[str]:
    return {f"{lecteur.source}.{c.event_name()}.v{c.version()}" for c in lecteur.contrats}


def _age(moment: dt.datetime) -> float:
    return max(0.0, (dt.datetime.now(dt.UTC) - moment).total_seconds())
