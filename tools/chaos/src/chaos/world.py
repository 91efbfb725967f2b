"""One schedule's whole world: servers, proxies where the network will fail, the roles of the four services,
and who works with them."""

import asyncio
import datetime as dt
import json
import os
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from embedded.settings import SERVICES
from events.ops.servers import free_port
from web.testing import TokenIssuer

from chaos.erasing import Eraser
from chaos.history import History, Told
from chaos.journals import Journals
from chaos.nursery import born
from chaos.people import Mediateur, hire
from chaos.places import Places
from chaos.points import BY_NAME
from chaos.processes import Role
from chaos.proconnect import FauxProConnect
from chaos.proxy import FaultProxy
from chaos.schedule import NETWORK, Family, Fault, Schedule
from chaos.servers import (
    FILE_ROOM,
    Nats,
    Postgres,
    SmallDisk,
    database,
    in_thread,
    operator_settings,
    settings,
)
from chaos.sign_ins import SignIns
from chaos.slow_writer import SlowWriter
from chaos.teams import Teams
from chaos.writers import WRITERS, Writers

_LEAVES = 1.5
"""Seconds after which somebody leaves, to be erased."""


class Load(Protocol):
    """Somebody who gives the services something to do."""

    async def run(self) -> None:
        """Until `finish`, and until what was under way then is known."""

    def finish(self) -> None: ...


class World:
    """`async with World(…) as world:` starts everything; leaving stops everything, whatever happened."""

    def __init__(self, schedule: Schedule, folder: Path, template: Path) -> None:
        folder.mkdir()
        self.schedule = schedule
        self.folder = folder
        self.postgres = Postgres(folder / "postgres", template, small_disk=schedule.has(Family.DISK_FULL))
        self.nats = Nats(folder, cluster=schedule.cluster)
        self.postgres_proxy: FaultProxy | None = None
        self.nats_proxies: list[FaultProxy] = []
        self.issuer = TokenIssuer()
        self.clock = folder / "horloge" if schedule.has(Family.CLOCK_STEP) else None
        self.roles: dict[str, Role] = {}
        self.history = History(folder / "historique.jsonl")
        self.told = Told()
        self._ports = {name: free_port() for name in schedule.roles}
        self.load: list[Load] = []
        self.sign_ins: SignIns | None = None
        self.operator = asyncio.Lock()
        """Held by who kills the commands of an operator: two at once would die of the same blow."""
        self.file_disk: SmallDisk | None = None
        self.statistics = folder / "statistiques" / "statistiques.duckdb"
        self.kept = False

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kept = self.kept or error is not None
        await self._stack.aclose()

    def url(self, name: str, *, proxied: bool = False) -> str:
        """Address of a service's database."""
        port = self.postgres_proxy.port if proxied and self.postgres_proxy is not None else None
        return database(self.postgres.server.url, name, port)

    async def _start(self, stack: AsyncExitStack) -> None:
        targets = {f.target for f in self.schedule.faults if f.family in NETWORK}
        if "NATS" in targets:
            self.nats_proxies = [await self._proxy(port, stack) for port in self.nats.ports]
        nats_ports = [p.port for p in self.nats_proxies] or self.nats.ports
        self.nats.prepare(nats_ports)
        stack.callback(self.nats.close)
        await in_thread(self.nats.start_all)
        stack.callback(lambda: self.postgres.close(keep=self.kept))
        await in_thread(self.postgres.prepare)
        await in_thread(self.postgres.start)
        if "PostgreSQL" in targets:
            self.postgres_proxy = await self._proxy(self.postgres.server.port, stack)
        self._prepare_file(stack)
        await stack.enter_async_context(self.issuer)
        await self.nats.declare_streams()
        self.journals = await stack.enter_async_context(Journals(self.postgres.server.url))
        people = [Mediateur() for _ in range(WRITERS)]
        await hire(self.journals["identity"], people, dt.datetime.now(dt.UTC))
        # At once, and while the first fault lasts.
        departures = dict(zip(people, (_LEAVES, max(_LEAVES, self.schedule.amid)), strict=False))
        eraser = Eraser(self.journals, self.told)
        await self._set_to_work(people, departures, eraser)
        if self.schedule.whole:
            await self._open_doors(stack, eraser)
        stack.push_async_callback(self.stop_roles)
        for name in self.schedule.roles:
            self.roles[name] = Role(
                name,
                self.folder,
                self._environment(name, f"nats://127.0.0.1:{nats_ports[0]}"),
                clock=self.clock,
                port=self._ports[name],
            )
            self.roles[name].start()
        await asyncio.gather(*(role.ready() for role in self.roles.values()))
        await self._hired(people)

    async def _set_to_work(
        self, people: list[Mediateur], departures: dict[Mediateur, float], eraser: Eraser
    ) -> None:
        """Those who record activités, and their teams."""
        today = dt.datetime.now(dt.UTC).date()
        schedule, server = self.schedule, self.postgres.server
        api = f"http://127.0.0.1:{self._ports['activites api']}"
        self.writers = Writers(api, self.issuer, people, departures, self.history, schedule, today, eraser)
        slow_writer = SlowWriter(server.url, server.port, self.history, schedule.seed, today)
        stayers = [someone for someone in people if someone not in departures]
        teams = Teams(self.journals, list(departures), stayers, self.told, schedule.seed)
        await teams.prepare()
        self.load += [self.writers, slow_writer, teams]

    async def _open_doors(self, stack: AsyncExitStack, eraser: Eraser) -> None:
        """Those who sign in to identity, and the lieux."""
        self.proconnect = FauxProConnect(self.folder, f"http://localhost:{self._ports['identity api']}")
        self.proconnect.start()
        stack.callback(self.proconnect.close)
        # Identity refuses to start in front of another provider than its own.
        await self.proconnect.ready()
        self.sign_ins = SignIns(self.proconnect.public_url, self.proconnect, eraser, self.told)
        self.load += [self.sign_ins, Places(self.journals, eraser, self.told, self.folder)]

    def _environment(self, name: str, nats_url: str) -> dict[str, str]:
        """What a role is told."""
        service = name.split()[0]
        return {
            **settings(self.url(service, proxied=True), nats_url),
            **(self.proconnect.settings if service == "identity" and self.schedule.whole else {}),
            "COURRIELS_DOSSIER": str(self.folder / "courriels"),
            "JWKS_URL": self.issuer.url,
            "STATISTIQUES_FICHIER": str(self.statistics),
            **self.blows(" ".join(name.split()[:2])),
            **({"TENUE": str(self.schedule.hold)} if self.schedule.hold is not None else {}),
        }

    def _prepare_file(self, stack: AsyncExitStack) -> None:
        folder = self.statistics.parent
        folder.mkdir()
        if self.schedule.has(Family.FILE_DISK_FULL):
            self.file_disk = SmallDisk(folder, FILE_ROOM)
            stack.callback(lambda: self.file_disk and self.file_disk.close(keep=self.kept))

    def blows(self, role: str) -> dict[str, str]:
        """What tells the processes of a role where to die, one life after the other."""
        points = [
            {
                "function": point.function,
                "after": point.after,
                "rank": round(fault.amount),
                "mark": str(self.mark(fault)),
            }
            for fault in self.schedule.points
            if (point := BY_NAME[fault.target]).role == role
        ]
        return {"COUPS": json.dumps(points)} if points else {}

    def mark(self, fault: Fault) -> Path:
        """There once the process has died."""
        return self.folder / f"coup-{self.schedule.points.index(fault)}"

    async def coop(self, command: str, **environment: str) -> int:
        """Run a command of the operator, beside one service. Its exit code."""
        service = next(name for name in SERVICES if name in command.split())
        told = {**settings(self.url(service), self.nats.urls[0]), **operator_settings(service)}
        told |= {"COOP_DONNEES": str(self.folder / "plateforme"), "PORT": "1", "LOG_LEVEL": "WARNING"}
        module = ["chaos.struck"] if "COUPS" in environment else []
        given = {**os.environ, **told, **environment}
        process = born([*module, *command.split()], given, self.folder / "coop.log")
        try:
            await asyncio.to_thread(process.join)
        finally:
            process.kill()
            process.join()
        assert process.exitcode is not None
        return process.exitcode

    async def _hired(self, people: list[Mediateur]) -> None:
        """The worker has read their emplois on the bus."""
        database = self.journals["activites"].database
        async with asyncio.timeout(300), database.raw() as connection:
            while (await connection.fetchval("select count(*) from emplois") or 0) < len(people):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def stop_roles(self) -> None:
        await asyncio.gather(*(role.stop() for role in self.roles.values()))

    async def _proxy(self, target: int, stack: AsyncExitStack) -> FaultProxy:
        proxy = FaultProxy(target)
        await proxy.start()
        stack.push_async_callback(proxy.close)
        return proxy
