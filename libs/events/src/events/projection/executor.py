"""Carries out the orders of one reaction: several at once, each tried again and parked alone.

An order is held for a time while it is carried out, so that copies of the service share the work; a copy that
dies leaves its orders to the others when that time ends. The work may so be done twice: it must not matter.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from events import metrics
from events.codec import Codec
from events.patience import Patience
from events.postgres.database import Database
from events.projection.guilt import Impossible, blames
from events.projection.parking import ATTEMPTS, place
from events.store.store import Context

log = structlog.get_logger()

SOURCE = "ordre"
"""`parked.source` of an order, where a fact has the service it comes from."""
PARALLEL = 4
SECONDS = 30.0
"""For one attempt."""
_HOLD = dt.timedelta(seconds=2 * SECONDS)
_LONGEST = dt.timedelta(minutes=1)
_LOOK = 1.0


@dataclass(frozen=True, slots=True)
class Asked[O]:
    """An order to carry out. id : the same for the same fact, always.   context : says which fact asks."""

    id: UUID
    order: O
    context: Context


class Executor[O]:
    """One per reaction and process. A slow server so holds its own reaction only, never the others."""

    def __init__(
        self,
        database: Database,
        name: str,
        codec: Codec[O],
        perform: Callable[[Asked[O]], Awaitable[None]],
        *,
        author: str,
        now: Callable[[], dt.datetime],
        given: asyncio.Event | None = None,
        hold: dt.timedelta = _HOLD,
    ) -> None:
        """name : the reaction's.   author : the service, as its facts will say.   now : decides when a dated
        order is due.   given : set when there may be something new."""
        self._database = database
        self._name = name
        self._codec = codec
        self._perform = perform
        self._author = author
        self._now = now
        self._given = given or asyncio.Event()
        self._hold = hold
        self._patience = Patience("orders", reaction=name)

    async def run(self) -> None:
        """Carry orders out for ever. Waits while the database is away."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                running = {task for task in running if not task.done()}
                self._given.clear()
                found = await self._claim_or_wait(PARALLEL - len(running))
                running |= {asyncio.create_task(self._carry_out(row)) for row in found}
                full = len(running) >= PARALLEL
                news = asyncio.create_task(self._given.wait())
                await asyncio.wait(
                    running if full else {*running, news},
                    timeout=_LOOK,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                news.cancel()
        finally:
            for task in running:
                task.cancel()

    async def step(self) -> int:
        """Carry out what is due now, one batch. Returns how many orders were tried."""
        found = await self._claim(PARALLEL)
        await asyncio.gather(*(self._carry_out(row) for row in found))
        return len(found)

    async def _claim_or_wait(self, free: int) -> list[Any]:
        try:
            found = await self._claim(free)
            self._patience.over()
            return found
        except Exception as error:
            self._patience.met(error)
            return []

    async def _claim(self, limit: int) -> list[Any]:
        if limit <= 0:
            return []
        async with self._database.raw() as connection:
            return await connection.fetch(_CLAIM, self._name, self._now(), limit, self._hold)

    async def _carry_out(self, row: Any) -> None:
        try:
            try:
                order = self._codec.decode(row["type"], row["schema_version"], row["data"])
                context = Context(self._author, f"ordre-{row['id']}", causation=row["cause"])
                async with asyncio.timeout(SECONDS):
                    await self._perform(Asked(row["id"], order, context))
            except Exception as error:
                await self._failed(row, error)
            else:
                async with self._database.raw() as connection:
                    await connection.execute(_DONE, row["id"])
                metrics.orders.labels(self._name, "done").inc()
        except Exception as error:
            # Its end could not be written: somebody carries it out again when its hold ends.
            log.warning("order_not_ended", reaction=self._name, error=type(error).__name__)

    async def _failed(self, row: Any, error: Exception) -> None:
        guilty = blames(error)
        attempts, blamed = row["attempts"] + 1, row["blames"] + int(guilty)
        parked = isinstance(error, Impossible) or blamed >= ATTEMPTS
        outcome = "parked" if parked else "refused" if guilty else "waits"
        metrics.orders.labels(self._name, outcome).inc()
        say = log.error if parked else log.warning
        say(
            f"order_{outcome}",
            reaction=self._name,
            order_type=row["type"],
            order_id=str(row["id"]),
            attempt=attempts,
            error=place(error),
        )
        async with self._database.raw() as connection:
            if parked:
                await connection.execute(_PARK, row["id"], attempts, _kept(error), SOURCE)
            else:
                delay = min(_LONGEST, dt.timedelta(seconds=0.5) * 2 ** min(attempts, 10))
                await connection.execute(_AGAIN, row["id"], attempts, blamed, _kept(error), delay)


async def waiting_orders(database: Database, reaction: str | None, limit: int) -> list[asyncpg.Record]:
    """The agenda: what is not done yet, the soonest first. reaction : None for all."""
    async with database.raw() as connection:
        return await connection.fetch(
            """select reaction, key, type, data::text, cause, at, attempts, error, created_at from orders
               where state = 'waiting' and ($1::text is null or reaction = $1)
               order by coalesce(at, to_timestamp(0)), created_at, id limit $2""",
            reaction,
            limit,
        )


async def purge_ended(database: Database, before: dt.datetime) -> int:
    """Forget the orders that ended before that instant and whose reaction has passed their fact. Returns how
    many. What is aside stays."""
    total = 0
    while True:
        async with database.raw() as connection:
            status = await connection.execute(_PURGE, before, _PURGED_AT_ONCE)
        count = int(status.rsplit(" ", 1)[-1])
        total += count
        if count < _PURGED_AT_ONCE:
            return total


async def order_of(database: Database, order_id: UUID) -> asyncpg.Record | None:
    """What was to be done (`data`, JSON), because of which fact (`cause`), and when (`at`)."""
    async with database.raw() as connection:
        return await connection.fetchrow("select data, cause, at from orders where id = $1", order_id)


async def give_back(connection: asyncpg.Connection, order_id: UUID) -> None:
    """A parked order waits again, at once, with all its attempts; it leaves the parked events."""
    await connection.execute(_GIVE_BACK, order_id)


def _kept(error: Exception) -> str:
    return f"Impossible {error.reason}" if isinstance(error, Impossible) else place(error)


_CLAIM = """
update orders set not_before = clock_timestamp() + $4
where id in (
  select id from orders
  where reaction = $1 and state = 'waiting' and coalesce(at, to_timestamp(0)) <= $2
    and not_before <= clock_timestamp()
  order by coalesce(at, to_timestamp(0)), xid, number, rank
  limit $3 for update skip locked)
returning id, cause, type, schema_version, data, attempts, blames
"""
# Withdrawn meanwhile, it was carried out all the same: that is what happened.
_DONE = """update orders set state = 'done', ended_at = clock_timestamp(), error = null
           where id = $1 and state in ('waiting', 'withdrawn')"""
_AGAIN = """update orders set attempts = $2, blames = $3, error = $4, not_before = clock_timestamp() + $5
            where id = $1 and state = 'waiting'"""
_PARK = """
with ended as (
  update orders set state = 'parked', attempts = $2, error = $3, ended_at = clock_timestamp()
  where id = $1 and state = 'waiting' returning *)
insert into parked (projection, source, event_id, stream, version, type, xid, number, sequence, attempts,
  error)
select reaction, $4, id, key, 0, type, xid, number, 0, attempts, error from ended
on conflict (projection, event_id) do nothing
"""
_PURGED_AT_ONCE = 2_000
_PURGE = """
delete from orders where id in (
  select o.id from orders o join checkpoints c on c.projection = o.reaction
  where o.state in ('done', 'withdrawn') and coalesce(o.ended_at, o.created_at) < $1
    and (o.xid, o.number) <= (c.xid, c.number)
  limit $2)
"""
_GIVE_BACK = """
with back as (
  update orders set state = 'waiting', attempts = 0, blames = 0, not_before = '-infinity', ended_at = null
  where id = $1 and state = 'parked')
delete from parked where event_id = $1
"""
