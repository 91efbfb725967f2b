"""The services' processes: real roles, started again when they die, as their supervisor would."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Iterable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from embedded.probe import http_ready

from chaos.nursery import born

_READY_SECONDS = 300.0
_PAUSE = 0.3
_MOST_FAILURES = 3


_INCIDENTS = ("task_crashed", "unexpected_error", "task_stuck", "close_failed", "event_parked")


class Role:
    """`python -m <service> <role>`; its output goes to a file of the schedule's folder."""

    def __init__(
        self,
        name: str,
        folder: Path,
        environment: Mapping[str, str],
        *,
        port: int,
        clock: Path | None = None,
    ) -> None:
        """name : "activites api", and one word more for a second one.

        clock : the file of a shifted clock (chaos.role).
        """
        self.name = name
        self.port = port
        self.unexpected = 0
        """How many times it died without being killed by us."""
        self.log = folder / f"{name.replace(' ', '-')}.log"
        module = ["chaos.struck"] if environment.keys() & {"COUPS", "TENUE"} else []
        module += ["chaos.role"] if clock is not None else []
        self._command = [*module, *name.split()[:2]]
        shifted = {"HORLOGE": str(clock)} if clock is not None else {}
        self._environment = {**environment, **shifted, "HOST": "127.0.0.1", "PORT": str(self.port)}
        self._process: ForkServerProcess | None = None
        self._wanted = True
        self._held = False
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._process = born(self._command, {**os.environ, **self._environment}, self.log)
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Returns once it answers that it can work. Raises RuntimeError when it does not in time."""
        limit = asyncio.get_running_loop().time() + _READY_SECONDS
        while not await http_ready(self.port, "/sante/pret"):
            if asyncio.get_running_loop().time() > limit or self.unexpected > _MOST_FAILURES:
                raise RuntimeError(f"{self.name} ne démarre pas : voir {self.log}")
            await asyncio.sleep(0.05)

    def kill(self) -> None:
        """`kill -9`; it stays down until `revive`."""
        self._held = True
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.join()

    def revive(self) -> None:
        self.start()
        self._held = False

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    async def stop(self, seconds: float = 15.0) -> None:
        """Gently, by force past so many seconds."""
        self._wanted = False
        if self._keeper is not None:
            self._keeper.cancel()
        process = self._process
        if process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        limit = asyncio.get_running_loop().time() + seconds
        while process.is_alive():
            if asyncio.get_running_loop().time() > limit:
                self._signal(signal.SIGKILL)
            await asyncio.sleep(0.02)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.is_alive():
            assert self._process.pid is not None
            os.kill(self._process.pid, number)

    async def _keep(self) -> None:
        while self._wanted:
            await asyncio.sleep(_PAUSE)
            if not self._held and self._process is not None and not self._process.is_alive():
                self.unexpected += 1
                self.start()


def incidents(roles: Iterable[Role]) -> Counter[str]:
    """What the roles wrote of their own failures: a task that crashed and started again, an error 500…"""
    found: Counter[str] = Counter()
    for role in roles:
        if role.unexpected:
            found[f"{role.name} : arrêté de lui-même"] += role.unexpected
        for line in role.log.read_text(errors="replace").splitlines():
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if said.get("event") in _INCIDENTS:
                about = " ".join(str(said[k]) for k in ("task", "projection", "error") if k in said)
                found[f"{role.name} : {said['event']} {about}"] += 1
    return found
