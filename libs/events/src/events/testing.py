"""For tests: Given-When-Then on a decider, and real servers as pytest fixtures.

Servers come in this order: `DATABASE_URL` / `NATS_URL` when set, a container when an engine answers, else the
embedded binaries. Where none can be had the tests fail: they are never skipped.
"""

import asyncio
import datetime as dt
import os
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.js.errors import ServerError

from events.bus import word
from events.bus.relay import message_of
from events.contract import Contract
from events.decider import Decider, Refusal, Refusals, fold
from events.ops.servers import start_nats, start_postgres
from events.postgres.database import Database
from events.postgres.schema import SCHEMA_SQL
from events.projection.executor import Executor
from events.projection.manager import Manager
from events.projection.source import Checkpoint
from events.service import Service
from events.types import Position, Recorded


async def carry_through(manager: Manager, executor: Executor[Any]) -> None:
    """Read every fact that is there, and carry out the orders that are due."""
    while await manager.step():
        pass
    while await executor.step():
        pass


class Scenario[C, S, E]:
    """`Scenario(activite).given(…).when(…).then(…)`, or `.refused(DateDansLeFutur)`."""

    def __init__(self, decider: Decider[C, S, E]) -> None:
        self._decider = decider
        self._history: list[E] = []
        self._command: C | None = None

    def given(self, *events: E) -> "Scenario[C, S, E]":
        self._history += events
        return self

    def when(self, command: C) -> "Scenario[C, S, E]":
        self._command = command
        return self

    def decided(self) -> Sequence[E]:
        """The events that the command leads to."""
        assert self._command is not None, "when(…) d'abord"
        return self._decider.decide(self._command, fold(self._decider, self._history))

    def then(self, *events: E) -> None:
        assert list(self.decided()) == list(events)

    def refused(self, *refusals: type[Refusal]) -> tuple[Refusal, ...]:
        """The faults, all of them and in this order."""
        with pytest.raises(Refusal) as caught:
            self.decided()
        refused = caught.value
        faults = refused.refusals if isinstance(refused, Refusals) else (refused,)
        assert tuple(type(fault) for fault in faults) == refusals
        return faults


def _engine_answers() -> bool:
    """True when a container engine answers on its socket."""
    if not (os.environ.get("DOCKER_HOST") or Path("/var/run/docker.sock").exists()):
        return False
    import docker
    from docker import errors

    try:
        client = docker.from_env(timeout=3)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (errors.DockerException, OSError):
        return False


_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of ours inside it, that nobody else may enter
_SERVERS_BYTES, _ALL_BYTES = 4 << 30, 8 << 30
"""Free, for the servers' data; for all that the tests write, of which the whole run takes 6.6 at most."""


def _in_memory(room_bytes: int) -> Path | None:
    """Where files are in memory, when there is plenty of it.

    A database is 350 files, each test has its own: ext4 looks through all those removed in the last seconds
    (`recently_deleted`) before it makes one, half the processor time of a test.
    """
    try:
        room = os.statvfs(_MEMORY)
        memory = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        return None
    available = int(memory[1]) * 1024 if memory else 0
    return _MEMORY if min(room.f_bavail * room.f_frsize, available) >= room_bytes else None


def pytest_configure() -> None:
    """What tests and browsers write by thousands of small files goes there too: a tenth of the whole run."""
    memory = _in_memory(_ALL_BYTES)
    if memory is not None and not os.statvfs(memory).f_flag & os.ST_NOEXEC:
        os.environ.setdefault("TMPDIR", str(memory))
        tempfile.tempdir = None


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """A folder of this run only, for the servers' data."""
    folder = Path(tempfile.mkdtemp(prefix="coop-tests-", dir=_in_memory(_SERVERS_BYTES)))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(servers_folder: Path) -> Iterator[str]:
    """URL of a server's administration database, as a role that may create databases."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
    elif _engine_answers():
        from testcontainers.postgres import PostgresContainer

        with PostgresContainer("postgres:18", driver=None) as container:
            yield container.get_connection_url()
    else:
        server = start_postgres(servers_folder / "postgres")
        yield server.url
        server.stop()


@pytest.fixture(scope="session")
def nats_url(servers_folder: Path) -> Iterator[str]:
    """URL of a NATS server with JetStream."""
    if url := os.environ.get("NATS_URL"):
        yield url
    elif _engine_answers():
        from testcontainers.nats import NatsContainer

        with NatsContainer("nats:2.12", jetstream=True) as container:
            yield container.nats_uri()
    else:
        server = start_nats(servers_folder / "nats")
        yield server.url
        server.stop()


@asynccontextmanager
async def fresh_database(postgres_url: str, template: str | None = None) -> AsyncGenerator[str]:
    """URL of a database of its own, dropped at the end.   template : name of the one that it copies."""
    name = f"test_{uuid4().hex}"
    admin: Any = await asyncpg.connect(postgres_url)
    try:
        # Written file by file, not row by row through the journal: nothing here must survive a power cut.
        copied = f" template {template} strategy file_copy" if template else ""
        await admin.execute(f"create database {name}{copied}")
        yield f"{postgres_url.rpartition('/')[0]}/{name}"
        await admin.execute(f"drop database if exists {name} with (force)")
    finally:
        await admin.close()


class Copies:
    """Databases of services: each service migrates one, once; the others are copies of it."""

    def __init__(self, postgres_url: str, stack: AsyncExitStack) -> None:
        self._postgres_url = postgres_url
        self._stack = stack
        self._templates: dict[str, str] = {}

    @asynccontextmanager
    async def of(self, service: Service[Any]) -> AsyncGenerator[str]:
        """URL of a fresh database of the service, dropped at the end."""
        if service.name not in self._templates:
            url = await self._stack.enter_async_context(fresh_database(self._postgres_url))
            await asyncio.to_thread(service.migrate, url)
            self._templates[service.name] = url.rpartition("/")[2]
        async with fresh_database(self._postgres_url, self._templates[service.name]) as url:
            yield url


@pytest_asyncio.fixture(scope="session")
async def copies(postgres_url: str) -> AsyncIterator[Copies]:
    """`async with copies.of(DESCRIPTION) as url`: a migrated database, its migrations run once for all."""
    async with AsyncExitStack() as stack:
        yield Copies(postgres_url, stack)


@pytest_asyncio.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """A fresh empty database, dropped after the test."""
    async with fresh_database(postgres_url) as url:
        yield url


@pytest_asyncio.fixture
async def journal(database_url: str) -> AsyncIterator[Database]:
    """A fresh database that holds the engine's tables only."""
    database = Database(database_url)
    async with database.raw() as connection:
        for statement in SCHEMA_SQL:
            await connection.execute(statement)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def bus(nats_url: str) -> AsyncIterator[Client]:
    """A NATS connection; every stream is deleted first, so that a test starts from nothing."""
    client = await nats.connect(nats_url, allow_reconnect=True, reconnect_time_wait=0.1)
    js = client.jetstream()
    for stream in await js.streams_info():
        await js.delete_stream(stream.config.name or "")
    yield client
    await client.close()


_STORE_IN_USE = 10049
"""NATS, asked for a stream while the files of the one of the same name, just deleted, are still going."""


async def add_stream(bus: Client, *services: str, duplicate_window: float | None = None) -> None:
    """The stream of each service's facts, as the platform declares it, `bus` having deleted any before."""
    for service in services:
        async with asyncio.timeout(60):
            while True:
                try:
                    await bus.jetstream().add_stream(
                        name=service.upper(),
                        subjects=[f"{service}.*.*.*.>"],
                        duplicate_window=duplicate_window,
                        allow_direct=True,
                    )
                    break
                except ServerError as refused:
                    if refused.err_code != _STORE_IN_USE:
                        raise
                    await asyncio.sleep(0.05)


async def publish(
    bus: Client,
    service: str,
    contract: Contract,
    position: Position,
    *,
    stream: str | None = None,
    version: int = 1,
    recorded_at: dt.datetime | None = None,
) -> UUID:
    """As the relay of another service does: the fact, then its word, which wakes readers. Returns its id."""
    recorded_at = recorded_at or dt.datetime.now(dt.UTC)
    fact: Recorded[Any] = Recorded(
        contract, uuid4(), stream or f"x-{uuid4()}", version, position, recorded_at
    )
    message = message_of(service, contract, fact)
    sent = await bus.jetstream().publish(message.subject, message.data, headers=dict(message.headers))
    told = word.Word(Checkpoint(position, sent.seq), position)
    await bus.publish(word.said(service), word.written(told))
    return fact.id
