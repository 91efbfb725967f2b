"""Starts the programs in the order of their needs, watches them, stops them in the reverse order."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from embedded.journal import Journal
from embedded.process import Process, Program, StartError
from embedded.state import State


class Supervisor:
    """A program starts as soon as all that it needs is ready; those without a link start together."""

    def __init__(self, programs: Sequence[Program], folder: Path, journal: Journal, state: State) -> None:
        self._journal = journal
        self.processes = {p.name: Process(p, folder, journal, state) for p in programs}
        self._ready = {p.name: asyncio.Event() for p in programs}
        self._watches: list[asyncio.Task[None]] = []
        self.hurried = asyncio.Event()

    async def start(self) -> None:
        """Returns when every program is ready; the first that fails stops the wait with its StartError."""
        try:
            async with asyncio.TaskGroup() as group:
                for process in self.processes.values():
                    group.create_task(self._start(process))
        except ExceptionGroup as failures:
            raise _first(failures) from failures
        self._watches = [asyncio.create_task(p.supervise()) for p in self.processes.values()]

    async def _start(self, process: Process) -> None:
        for need in process.program.needs:
            await self._ready[need].wait()
        await process.start()
        if process.program.after is not None:
            await process.program.after()
        self._ready[process.program.name].set()

    async def stop(self) -> None:
        """Whoever needs a program stops before it. Setting `hurried` forces what remains."""
        for process in self.processes.values():
            process.give_up()
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        left = dict(self.processes)
        while left:
            needed = {need for p in left.values() for need in p.program.needs}
            now = [left.pop(name) for name in [n for n in left if n not in needed]]
            await asyncio.gather(*(p.stop(self.hurried) for p in now))


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The cause that people can act on: a StartError if there is one, else the first error."""
    flat: list[BaseException] = []
    for failure in failures.exceptions:
        flat += [_first(failure)] if isinstance(failure, BaseExceptionGroup) else [failure]
    return next((f for f in flat if isinstance(f, StartError)), flat[0])
