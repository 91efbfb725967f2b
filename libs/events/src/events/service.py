"""What a service is made of, without HTTP: its `app.py` runs it, the command `coop` operates it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union
from uuid import UUID

import structlog
from nats.aio.client import Client

from events.bus.advisories import AdvisoryWatch
from events.bus.reader import BusSource
from events.bus.relay import Relay
from events.codec import Codec, events_of
from events.contract import Contract
from events.postgres import migrations
from events.postgres.database import Database, is_unavailable
from events.projection.filemodel import File, FileModel
from events.projection.fileprojector import FileProjector
from events.projection.projection import Projection, Projector
from events.projection.reaction import Reaction
from events.projection.source import FeedSource
from events.store.store import Context, Store
from events.store.watch import Watch
from events.stream import Stream
from events.types import Recorded, Upcast
from events.vault.master import MasterKeyMissing
from events.vault.vault import Vault

log = structlog.get_logger()

type Work = Callable[[], Awaitable[None]]
type Handler = Callable[[Recorded[Any]], Awaitable[None]]
type MasterKeys = Mapping[int, bytes]
type Erase = Callable[[Store[Any], str, UUID, str, Context], Awaitable[None]]
"""(store, kind, person, reason, context): erase one person, with the facts and the read models it implies."""


@dataclass(frozen=True, slots=True)
class Fed:
    """A read model fed by the contracts of another service."""

    projection: Projection[Any]
    service: str
    contracts: Sequence[type[Contract]]

    @property
    def name(self) -> str:
        return self.projection.table.name


@dataclass(frozen=True, slots=True)
class Heard:
    """A reaction to the contracts of another service. handler : what makes it."""

    service: str
    contracts: Sequence[type[Contract]]
    handler: Callable[[Store[Any], MasterKeys], Handler]


def _nothing_heard() -> dict[str, Heard]:
    return {}


def _no_reaction() -> dict[str, Callable[[Store[Any], MasterKeys], Handler]]:
    return {}


@dataclass(frozen=True, slots=True)
class Service[E]:
    """The description of one service.

    aggregates : its kinds of streams; their events, read through `upcasts`, are its journal.
    own : read models fed by its own journal; files : those in a file.   fed : by other services.
    reactions, heard : to its own facts and to others' contracts; checkpoint's name -> what makes the handler.
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
    reactions: Mapping[str, Callable[[Store[Any], MasterKeys], Handler]] = field(default_factory=_no_reaction)
    heard: Mapping[str, Heard] = field(default_factory=_nothing_heard)
    volatile: tuple[str, ...] = ()
    erase: Erase | None = None
    upcasts: Mapping[tuple[str, int], Upcast] = field(default_factory=dict[tuple[str, int], Upcast])
    codec: Codec[E] = field(init=False)

    def __post_init__(self) -> None:
        union = Union[tuple(cls for stream in self.aggregates for cls in events_of(stream))]  # noqa: UP007
        object.__setattr__(self, "codec", Codec[E](union, self.upcasts))

    def migrate(self, database_url: str) -> None:
        """Bring a database to the last revision. Blocking."""
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

    def bus(self, name: str, heard: Fed | Heard, bus: Client) -> BusSource:
        """A reading of what another service publishes. name : tells this reader from the others."""
        return BusSource(bus, heard.service, heard.contracts, f"{self.name}-{name}")

    def tasks(self, store: Store[E], bus: Client, master_keys: MasterKeys) -> dict[str, Work]:
        """The endless work of the service: read models, reactions, relay."""
        database = store.database
        tasks: dict[str, Work] = {}
        for projection in self.own:
            tasks[projection.table.name] = Projector(database, projection, self.feed(store)).run
        for fed in self.fed:
            tasks[fed.name] = Projector(database, fed.projection, self.bus(fed.name, fed, bus)).run
        for name, handler in self.reactions.items():
            tasks[name] = Reaction(database, self.feed(store), name, handler(store, master_keys)).run
        for name, heard in self.heard.items():
            handle = heard.handler(store, master_keys)
            tasks[name] = Reaction(database, self.bus(name, heard, bus), name, handle).run
        tasks["relay"] = Relay(store, bus, self.name, self.to_contract).run
        tasks["mesures"] = Watch(store, self.name).run
        tasks["avis"] = AdvisoryWatch(bus, self.name).run
        return tasks
