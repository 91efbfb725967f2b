"""One program of the platform: started, read, watched, started again, stopped."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from events.ops.servers import launched

from embedded.journal import Journal
from embedded.state import State

READY_SECONDS = 180.0
STABLE_SECONDS = 30.0
MOST_FAILURES = 8


class StartError(Exception):
    """A program could not be started; the message, in French, quotes its last lines."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and when it may.

    needs : names of the programs that must be ready first; they are also stopped after this one.
    ready : whether the process `pid` answers.   before : done ahead of every start (blocking nothing).
    after : done once it answers for the first time, ahead of those that need it.
    own_launcher : the command already ends with its parent (see events.servers).
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[int], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    needs: tuple[str, ...] = ()
    before: "Callable[[Process], Awaitable[None]] | None" = None
    after: Callable[[], Awaitable[None]] | None = None
    own_launcher: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


class Process:
    """The running side of a Program."""

    def __init__(self, program: Program, folder: Path, journal: Journal, state: State) -> None:
        self.program = program
        self._folder, self._journal, self._state = folder, journal, state
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Returns once the program answers; StartError if it ends, or stays mute for 180 s."""
        if self.program.before is not None:
            await self.program.before(self)
        self._process = await self._spawn()
        limit = time.monotonic() + READY_SECONDS
        while not await self.program.ready(self._process.pid):
            if self._process.returncode is not None:
                await self._drained()
                raise StartError(self._quoted(f"s’est arrêté au démarrage (code {self._process.returncode})"))
            if time.monotonic() > limit:
                raise StartError(self._quoted(f"n’est pas prêt après {READY_SECONDS:.0f} s"))
            await asyncio.sleep(0.03)

    async def run_once(self, *command: str) -> None:
        """A command of the same program that must end well (a migration), in the same environment."""
        process = self._process = await self._spawn(command)
        if await process.wait() != 0:
            await self._drained()
            raise StartError(
                self._quoted(f"« {' '.join(command[1:])} » a échoué (code {process.returncode})")
            )

    async def supervise(self) -> None:
        """Starts the program again whenever it dies, with a growing pause, until told to stop."""
        failures = 0
        while self._process is not None and not self._stopping:
            since = time.monotonic()
            code = await self._process.wait()
            if self._stopping:
                return
            failures = 1 if time.monotonic() - since > STABLE_SECONDS else failures + 1
            if failures > MOST_FAILURES:
                self._journal.say(self._quoted(f"tombe sans cesse ({failures} fois) : il n’est plus relancé"))
                return
            pause = min(0.25 * 2 ** (failures - 1), 10.0)
            self._journal.say(
                f"{self.program.name} s’est arrêté ({_reason(code)}) ; relancé dans {pause:g} s."
            )
            await asyncio.sleep(pause)
            if not self._stopping:
                await self._restart()

    async def _restart(self) -> None:
        try:
            await self.start()
        except Exception as error:  # whatever it is, the next turn of `supervise` tries again
            self._journal.say(f"{self.program.name} : {error}")
            self._signal(signal.SIGKILL)
        else:
            self._journal.say(f"{self.program.name} est de nouveau prêt.")

    def give_up(self) -> None:
        """From now on its end is no accident."""
        self._stopping = True

    async def stop(self, hurried: asyncio.Event) -> None:
        """Gentle signal, then SIGKILL past `stop_seconds`, or at once when the person insists."""
        self.give_up()
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            self._signal(self.program.stop_signal)
            waits = {asyncio.ensure_future(process.wait()), asyncio.ensure_future(hurried.wait())}
            _, pending = await asyncio.wait(
                waits, timeout=self.program.stop_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            for task in pending:
                task.cancel()
            if process.returncode is None:
                self._journal.say(f"{self.program.name} ne s’arrête pas : il est forcé.")
                self._signal(signal.SIGKILL)
                await process.wait()
        await self._drained()

    def _signal(self, sign: signal.Signals) -> None:
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                if sign is signal.SIGKILL:
                    os.killpg(self.pid, sign)  # it leads its own group: its children go with it
                else:
                    os.kill(self.pid, sign)

    async def _spawn(self, command: tuple[str, ...] = ()) -> asyncio.subprocess.Process:
        program = list(command or self.program.command)
        if not self.program.own_launcher:
            program = launched(program, self._folder)
        process = await asyncio.create_subprocess_exec(
            *program,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.program.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._state.record(self.program.name, process.pid)
        self._reader = asyncio.create_task(self._read(process.stdout))
        return process

    async def _read(self, output: asyncio.StreamReader | None) -> None:
        rest = b""
        while output is not None and (chunk := await output.read(65536)):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._journal.line(self.program.name, line.decode(errors="replace"))
            if len(rest) > 65536:  # a line without end is not kept in memory
                self._journal.line(self.program.name, rest.decode(errors="replace"))
                rest = b""
        if rest:
            self._journal.line(self.program.name, rest.decode(errors="replace"))

    async def _drained(self) -> None:
        """What the ended program still had to say. A grandchild may hold the pipe: not for long."""
        if self._reader is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._reader, 1.0)

    def _quoted(self, what: str) -> str:
        return f"{self.program.name} {what}. Ses dernières lignes :\n{self._journal.tail(self.program.name)}"


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
