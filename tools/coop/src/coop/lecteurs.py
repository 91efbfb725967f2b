"""Everything that reads a journal or a stream and remembers where it is; and how late each one is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from events.bus import repair as stream
from events.bus.reader import subject_filter
from events.contract import Contract
from events.postgres.database import BULK_SECONDS, Database
from events.projection.checkpoints import read_checkpoint
from events.projection.source import Checkpoint
from events.service import Service
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from coop.plateforme import STATISTIQUES

RELAIS = "relay"


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
    """The read models of a service, its statistics included."""
    name = description.name
    found = [Lecteur(name, p.table.name, "journal", name) for p in description.own]
    found += [Lecteur(name, fed.name, "bus", fed.service, fed.contracts) for fed in description.fed]
    if name == "activites":
        found.append(Lecteur(name, STATISTIQUES, "DuckDB", name))
    return found


def lecteurs(description: Service[Any]) -> list[Lecteur]:
    """Read models and reactions."""
    name = description.name
    return tables(description) + [
        Lecteur(name, r.name, "réaction", r.service or name, r.reads if r.service else ())
        for r in description.reactions
    ]


async def retard(database: Database, bus: Client, lecteur: Lecteur) -> Retard:
    """How late a reader is, now."""
    if lecteur.nature == "DuckDB":
        return await _retard_statistiques(bus, lecteur)
    at = await read_checkpoint(database, lecteur.nom)
    if lecteur.contrats:
        return await _retard_bus(bus, lecteur, at)
    async with database.raw() as connection:
        found = await connection.fetchrow(
            """select count(*) as faits, extract(epoch from clock_timestamp() - min(recorded_at)) as age
               from events where (xid, position) > ($1, $2)""",
            *at.position,
            timeout=BULK_SECONDS,
        )
    assert found is not None, "an aggregate gives one row"
    return Retard(lecteur, found["faits"], float(found["age"] or 0))


async def en_attente(bus: Client, lecteur: Lecteur, after: int) -> int:
    """Messages for this reader that stand in the stream beyond a sequence."""
    js = bus.jetstream(timeout=5)
    info = await js.add_consumer(
        lecteur.source.upper(),
        ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=AckPolicy.NONE,
            filter_subjects=_filtres(lecteur),
            mem_storage=True,
            inactive_threshold=5,
        ),
    )
    await js.delete_consumer(lecteur.source.upper(), info.name)
    return info.num_pending or 0


async def _retard_bus(bus: Client, lecteur: Lecteur, at: Checkpoint) -> Retard:
    """What was published again, at or before its position, is known already: looked at, not counted."""
    waiting = await en_attente(bus, lecteur, at.sequence)
    if not waiting:
        return Retard(lecteur, 0, 0.0)
    known = 0
    async for page in stream.heads(bus, lecteur.source, after=at.sequence, subjects=_filtres(lecteur)):
        for head in page:
            if head.position > at.position:
                return Retard(lecteur, max(1, waiting - known), _age(head.time))
            known += 1
    return Retard(lecteur, 0, 0.0)


def _filtres(lecteur: Lecteur) -> list[str]:
    return [subject_filter(contract, lecteur.source) for contract in lecteur.contrats]


async def _retard_statistiques(bus: Client, lecteur: Lecteur) -> Retard:
    """The file belongs to one process: what it still has to read is seen on its consumer."""
    js = bus.jetstream(timeout=5)
    prefix = f"{lecteur.service}-{lecteur.nom}-"
    infos = [c for c in await js.consumers_info(lecteur.source.upper()) if c.name.startswith(prefix)]
    # A consumer outlives its process for a while; nobody asks it for anything any more.
    live = [c for c in infos if c.num_waiting]
    if not live:
        return Retard(lecteur, None, None, "aucun processus ne tient le fichier")
    worst = max(live, key=lambda c: (c.num_pending or 0) + (c.num_ack_pending or 0))
    late = (worst.num_pending or 0) + (worst.num_ack_pending or 0)
    age = 0.0
    if late and worst.ack_floor is not None:
        try:
            message = await js.get_msg(
                lecteur.source.upper(),
                worst.ack_floor.stream_seq + 1,
                subject=f"{lecteur.source}.>",
                next=True,
            )
            age = _age(dt.datetime.fromisoformat((message.headers or {})["ce-time"]))
        except NotFoundError:
            pass
    return Retard(lecteur, late, age, f"{len(live)} fichiers" if len(live) > 1 else "")


def _age(moment: dt.datetime) -> float:
    return max(0.0, (dt.datetime.now(dt.UTC) - moment).total_seconds())
