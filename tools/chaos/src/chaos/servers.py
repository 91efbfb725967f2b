"""The servers under test: PostgreSQL copied from a ready-made template, NATS alone or three together."""

import asyncio
import base64
import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import nats
import psutil
from embedded.nats import CONFIG, operator
from embedded.settings import ROOT, SERVICES
from embedded.streams import configuration
from events.ops.servers import (
    NatsServer,
    PostgresServer,
    free_port,
    start_nats,
    start_postgres,
)
from nats.aio.client import Client
from nats.errors import Error as NatsError
from web.testing import ISSUER

MASTER_KEY = bytes(range(32))
"""Of the vaults of a run: nobody is real, but what is theirs is sealed all the same."""
HASH_KEY = bytes(range(32, 64))
"""Of identity's look-ups."""
PROCONNECT = {"client": "coop-chaos", "secret": "mot-proconnect"}
ROOM = 96 * 1024 * 1024
"""Bytes of the small disk left free at the start of a schedule that will fill it."""
FILE_ROOM = 64 * 1024 * 1024
"""The same for the disk of the statistics' file."""


async def in_thread[**P, T](work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`asyncio.to_thread`; a cancellation waits for its end: a server half started would be forgotten."""
    task = asyncio.create_task(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def settings(database_url: str, nats_url: str) -> dict[str, str]:
    """What every service of the schedule is told by its environment, the issuer's keys apart.

    Its database bears its name, and so does its user on the bus.
    """
    service = database_url.rpartition("/")[2]
    return _OWN.get(service, {}) | {
        "DATABASE_URL": database_url,
        "NATS_URL": nats_url,
        "NATS_USER": service,
        "NATS_PASSWORD": _password(service),
        "ISSUER": ISSUER,
        "JWKS_URL": "http://127.0.0.1:1/jwks.json",
        "COFFRE_CLES": f"1:{base64.b64encode(MASTER_KEY).decode()}",
    }


_OWN = {
    # The addresses are those of a world: said again there.
    "identity": {
        "PORT": "0",
        "HASH_KEY": base64.b64encode(HASH_KEY).decode(),
        "PROCONNECT_ISSUER": "http://localhost:1/api/v2",
        "PROCONNECT_CLIENT_ID": PROCONNECT["client"],
        "PROCONNECT_CLIENT_SECRET": PROCONNECT["secret"],
        "COURRIELS_DOSSIER": os.devnull,
    },
    "cartographie": {"DONNEES": str(ROOT / "data")},
}
"""What a service is told besides, as the embedded platform tells it."""


def operator_settings(service: str) -> dict[str, str]:
    """What `coop` is told besides, to repair the stream of a service."""
    user = operator(service)
    return {"COOP_NATS_USER": user, "COOP_NATS_PASSWORD": _password(user)}


def _password(user: str) -> str:
    """Nobody else listens on this machine's loopback for so long."""
    return f"mot-{user}"


def database(url: str, name: str, port: int | None = None) -> str:
    """The URL of another database of the server; port : through a proxy."""
    base = url.rpartition("/")[0]
    if port is not None:
        base = f"{base.rpartition(':')[0]}:{port}"
    return f"{base}/{name}"


class SmallDisk:
    """A file system of its own, that `fill` can fill."""

    def __init__(self, folder: Path, size: int) -> None:
        """Raises RuntimeError where nothing can be mounted (not root, or forbidden by a container)."""
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder)]
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            raise RuntimeError(f"impossible de monter un petit disque sur {folder}")
        self.folder = folder

    def fill(self) -> None:
        """Leave not one free byte. Again and again: whoever writes there gives some back at times."""
        with (self.folder / "lest").open("ab", buffering=0) as ballast:
            block = b"\0" * 1024 * 1024
            while block:
                try:
                    ballast.write(block)
                except OSError:
                    block = block[: len(block) // 2]

    def empty(self) -> None:
        (self.folder / "lest").unlink(missing_ok=True)

    def close(self, *, keep: bool = False) -> None:
        """keep : what it holds is copied beside."""
        self.empty()
        if keep:
            shutil.copytree(self.folder, self.folder.with_name(f"{self.folder.name}-conserve"))
        subprocess.run(["umount", str(self.folder)], check=True)


def mount_works(folder: Path) -> bool:
    """Whether a small disk of our own can be mounted here."""
    try:
        SmallDisk(folder, 1024 * 1024).close()
    except RuntimeError:
        return False
    return True


class Postgres:
    """One PostgreSQL, always on the same port. small_disk : on a disk of its own."""

    def __init__(self, folder: Path, template: Path, *, small_disk: bool) -> None:
        self.folder = folder
        self.log = folder / "postgres.log"
        self._template = template
        self._small = small_disk
        self._disk: SmallDisk | None = None
        self._server: PostgresServer | None = None

    def prepare(self) -> None:
        """The data, from the template."""
        self.folder.mkdir()
        if self._small:
            used = sum(f.stat().st_blocks * 512 for f in self._template.rglob("*") if f.is_file())
            self._disk = SmallDisk(self.folder, used + ROOM)
        logs = shutil.ignore_patterns("*.log")
        shutil.copytree(self._template, self.folder, dirs_exist_ok=True, ignore=logs)

    @property
    def server(self) -> PostgresServer:
        assert self._server is not None, "PostgreSQL n’est pas démarré"
        return self._server

    @property
    def alive(self) -> bool:
        return self.server.process.poll() is None

    def start(self) -> None:
        port = self._server.port if self._server is not None else None
        self._server = start_postgres(self.folder, port=port, durable=True)

    def kill(self) -> None:
        """SIGKILL to every process of the server, as the loss of the machine would."""
        _signal_all(self.server.pid, signal.SIGKILL)
        self.server.kill()

    def freeze(self) -> None:
        _signal_all(self.server.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        _signal_all(self.server.pid, signal.SIGCONT)

    @property
    def disk(self) -> SmallDisk:
        assert self._disk is not None, "pas de petit disque"
        return self._disk

    def disk_errors(self) -> int:
        """How many times this server was refused a byte, by its own log."""
        return self.log.read_text(errors="replace").count("No space left on device")

    def close(self, *, keep: bool = False) -> None:
        """keep : the data survives the small disk."""
        if self._server is not None:
            self.thaw()
            self.server.stop()
        if self._disk is not None:
            self._disk.close(keep=keep)


class Nats:
    """One NATS server, or a cluster of three on loopback, always on the same ports.

    With the platform's accounts: a service that would need more than its own is seen here too.
    """

    def __init__(self, folder: Path, *, cluster: bool) -> None:
        self._folders = [folder / f"nats{n}" for n in range(1, 4 if cluster else 2)]
        self.ports = [free_port() for _ in self._folders]
        self._routes = [free_port() for _ in self._folders]
        self._servers: list[NatsServer | None] = [None for _ in self._folders]

    @property
    def replicas(self) -> int:
        return len(self.ports)

    @property
    def urls(self) -> list[str]:
        return [f"nats://127.0.0.1:{port}" for port in self.ports]

    def prepare(self, advertised: list[int]) -> None:
        """advertised : the ports told to clients, the proxies' when there are some."""
        for n, folder in enumerate(self._folders):
            folder.mkdir()
            lines = [_accounts(f"n{n + 1}")]
            if self.replicas > 1:
                routes = ", ".join(f"nats-route://127.0.0.1:{port}" for port in self._routes)
                lines += [
                    f'client_advertise: "127.0.0.1:{advertised[n]}"',
                    f'cluster {{ name: chaos, listen: "127.0.0.1:{self._routes[n]}", routes: [{routes}] }}',
                ]
            (folder / "nats.conf").write_text("\n".join(lines) + "\n")

    def start(self, n: int) -> None:
        folder = self._folders[n]
        self._servers[n] = start_nats(folder, port=self.ports[n], config=folder / "nats.conf")

    def start_all(self) -> None:
        for n in range(self.replicas):
            self.start(n)

    async def declare_streams(self) -> None:
        """The platform's, once the cluster has a leader."""
        limit = asyncio.get_running_loop().time() + 120
        for service in SERVICES:
            while not await self.declared(service):
                if asyncio.get_running_loop().time() > limit:
                    raise RuntimeError(f"le flux de {service} ne se déclare pas")
                await asyncio.sleep(0.2)

    async def declared(self, service: str) -> bool:
        """Declare the stream of a service, as its operator would; False when it cannot be for now."""
        try:
            client = await self.connect(operator(service))
        except (NatsError, OSError):
            return False
        try:
            await client.jetstream().add_stream(configuration(service, replicas=self.replicas))
            return True
        except NatsError:
            return False
        finally:
            await client.close()

    async def connect(self, user: str) -> Client:
        """As a service, or as the operator of one."""
        return await nats.connect(
            self.urls,
            user=user,
            password=_password(user),
            inbox_prefix=f"_INBOX.{user}",
            allow_reconnect=False,
        )

    async def leader(self, stream: str) -> int:
        """Index of the server that leads the stream; waits for one, a minute at most."""
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(NatsError, OSError):
                    client = await self.connect(operator(stream.lower()))
                    try:
                        cluster = (await client.jetstream().stream_info(stream)).cluster
                    finally:
                        await client.close()
                    if cluster is not None and cluster.leader:
                        return int(cluster.leader.removeprefix("n")) - 1
                await asyncio.sleep(0.1)

    def kill(self, n: int) -> None:
        self._server(n).kill()

    def lose(self, n: int, stream: str) -> None:
        """What a dead server had of a stream on its disk is gone."""
        kept = [found for found in self._folders[n].rglob(stream) if found.parent.name == "streams"]
        if not kept:
            raise FileNotFoundError(f"aucun {stream} sous {self._folders[n]}")
        for folder in kept:
            shutil.rmtree(folder)

    def freeze(self, n: int) -> None:
        os.kill(self._server(n).pid, signal.SIGSTOP)

    def thaw(self, n: int) -> None:
        os.kill(self._server(n).pid, signal.SIGCONT)

    def _server(self, n: int) -> NatsServer:
        server = self._servers[n]
        assert server is not None, "NATS n’est pas démarré"
        return server

    def close(self) -> None:
        for server in self._servers:
            if server is not None:
                if server.process.poll() is None:
                    os.kill(server.pid, signal.SIGCONT)
                server.stop()


def _accounts(name: str) -> str:
    """The platform's own configuration, for a server of that name."""
    text = CONFIG.read_text(encoding="utf-8").replace("server_name: coop", f"server_name: {name}")
    text = text.replace("$NATS_SYNC_INTERVAL", '"2m"')
    return re.sub(
        r"\$NATS_PASSWORD_([A-Z_]+)", lambda found: f'"{_password(found[1].lower().replace("_", "-"))}"', text
    )


def _signal_all(pid: int, number: signal.Signals) -> None:
    """The postmaster first: it starts no other child meanwhile."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
