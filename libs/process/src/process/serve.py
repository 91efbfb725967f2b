"""The life of a service's process: settings, logs, one event loop for the HTTP server and the workers, end.

A service's `__main__.py` is one call to `main`; see README.md.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
import uvicorn
import uvloop
from events.tuning import relax_collector, space_collections

from process import logs
from process.settings import ProcessSettings, load
from process.supervisor import Supervisor, Work

# A `__main__` imports this first: what it imports next loads without a search for garbage every 700 objects.
space_collections()

log = structlog.get_logger()

_DRAIN_SECONDS = 2
_TASKS_SECONDS = 1.0
_CLOSE_SECONDS = 1.0
_STOP_SECONDS = 5.0


async def _nothing() -> None:
    return


def _no_tasks() -> dict[str, Work]:
    return {}


class Application(Protocol):
    """An ASGI application; `state.failing_tasks` is set before it serves."""

    state: Any

    async def __call__(self, scope: Any, receive: Any, send: Any, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a role is made of.

    app : what answers HTTP, health and metrics at least.  tasks : endless work, by name.
    close : releases connections, called last.
    """

    app: Application
    tasks: Mapping[str, Work] = field(default_factory=_no_tasks)
    close: Callable[[], Awaitable[None]] = _nothing


def main[S: ProcessSettings](
    service: str,
    build: Callable[[str, S], Awaitable[Runtime]],
    settings_cls: type[S],
    migrate: Callable[[S], None] | None = None,
    roles: Sequence[str] = ("all", "api", "worker"),
    arguments: Sequence[str] | None = None,
) -> None:
    """`python -m <service> [role | migrer | --help]`; `migrer` for those that have a database.

    Exit codes: 0 stopped when asked, 1 broke, 2 wrong settings or usage, 3 port taken.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or [roles[0]]
    known = roles if migrate is None else (*roles, "migrer")
    usage = f"Usage : python -m {service} {'|'.join(known)}"
    if given[0] in ("-h", "--help"):
        print(usage)  # noqa: T201
        return
    if len(given) != 1 or given[0] not in known:
        print(usage, file=sys.stderr)  # noqa: T201
        raise SystemExit(2)
    # Whatever a service writes on a disk (figures, mails, exports) is for itself alone.
    os.umask(0o077)
    settings = load(settings_cls, service=service)
    logs.configure(service, settings.log_level)
    if migrate is not None and given[0] == "migrer":
        migrate(settings)
        return
    run(given[0], build, settings)


def run[S: ProcessSettings](role: str, build: Callable[[str, S], Awaitable[Runtime]], settings: S) -> None:
    """Serve until SIGTERM or SIGINT."""
    listener = _listen(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_live(role, build, settings, listener))


async def _live[S: ProcessSettings](
    role: str, build: Callable[[str, S], Awaitable[Runtime]], settings: S, listener: socket.socket
) -> None:
    asked = asyncio.Event()

    def stop() -> None:
        if not asked.is_set():
            _watch()
            asked.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    stopping = asyncio.create_task(asked.wait())
    building = asyncio.create_task(_build(role, build, settings))
    # A start that waits for its database or its bus can be stopped too.
    await asyncio.wait((building, stopping), return_when=asyncio.FIRST_COMPLETED)
    if not building.done():
        building.cancel()
        await asyncio.wait((building,), timeout=_CLOSE_SECONDS)
        return
    runtime = building.result()
    relax_collector()
    supervisor = Supervisor(runtime.tasks)
    runtime.app.state.failing_tasks = supervisor.failing
    server = Server(
        uvicorn.Config(
            runtime.app,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_keep_alive=65,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
    )
    serving = asyncio.create_task(_serve(server, listener))
    supervisor.start()
    log.info("started", role=role, port=listener.getsockname()[1], tasks=sorted(runtime.tasks))
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    broke = not asked.is_set()
    stop()
    server.should_exit = True
    await serving
    await supervisor.stop(_TASKS_SECONDS)
    await _close(runtime)
    log.info("stopped", role=role)
    if broke:
        raise SystemExit(1)


async def _build[S: ProcessSettings](
    role: str, build: Callable[[str, S], Awaitable[Runtime]], settings: S
) -> Runtime:
    return await build(role, settings)


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        await server.serve(sockets=[listener])
    except SystemExit as error:
        # uvicorn leaves so when the application's lifespan fails; its reason is in the logs.
        log.error("server_failed", code=error.code)


async def _close(runtime: Runtime) -> None:
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await runtime.close()
    except Exception as error:
        log.error("close_failed", error=type(error).__name__, exc_info=error)


class Server(uvicorn.Server):
    """uvicorn inside somebody else's loop."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals belong to `run`, which stops the workers too."""
        yield


def _watch() -> None:
    """Whatever hangs from now on (a thread, a task deaf to its cancellation), the process ends in time."""
    timer = threading.Timer(_STOP_SECONDS, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _listen(settings: ProcessSettings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        print(  # noqa: T201 - said to the person who starts the service
            f"{settings.service} : {settings.host}:{settings.port} est indisponible ({error.strerror}) ; "
            "choisissez un autre port avec la variable PORT.",
            file=sys.stderr,
        )
        raise SystemExit(3) from None
