"""Jobs: what a service does again and again. One copy of the service at a time runs each of them.

The turn is an advisory lock of its session: it is given back when the process dies, without waiting. Doing
the same work again must not matter, for a connection may be lost in the middle.
"""

import asyncio
import datetime as dt
import zlib
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from events import metrics
from events.patience import Patience
from events.postgres.database import Database, discard
from events.projection.guilt import blames
from events.projection.parking import place

log = structlog.get_logger()

MINUTES_5 = dt.timedelta(minutes=5)
MINUTES_10 = dt.timedelta(minutes=10)
DONE = "fait"
"""The outcome of a run that ended; otherwise an error's class and place."""
_LOOK = 1.0
_AFTER_FAILURE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run did. refused : rows left aside, each through its own fault, for the next run."""

    done: int = 0
    refused: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.done + other.done, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Job[T]:
    """Something to run every so often. run : receives the service's tools; passing again changes nothing."""

    name: str
    every: dt.timedelta
    run: Callable[[T], Awaitable[Tally]]


async def each[R](job: str, rows: Iterable[R], do: Callable[[R], Awaitable[bool]]) -> Tally:
    """`do` on every row, each alone: one that cannot be done through its own fault does not stop the others.

    do : whether it changed something. An error that blames no row (a server away) goes up.
    """
    done = refused = 0
    for row in rows:
        try:
            done += await do(row)
        except Exception as error:
            if not blames(error):
                raise
            refused += 1
            log.warning("job_row_refused", job=job, error=place(error))
    return Tally(done, refused)


class Runner[T]:
    """Runs one job when its time has come, as long as no other copy of the service does."""

    def __init__(
        self,
        database: Database,
        job: Job[T],
        work: Callable[[], Awaitable[Tally]],
        now: Callable[[], dt.datetime],
    ) -> None:
        """work : the job's `run`, with its tools.   now : the Clock's."""
        self._database = database
        self._job = job
        self._work = work
        self._now = now

    async def run(self) -> None:
        """Run it for ever. Waits while the database is away."""
        patience = Patience("job", job=self._job.name)
        while True:
            try:
                await self.step()
                patience.over()
            except Exception as error:
                patience.met(error)
            await asyncio.sleep(_LOOK)

    async def step(self) -> bool:
        """Run it now if its time has come. False when it has not, or when another copy is at it."""
        async with self._database.raw() as connection:
            if not await connection.fetchval(_DUE, self._job.name, self._now()):
                return False
        async with self._database.raw() as connection:
            if not await connection.fetchval("select pg_try_advisory_lock($1)", self._turn()):
                return False
            try:
                # Another copy may have just ended it.
                planned = await connection.fetchval(_START, self._job.name, self._now())
                if planned is None:
                    return False
                await self._once(connection, planned)
            finally:
                with suppress(Exception):
                    await connection.execute("select pg_advisory_unlock($1)", self._turn(), timeout=2)
                # Failing that, the turn ends with its session.
                discard(connection)
        return True

    def _turn(self) -> int:
        return zlib.crc32(f"job:{self._job.name}".encode())

    async def _once(self, connection: asyncpg.Connection, planned: dt.datetime) -> None:
        name, outcome, wait, tally = self._job.name, DONE, self._job.every, Tally()
        with metrics.job_seconds.labels(name).time():
            try:
                tally = await self._work()
            except Exception as error:
                outcome, wait = place(error), min(wait, _AFTER_FAILURE)
                log.error("job_failed", job=name, error=outcome)
        metrics.job_runs.labels(name, "done" if outcome == DONE else "failed").inc()
        if tally.done or tally.refused:
            log.info("job_done", job=name, done=tally.done, refused=tally.refused)
        await connection.execute(_END, name, planned, self._now() + wait, outcome, tally.done, tally.refused)


async def state_of(connection: asyncpg.Connection, name: str) -> asyncpg.Record | None:
    """Its last run and the next one, as the columns of `jobs`; None when it never ran."""
    return await connection.fetchrow("select * from jobs where name = $1", name)


async def ask(connection: asyncpg.Connection, name: str) -> Any:
    """Have a job run at once by the service. Gives when it last ended; None when never."""
    return await connection.fetchval(_ASK, name)


_DUE = """
with new as (insert into jobs (name) select $1 where not exists (select from jobs where name = $1)
             on conflict do nothing returning next_run)
select next_run <= $2 from (select next_run from jobs where name = $1 union all select next_run from new) j
"""
_START = """update jobs set started_at = clock_timestamp() where name = $1 and next_run <= $2
            returning next_run"""
# Asked for while it ran, it runs again.
_END = """
update jobs set next_run = case when next_run = $2 then $3 else next_run end,
  ended_at = clock_timestamp(), outcome = $4, done = $5, refused = $6 where name = $1
"""
_ASK = """
insert into jobs (name) values ($1) on conflict (name) do update set next_run = to_timestamp(0)
returning ended_at
"""
