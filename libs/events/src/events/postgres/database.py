"""One service's database: the SQLAlchemy engine, and the asyncpg connection under it for the hot paths."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy import exc
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from events.postgres.turns import Turns

log = structlog.get_logger()

CONNECTION_ERRORS = (
    asyncpg.PostgresConnectionError,
    # Shutting down, starting, a statement it cut short.
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    # The connection died in the middle of an operation.
    asyncpg.InternalClientError,
    # No disk, memory or connection left; a file that it cannot read.
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    # A deadlock: the server chose who starts again.
    asyncpg.TransactionRollbackError,
    exc.InterfaceError,
    # Every connection of the pool is held, by requests that wait for the server.
    exc.TimeoutError,
    ConnectionError,
    OSError,
    TimeoutError,
)
"""The server is away or unable, for now: worth waiting for, never the fault of an event."""

CHANNEL = "events"
BULK_SECONDS = 300.0
"""For the few statements that work on a whole table: give it as their `timeout`."""
# A connection whose other end vanished is found out by its silence: no statement of ours lasts as long.
_CONNECT: dict[str, Any] = {"timeout": 5, "command_timeout": 10}
_LISTEN_SECONDS = 30.0
_WARM = 4
"""Connections kept at hand, out of the pool."""


def is_unavailable(error: BaseException) -> bool:
    """True when the error says that the server is away, whichever library reports it."""
    if isinstance(error, exc.DBAPIError):
        inner = error.orig.__cause__ if error.orig is not None else None
        return error.connection_invalidated or (inner is not None and isinstance(inner, CONNECTION_ERRORS))
    # A NATS server that is away, or without a leader: told by its module, this one imports no NATS.
    return isinstance(error, CONNECTION_ERRORS) or type(error).__module__.startswith("nats.")


class Engine:
    """SQLAlchemy's, where a statement that only reads costs one trip to the server, not three."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    def connect(self) -> AsyncConnection:
        """To read: each statement on its own, as it would be under READ COMMITTED anyway."""
        return self._autocommit.connect()

    def begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """To write: all or nothing, committed at the end."""
        return self._engine.begin()

    def scan(self) -> AsyncConnection:
        """To read page by page: a cursor lives in one transaction, which whoever asked ends."""
        return self._engine.connect()

    async def dispose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


class Database:
    """Engine, raw connections, the wake-up of feed readers after a commit, turns among copies."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """url : `postgresql://user:password@host:port/name`. pool_size : connections of each kind."""
        address = sa.make_url(url)
        engine = create_async_engine(
            address.set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            # A logged SQL error must not quote its values: they may be personal.
            hide_parameters=True,
            connect_args=_CONNECT,
        )
        listen(engine.sync_engine, "checkout", _still_open)
        self.engine = Engine(engine)
        self.wakeup = Wakeup(self)
        self.turns = Turns(self)
        self._dsn = address.set(drivername="postgresql").render_as_string(hide_password=False)
        self._pool_size = pool_size
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._warm: list[Any] = []
        self._queued = 0

    @asynccontextmanager
    async def raw(self) -> AsyncGenerator[asyncpg.Connection]:
        """An asyncpg connection in autocommit, for the hot paths. JSON comes and goes as text.

        The last ones given back serve again at once: the pool's own round costs 15 to 40 µs, the engine's 50.
        """
        connection = await self._borrow()
        try:
            yield connection
        except BaseException as error:
            # A broken connection, or one cancelled half-way, must not serve again.
            if is_unavailable(error) or isinstance(error, asyncio.CancelledError):
                discard(connection)
            if isinstance(error, TimeoutError):
                await self._doubt_all()
            # A rollback that fails must not pass for an outage, and keep alive what was told to stop.
            if isinstance(error, Exception) and _told_to_stop():
                raise asyncio.CancelledError from error
            raise
        finally:
            await self._give_back(connection)

    async def _borrow(self) -> Any:
        while self._warm:
            if _usable(connection := self._warm.pop()):
                return connection
        pool = self._pool or await self._open()
        self._queued += 1
        try:
            return await pool.acquire(timeout=10)
        finally:
            self._queued -= 1

    async def _give_back(self, connection: Any) -> None:
        assert self._pool is not None, "it gave this connection"
        if len(self._warm) < _WARM and not self._queued and _usable(connection):
            self._warm.append(connection)
        else:
            await self._pool.release(connection)

    async def _doubt_all(self) -> None:
        """One connection was cut in silence: the others may be, and each would cost as long to find out."""
        for connection in self._warm:
            discard(connection)
        self._warm.clear()
        if self._pool is not None:
            await self._pool.expire_connections()

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn, min_size=0, max_size=self._pool_size, reset=_keep, **_CONNECT
                )
            return self._pool

    async def close(self) -> None:
        await self.wakeup.close()
        await self.turns.close()
        if self._pool is not None:
            self._warm.clear()
            self._pool.terminate()
        await self.engine.dispose()


def _still_open(connection: Any, *_: object) -> None:
    """A connection that died while it waited in the engine's pool is replaced, nobody sees an error."""
    if connection.driver_connection.is_closed():
        raise exc.DisconnectionError


def _told_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _usable(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        # It ended, and the pool took its place back.
        return False


def discard(connection: asyncpg.Connection) -> None:
    """End a borrowed connection, and its session's locks, rather than give it back."""
    # Twice is no fault: the first time gave its place in the pool back.
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


async def _keep(_: object) -> None:
    """Nothing to undo when a connection comes back: whoever changes a session undoes it itself."""


class Wakeup:
    """Tells readers that something was committed: at once in this process, by NOTIFY in the others.

    NOTIFY goes out after the commit, in a transaction of its own and coalesced: inside the append's it would
    serialise commits (docs/moteur.md §5). It is a hint: readers also poll, so a lost one only delays.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.commits = 0
        """How many this process heard of: what `wait` compares with, so that none falls between two looks."""
        self._changed = asyncio.Event()
        self._to_send = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def committed(self) -> None:
        """Call after each commit that added events."""
        self._local()
        self._start("send", self._send)
        self._to_send.set()

    async def wait(self, seconds: float, since: int) -> None:
        """Return when there was a commit after `commits` was `since`, or after so many seconds."""
        self._start("listen", self._listen)
        if self.commits != since:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _local(self) -> None:
        # A fresh event for the next wait: every present waiter wakes once.
        self.commits += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _start(self, name: str, work: Any) -> None:
        if not any(task.get_name() == name for task in self._tasks):
            self._tasks.append(asyncio.create_task(work(), name=name))

    async def _send(self) -> None:
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            try:
                async with self._database.raw() as connection:
                    # One transaction, whose commit waits for no disk: it would delay those of the appends.
                    await connection.execute(f"set local synchronous_commit = off; notify {CHANNEL}")
            except Exception as error:
                log.debug("notify_failed", error=type(error).__name__)
            await asyncio.sleep(0.02)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._database.raw() as connection:
                    await self._listen_on(connection)
            except Exception as error:
                log.debug("listen_failed", error=type(error).__name__)
            await asyncio.sleep(0.5)

    async def _listen_on(self, connection: asyncpg.Connection) -> None:
        gone = asyncio.Event()

        def on_notify(*_: Any) -> None:
            self._local()

        def on_end(*_: Any) -> None:
            gone.set()

        connection.add_termination_listener(on_end)
        try:
            await connection.add_listener(CHANNEL, on_notify)
            while not gone.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LISTEN_SECONDS):
                        await gone.wait()
                # A connection cut in silence would never wake anybody again: ask.
                await connection.execute("select 1", timeout=5)
        finally:
            # Its session goes with it. No word to the server here: one that failed would hide a cancellation.
            discard(connection)
