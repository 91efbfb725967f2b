"""Background tasks that never die in silence: logged, restarted with back-off, and told to /sante/pret."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from prometheus_client import Counter

log = structlog.get_logger()

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_STEADY_SECONDS = 60.0

_crashes = Counter("background_task_crashes_total", "Restarts of a background task", ["task"])

type Work = Callable[[], Awaitable[None]]


class Supervisor:
    """Runs each piece of work for ever. Returning is a crash too: a worker's loop has no end."""

    def __init__(self, works: Mapping[str, Work]) -> None:
        self._works = dict(works)
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: set[str] = set()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep(n, w), name=n) for n, w in self._works.items()]

    def failing(self) -> list[str]:
        """Names of the tasks that crashed and have not run for as long as their last wait since."""
        return sorted(self._failing)

    async def stop(self, seconds: float) -> None:
        """Cancel everything; wait that long at most for the tasks to tidy up."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, stuck = await asyncio.wait(self._tasks, timeout=seconds)
            for task in stuck:
                log.error("task_stuck", task=task.get_name())

    async def _keep(self, name: str, work: Work) -> None:
        loop = asyncio.get_running_loop()
        delay = _FIRST_DELAY
        while True:
            started = loop.time()
            healthy = loop.call_later(delay, self._failing.discard, name)
            try:
                await work()
                log.error("task_ended", task=name)
            except Exception as error:
                log.error("task_crashed", task=name, error=type(error).__name__, exc_info=error)
            finally:
                healthy.cancel()
            self._failing.add(name)
            _crashes.labels(name).inc()
            if loop.time() - started > _STEADY_SECONDS:
                delay = _FIRST_DELAY
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY)
