"""Everything a world holds once it is quiet: journal, stream, read models, statistics, as plain values."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import sqlalchemy as sa
from activites.app import DESCRIPTION as ACTIVITES
from activites.domain.faits import Event
from activites.messaging import to_contract
from activites.statistiques import fichier
from activites.statistiques.fichier import FichierStatistiques
from contracts.identity import EmploiDeclareV1, PersonneEffaceeV1
from embedded.nats import operator
from equipes.app import DESCRIPTION as EQUIPES
from events.bus.relay import message_of
from events.contract import Contract
from events.postgres.database import Database
from events.projection.fileprojector import Feeder
from events.projection.projection import Projection, fold_rows
from events.store.store import Store
from events.types import ERASED, START, Position, Recorded
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from chaos.servers import MASTER_KEY, Nats
from chaos.world import World

type Rows = Mapping[Any, Mapping[str, Any]]
"""Primary key -> row."""

_SERVICES = (ACTIVITES, EQUIPES)
_PAGE = 1000
_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of the journal.

    facts : fields that the writers chose.   contract : its public body, None when private.
    """

    id: UUID
    stream: str
    version: int
    type: str
    facts: Mapping[str, Any]
    contract: bytes | None


@dataclass(frozen=True, slots=True)
class Published:
    """One message of the stream."""

    sequence: int
    id: UUID
    stream: str
    version: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Table:
    """A read model as it is, and as a fresh fold of the journal gives it."""

    name: str
    actual: Rows
    expected: Rows


@dataclass(frozen=True, slots=True)
class Snapshot:
    """journal : in the feed's order.   hidden : how many rows of the table the feed does not show.

    parked : "service projection type" of each event put aside.   late : readers that did not catch up.
    readable : facts of persons who were erased, that still say their texts.
    """

    journal: tuple[Stored, ...]
    hidden: int
    stream: tuple[Published, ...]
    tables: tuple[Table, ...]
    parked: tuple[str, ...]
    late: tuple[str, ...]
    readable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settling:
    """last : the reader that was waited for the longest.   late : those that never caught up."""

    seconds: float
    last: str
    late: tuple[str, ...]


async def settle(world: World, seconds: float) -> Settling:
    """Wait until everybody has read the whole journal, for so many seconds at most."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    last = "personne"
    while True:
        try:
            late = await _late(world)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, httpx2.TransportError):
            late = ("un serveur, ou le service des statistiques, qui ne répond pas",)
        waited = loop.time() - start
        if not late or waited > seconds:
            return Settling(waited, last, late)
        last = ", ".join(late)
        await asyncio.sleep(0.1)


async def _late(world: World) -> tuple[str, ...]:
    late: list[str] = []
    end, written = START, dict[str, Position]()
    for service in _SERVICES:
        connection = await asyncpg.connect(world.url(service.name), timeout=5)
        try:
            own = await _end(connection)
            if service.name == "activites":
                end, written = own, await _ends(connection)
            wanted = {"relay": own} | {p.table.name: own for p in service.own}
            for fed in service.fed:
                match fed.service:
                    case "activites":
                        # A reader stands on the last fact that it reads: the others never reach it.
                        read = (contract.event_name() for contract in fed.contracts)
                        wanted[fed.name] = max(written.get(name, START) for name in read)
                    case "identity":
                        wanted[fed.name] = world.writers.said_to(fed.contracts)
                    case _:
                        wanted[fed.name] = START
            rows = await connection.fetch("select projection, xid, number from checkpoints")
            at = {row["projection"]: Position(row["xid"], row["number"]) for row in rows}
            late += [
                f"{service.name} {name}"
                for name, position in wanted.items()
                if at.get(name, START) < position
            ]
            erased = await connection.fetchval(
                "select count(*) from coffre.effacements where kind = 'compte'"
            )
            if erased < len(world.writers.erased):
                late.append(f"{service.name} effacements")
        finally:
            connection.terminate()
    # It answers when it has counted that far, or says that it has not.
    port = world.roles["activites statistiques"].port
    async with httpx2.AsyncClient(timeout=5) as client:
        answer = await client.get(
            f"http://127.0.0.1:{port}/statistiques/publiques", headers={"X-Position": f"activites:{end}"}
        )
    if answer.status_code != 200 or "X-Position-Atteinte" in answer.headers:
        late.append("statistiques")
    return tuple(late)


async def _ends(connection: asyncpg.Connection) -> dict[str, Position]:
    """Of each type, its last fact."""
    rows = await connection.fetch(
        """select distinct on (type) type, xid::text::bigint as xid, position from events
           order by type, events.xid desc, position desc"""
    )
    return {row["type"]: Position(row["xid"], row["position"]) for row in rows}


async def _end(connection: asyncpg.Connection) -> Position:
    row = await connection.fetchrow(
        """select xid::text::bigint as xid, position from events
           order by events.xid desc, position desc limit 1"""
    )
    return Position(row["xid"], row["position"]) if row else START


async def take(world: World, late: tuple[str, ...]) -> Snapshot:
    """Read everything. The roles must be stopped: the statistics' file has one owner."""
    databases = {service.name: Database(world.url(service.name)) for service in _SERVICES}
    try:
        stores: dict[str, Store[Any]] = {
            s.name: s.store(databases[s.name], {1: MASTER_KEY}) for s in _SERVICES
        }
        journals = {name: await _journal(store) for name, store in stores.items()}
        recorded, hidden = journals["activites"]
        said: dict[str, list[Any]] = {"activites": [c for r in recorded if (c := to_contract(r.event))]}
        said["identity"] = await _heard(world.nats)
        tables: list[Table] = []
        for service in _SERVICES:
            database = databases[service.name]
            events = [r.event for r in journals[service.name][0]]
            tables += [await _table(database, projection, events) for projection in service.own]
            tables += [
                await _table(database, fed.projection, said.get(fed.service, [])) for fed in service.fed
            ]
        erased = {someone.compte_id for someone in world.writers.erased}
        return Snapshot(
            tuple(_stored(r) for r in recorded),
            hidden,
            tuple(await _stream(world.nats)),
            (*tables, await _statistics(world, stores["activites"])),
            tuple([p for name, database in databases.items() for p in await _parked(database, name)]),
            late,
            tuple(
                _named(r)
                for r in recorded
                if getattr(r.event, "compte_id", None) in erased and _says(r.event)
            ),
        )
    finally:
        for database in databases.values():
            await database.close()


def _named(recorded: Recorded[Event]) -> str:
    return f"{recorded.stream} version {recorded.version}"


def _says(event: Event) -> bool:
    return getattr(event, "titre_atelier", None) not in (None, ERASED)


async def _heard(bus: Nats) -> list[Contract]:
    """What "identity" has said."""
    read = {contract.event_name(): contract for contract in (EmploiDeclareV1, PersonneEffaceeV1)}
    client = await bus.connect(operator("identity"))
    try:
        js = client.jetstream(timeout=10)
        last = (await js.stream_info("IDENTITY")).state.last_seq
        messages = [await js.get_msg("IDENTITY", n + 1) for n in range(last)]
    finally:
        await client.close()
    # The same fact may be there twice: said again because its acknowledgement was lost.
    once = {(m.headers or {})["ce-id"]: m for m in messages}
    return [
        read[(m.headers or {})["ce-type"].split(".")[1]].model_validate_json(m.data or b"")
        for m in once.values()
    ]


async def _journal(store: Store[Any]) -> tuple[list[Recorded[Any]], int]:
    """The feed from its start, and how many rows it does not show although nobody writes any more."""
    async with store.database.raw() as connection:
        count = int(await connection.fetchval("select count(*) from events") or 0)
    recorded: list[Recorded[Any]] = []
    # A server's own housekeeping may hold the watermark back for an instant.
    for _ in range(_LOOKS):
        recorded.clear()
        position = START
        while page := await store.page(position, _PAGE):
            recorded += await store.decode(page)
            position = page[-1].position
        if len(recorded) == count:
            break
        await asyncio.sleep(0.2)
    return recorded, count - len(recorded)


def _stored(recorded: Recorded[Event]) -> Stored:
    event = recorded.event
    names = ("date", "duree_minutes")
    facts = {name: _plain(getattr(event, name)) for name in names if hasattr(event, name)}
    contract = to_contract(event)
    body = message_of("activites", contract, recorded).data if contract is not None else None
    return Stored(recorded.id, recorded.stream, recorded.version, type(event).__name__, facts, body)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


async def _stream(bus: Nats) -> list[Published]:
    """The whole stream. Tries again: a cluster whose server came back is slow to take a new consumer."""
    for attempt in range(1, _LOOKS + 1):
        try:
            return await _read_stream(bus)
        except (NatsError, OSError):
            if attempt == _LOOKS:
                raise
        await asyncio.sleep(0.5)
    raise AssertionError("la boucle rend ou lève")


async def _read_stream(bus: Nats) -> list[Published]:
    """From the first message to the last one that the stream says it has."""
    client = await bus.connect(operator("activites"))
    try:
        js = client.jetstream(timeout=10)
        last = (await js.stream_info("ACTIVITES")).state.last_seq
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
        pull = await js.pull_subscribe("activites.>", stream="ACTIVITES", config=config)
        found: list[Published] = []
        while last and (not found or found[-1].sequence < last):
            for message in await pull.fetch(500, timeout=10):
                headers = message.headers or {}
                found.append(
                    Published(
                        message.metadata.sequence.stream,
                        UUID(headers["ce-id"]),
                        headers["ce-subject"],
                        int(headers["coop-version"]),
                        message.data,
                    )
                )
        return found
    finally:
        await client.close()


async def _table(database: Database, projection: Projection[Any], events: list[Any]) -> Table:
    table = projection.table
    async with database.engine.connect() as connection:
        rows = [dict(row) for row in (await connection.execute(sa.select(table))).mappings()]
    keys = [column.name for column in table.primary_key]
    folded = fold_rows(projection, {}, events)
    return Table(
        table.name,
        {row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys): row for row in rows},
        {k: row for k, row in folded.items() if row is not None},
    )


async def _statistics(world: World, store: Store[Event]) -> Table:
    """The file that its process fed, against a file made anew from the journal."""
    fresh = fichier.open_file(world.folder / "statistiques-refaites.duckdb")
    feeder = Feeder(fichier, fresh, START, store, "activites")
    while await feeder.step():
        pass
    return Table("statistiques", _counted(fichier.open_file(world.statistics)), _counted(fresh))


def _counted(file: FichierStatistiques) -> Rows:
    try:
        # By activité and rank: a double must be seen.
        return {(key.split()[0], int(key.split()[1])): {"ligne": row} for key, row in file.rows()}
    finally:
        file.close()


async def _parked(database: Database, service: str) -> list[str]:
    async with database.raw() as connection:
        rows = await connection.fetch("select projection, type, error from parked")
    return [f"{service} {row['projection']} {row['type']} {row['error']}" for row in rows]
