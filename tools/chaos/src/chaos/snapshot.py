"""Everything a world holds once it is quiet, as plain values: journals, streams, read models, statistics,
claims, keys."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from activites.domain.evenements import Event
from activites.statistiques import fichier
from activites.statistiques.fichier import FichierStatistiques
from equipes.domain.appartenance import MembreRejoint
from equipes.domain.invitation import InvitationAcceptee
from events.bus.relay import message_of
from events.postgres.database import Database
from events.projection.fileprojector import Feeder
from events.projection.projection import Projection, fold_rows
from events.store.store import Store
from events.types import START, Recorded

from chaos import claims, forgotten
from chaos.bus import Published, read_stream
from chaos.claims import Held
from chaos.forgotten import Forgotten
from chaos.journals import SERVICES
from chaos.world import World

type Rows = Mapping[Any, Mapping[str, Any]]
"""Primary key -> row."""
type Journal = list[Recorded[Any]]

_PAGE = 1000
_LOOKS = 20
JUDGED = "activites"
"""The service whose commands are in the history."""


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
class Table:
    """A read model as it is, and as a fresh fold of the journal gives it.

    ranked : its keys end with a rank, that is above 1 for what is there once more.
    """

    name: str
    actual: Rows
    expected: Rows
    service: str = JUDGED
    ranked: bool = False

    def __str__(self) -> str:
        return f"{self.service} {self.name}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What one service has written and published. journal, hidden, stream : as those of a snapshot."""

    service: str
    journal: tuple[Stored, ...]
    hidden: int
    stream: tuple[Published, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """A fact after which another one had to follow, once. times : how often it did."""

    fact: str
    times: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """journal, hidden, stream : of activites, in the feed's order; how many rows of the table the feed does
    not show; what is published.   others : the same of the other services.

    parked : "service projection type" of each event put aside.   late : readers that did not catch up.
    readable : where a text is still read of somebody who was erased, or of anybody where nobody's may be.
    """

    journal: tuple[Stored, ...]
    hidden: int
    stream: tuple[Published, ...]
    tables: tuple[Table, ...]
    parked: tuple[str, ...]
    late: tuple[str, ...]
    readable: tuple[str, ...] = ()
    others: tuple[Kept, ...] = ()
    claims: tuple[Held, ...] = ()
    forgotten: tuple[Forgotten, ...] = ()
    followed: tuple[Followed, ...] = ()

    @property
    def kept(self) -> tuple[Kept, ...]:
        """All four services."""
        return (Kept(JUDGED, self.journal, self.hidden, self.stream), *self.others)


async def take(world: World, late: tuple[str, ...]) -> Snapshot:
    """Read everything. The roles must be stopped: the statistics' file has one owner."""
    stores = {name: world.journals[name] for name in SERVICES}
    journals: dict[str, Journal] = {}
    kept: dict[str, Kept] = {}
    for name, store in stores.items():
        journals[name], hidden = await _journal(store)
        rows = tuple(_stored(name, recorded) for recorded in journals[name])
        kept[name] = Kept(name, rows, hidden, tuple(await read_stream(world.nats, name)))
    figures = await _statistics(world, stores[JUDGED])
    mine = kept.pop(JUDGED)
    return Snapshot(
        mine.journal,
        mine.hidden,
        mine.stream,
        (*await _tables(stores, journals), figures),
        tuple([p for name, store in stores.items() for p in await _parked(store.database, name)]),
        late,
        tuple(await _readable(world, stores, journals, [mine, *kept.values()], figures)),
        tuple(kept.values()),
        tuple(await _claims(world, stores, journals)),
        tuple(
            [
                one
                for name, store in stores.items()
                for one in await forgotten.forgotten(store.database, name, world.told.erased, journals[name])
            ]
        ),
        tuple(_followed(journals["equipes"])),
    )


async def _tables(stores: Mapping[str, Store[Any]], journals: Mapping[str, Journal]) -> list[Table]:
    """All the read models of the four services: those of their own facts, and those of what they hear."""
    said = {
        name: [c for r in journal if (c := SERVICES[name].to_contract(r.event))]
        for name, journal in journals.items()
    }
    tables: list[Table] = []
    for name, service in SERVICES.items():
        database, events = stores[name].database, [r.event for r in journals[name]]
        tables += [await _table(database, name, projection, events) for projection in service.own]
        tables += [await _table(database, name, fed.projection, said[fed.service]) for fed in service.fed]
    return tables


async def _claims(
    world: World, stores: Mapping[str, Store[Any]], journals: Mapping[str, Journal]
) -> list[Held]:
    accounts = claims.of_accounts(journals["identity"])
    invitations = claims.of_invitations(journals["equipes"])
    return [
        *await claims.held(stores["identity"].database, accounts, claims.addresses(world.told)),
        *await claims.held(stores["equipes"].database, invitations),
    ]


async def _readable(
    world: World,
    stores: Mapping[str, Store[Any]],
    journals: Mapping[str, Journal],
    kept: list[Kept],
    figures: Table,
) -> list[str]:
    erased = world.told.erased
    found: list[str] = []
    for name, store in stores.items():
        found += forgotten.readable_in_journal(name, journals[name], erased)
        found += await forgotten.readable_in_tables(store.database, name, erased)
    for one in kept:
        found += forgotten.readable_in_stream(one.service, one.stream)
    logs = {role.name: role.log for role in world.roles.values()}
    found += forgotten.readable_in_logs({**logs, "PostgreSQL": world.postgres.log})
    return [*found, *forgotten.readable_in_figures(figures.actual)]


def _followed(journal: Journal) -> list[Followed]:
    """An invitation that is accepted makes a member, whatever died meanwhile."""
    joined = [r.event.invitation_id for r in journal if isinstance(r.event, MembreRejoint)]
    return [
        Followed(f"{r.stream} acceptée", joined.count(r.event.invitation_id))
        for r in journal
        if isinstance(r.event, InvitationAcceptee)
    ]


async def _journal(store: Store[Any]) -> tuple[Journal, int]:
    """The feed from its start, and how many rows it does not show although nobody writes any more."""
    async with store.database.raw() as connection:
        count = int(await connection.fetchval("select count(*) from events") or 0)
    recorded: Journal = []
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


def _stored(service: str, recorded: Recorded[Any]) -> Stored:
    event = recorded.event
    names = ("date", "duree_minutes")
    facts = {name: _plain(getattr(event, name)) for name in names if hasattr(event, name)}
    contract = SERVICES[service].to_contract(event)
    body = message_of(service, contract, recorded).data if contract is not None else None
    return Stored(recorded.id, recorded.stream, recorded.version, type(event).__name__, facts, body)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


async def _table(database: Database, service: str, projection: Projection[Any], events: list[Any]) -> Table:
    table = projection.table
    async with database.engine.connect() as connection:
        rows = [dict(row) for row in (await connection.execute(sa.select(table))).mappings()]
    keys = [column.name for column in table.primary_key]
    folded = fold_rows(projection, {}, events)
    return Table(
        table.name,
        {row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys): row for row in rows},
        {k: row for k, row in folded.items() if row is not None},
        service,
    )


async def _statistics(world: World, store: Store[Event]) -> Table:
    """The file that its process fed, against a file made anew from the journal."""
    fresh = fichier.open_file(world.folder / "statistiques-refaites.duckdb")
    feeder = Feeder(fichier, fresh, START, store, JUDGED)
    while await feeder.step():
        pass
    actual = _counted(fichier.open_file(world.statistics))
    return Table("statistiques", actual, _counted(fresh), ranked=True)


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
