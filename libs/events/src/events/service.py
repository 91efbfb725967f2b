"""What a service is made of, without HTTP: its `app.py` runs it, the command `coop` operates it."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Union
from uuid import UUID

import sqlalchemy as sa
import structlog
from nats.aio.client import Client

from events.bus.reader import BusSource
from events.bus.readings import Heard, Readings
from events.bus.relay import Relay
from events.codec import Codec, events_of, union_members
from events.contract import Contract
from events.jobs import Job, Runner, Tally
from events.postgres.database import Database, is_unavailable
from events.projection.contractfeed import ContractFeed
from events.projection.executor import Executor, purge_ended
from events.projection.filemodel import File, FileModel
from events.projection.fileprojector import FileProjector
from events.projection.manager import Manager, Reaction, order_codec
from events.projection.projection import Projection, Projector
from events.projection.source import FeedSource, Source
from events.store.store import Context, Store
from events.store.watch import Watch
from events.stream import Stream
from events.types import Upcast
from events.vault.master import MasterKeyMissing
from events.vault.vault import Vault

log = structlog.get_logger()

type Work = Callable[[], Awaitable[None]]
type MasterKeys = Mapping[int, bytes]
type Erase = Callable[[Store[Any], str, UUID, str, Context, dt.datetime], Awaitable[None]]
"""(store, kind, person, reason, context, now): erase one person, with the facts and the read models it
implies. now : the Clock's."""


@dataclass(frozen=True, slots=True)
class Fed:
    """A read model fed by the contracts of another service: those that it reads."""

    projection: Projection[Any]
    service: str

    @property
    def name(self) -> str:
        return self.projection.table.name

    @property
    def contracts(self) -> Sequence[type[Contract]]:
        return union_members(self.projection.reads)


@dataclass(frozen=True, slots=True)
class Tools:
    """What orders and jobs work with; a service that needs more extends it. now : the Clock's, aware UTC."""

    store: Store[Any]
    now: Callable[[], dt.datetime]


ORDERS_KEPT = dt.timedelta(days=400)
"""How long an ended order is what a replay meets, and so does not give again."""


async def _forget_old_orders(tools: Tools) -> Tally:
    return Tally(await purge_ended(tools.store.database, tools.now() - ORDERS_KEPT))


_HOUSEKEEPING: Job[Any] = Job("ordres-finis", dt.timedelta(days=1), _forget_old_orders)


@dataclass(frozen=True, slots=True)
class Service[E]:
    """The description of one service.

    aggregates : its kinds of streams; their events, read through `upcasts`, are its journal.
    own : read models fed by its own journal; files : those in a file.   fed : by other services.
    reactions : what follows from its own facts and from others'.   jobs : what is done again and again.
    volatile : tables whose rows are not worth a backup, nor fit for one.   erase : how the service forgets a
    person; None when destroying the key is all there is to do.
    """

    name: str
    aggregates: tuple[Stream[Any, Any, Any], ...]
    migrations: Path
    to_contract: Callable[[E], Contract | None]
    own: tuple[Projection[Any], ...]
    files: tuple[FileModel[Any], ...] = ()
    fed: tuple[Fed, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    jobs: tuple[Job[Any], ...] = ()
    volatile: tuple[str, ...] = ()
    erase: Erase | None = None
    upcasts: Mapping[tuple[str, int], Upcast] = field(default_factory=dict[tuple[str, int], Upcast])
    codec: Codec[E] = field(init=False)

    def __post_init__(self) -> None:
        union = Union[tuple(cls for stream in self.aggregates for cls in events_of(stream))]  # noqa: UP007
        object.__setattr__(self, "codec", Codec[E](union, self.upcasts))
        # Each name is a checkpoint: two readers that shared one would each skip what the other has read.
        readers = Counter(projection.table.name for projection in self.own)
        readers.update(fed.name for fed in self.fed)
        readers.update(reaction.name for reaction in self.reactions)
        if twice := [name for name, count in readers.items() if count > 1]:
            raise ValueError(f"{self.name} : plusieurs lecteurs du même nom : {', '.join(twice)}")
        if self.reactions:
            object.__setattr__(self, "jobs", (*self.jobs, _HOUSEKEEPING))

    @property
    def metadata(self) -> sa.MetaData:
        """The tables that the service's migrations make, beside the journal's."""
        return self.own[0].table.metadata

    @property
    def sources(self) -> Mapping[str, str]:
        """Name of each read model -> the service whose facts it reads."""
        return {p.table.name: self.name for p in self.own} | {fed.name: fed.service for fed in self.fed}

    def migrate(self, database_url: str) -> None:
        """Bring a database to the last revision. Blocking."""
        from events.postgres import migrations  # Alembic is slow to load, and serves here only

        migrations.upgrade(database_url, self.migrations)

    def store(self, database: Database, master_keys: MasterKeys) -> Store[E]:
        """The journal of the service, with its vault."""
        return Store(database, self.codec, Vault(database, master_keys))

    async def check_keys(self, store: Store[E]) -> None:
        """Refuse to start with a master key that is missing or wrong: nothing personal could be read.

        Raises MasterKeyMissing. A server that is away is no reason: the check is then left out.
        """
        try:
            if store.vault is not None:
                await store.vault.check()
        except MasterKeyMissing:
            raise
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("vault_not_checked", service=self.name, error=type(error).__name__)

    def feed(self, store: Store[E]) -> FeedSource[E]:
        """A reading of the service's own journal."""
        return FeedSource(store, self.name)

    def file[F: File](self, model: FileModel[F], store: Store[E], path: Path) -> FileProjector[F]:
        """What keeps and answers from one file, in the one process that holds it."""
        return FileProjector(model, path, store, self.name)

    def bus(self, name: str, heard: Fed | Reaction, bus: Client) -> BusSource:
        """A reading of what another service publishes. name : tells this reader from the others."""
        contracts = heard.contracts if isinstance(heard, Fed) else heard.reads
        return BusSource(bus, heard.service, contracts, f"{self.name}-{name}")

    def published(self, store: Store[E], contracts: Sequence[type[Contract]]) -> ContractFeed:
        """What this service publishes, read in its own journal: for an operator's command."""
        return ContractFeed(store, self.name, self.to_contract, contracts)

    def facts(self, reaction: Reaction, store: Store[E], bus: Client) -> Source[Any]:
        """What a reaction reads."""
        return self.bus(reaction.name, reaction, bus) if reaction.service else self.feed(store)

    def tasks(self, bus: Client, tools: Tools) -> dict[str, Work]:
        """The endless work of the service: read models, reactions and their orders, jobs, relay.

        What reads facts does so in one process at a time, all from one reading of each journal and stream.
        """
        store, database = tools.store, tools.store.database
        tasks: dict[str, Work] = {}
        hold = database.turns.hold
        fed = {one.name: Heard(one.name, one.service, one.contracts) for one in self.fed}
        told = {one.name: Heard(one.name, one.service, one.reads) for one in self.reactions if one.service}
        own = len(self.own) + len(self.reactions) - len(told)
        readings = Readings(store, bus, self.name, own=own, heard=[*fed.values(), *told.values()])
        projectors = [Projector(database, projection, readings.own()) for projection in self.own]
        projectors += [Projector(database, f.projection, readings.of(fed[f.name])) for f in self.fed]
        for projector in projectors:
            tasks[projector.name] = partial(hold, projector.name, projector.run)
        for reaction in self.reactions:
            source = readings.of(told[reaction.name]) if reaction.service else readings.own()
            manager = Manager(database, source, reaction)
            tasks[reaction.name] = partial(hold, manager.name, manager.run)
            tasks[f"{reaction.name}:ordres"] = self.executor(reaction, tools, manager.given).run
        for job in self.jobs:
            tasks[f"{job.name}:passage"] = Runner(database, job, partial(job.run, tools), tools.now).run
        tasks["relay"] = Relay(store, bus, self.name, self.to_contract).run
        tasks["mesures"] = Watch(store, self.name).run
        return tasks

    def executor(self, reaction: Reaction, tools: Tools, given: asyncio.Event | None = None) -> Executor[Any]:
        """What carries out the orders of a reaction."""
        return Executor(
            tools.store.database,
            reaction.name,
            order_codec(reaction),
            partial(reaction.manager.perform, tools),
            author=self.name,
            now=tools.now,
            given=given,
        )
