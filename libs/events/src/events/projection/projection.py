"""Read models on PostgreSQL: fold a page in memory, then write its rows and the checkpoint in one statement.

A redelivered event changes nothing, a crash loses nothing. An event that cannot be taken by its own fault
(guilt.py) is tried again a bounded number of times, then parked and the others go on; or the projection stops
there, when it says so. Any other failure is waited for.
"""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
import structlog

from events import metrics
from events.codec import UnknownEventType, names_of, union_members
from events.patience import Patience
from events.postgres.database import Database
from events.projection.checkpoints import Overtaken, advance, open_checkpoint
from events.projection.guilt import fault_of, may_pass_alone, pure
from events.projection.parking import ATTEMPTS, park, place
from events.projection.readmodel import ReadModel, Row
from events.projection.source import Checkpoint, Delivery, Rejected, Source
from events.projection.worker import Halted, read_for_ever

log = structlog.get_logger()

PAGE = 500


class Projection[E](Protocol):
    """What a read model's module offers: its table, the row that an event concerns, the row after it."""

    @property
    def table(self) -> sa.Table: ...

    @property
    def reads(self) -> Any:
        """The union of the events or contracts that it reads (`type Event = A | B`): no other reaches it."""
        ...

    def key(self, event: E) -> Any:
        """Primary key of the row concerned (a tuple when composite); None when no row is."""
        ...

    def project(self, row: Row | None, event: E) -> Row | None:
        """The row after the event; None deletes it (or leaves it absent). Pure."""
        ...


class Projector:
    """Keeps one read model up to date from one source. Run it as one task; a second copy harms nothing."""

    def __init__(
        self,
        database: Database,
        projection: Projection[Any],
        source: Source[Any],
        *,
        name: str = "",
        attempts: int = ATTEMPTS,
        page: int = PAGE,
        halts: bool = False,
    ) -> None:
        """name : of the checkpoint, when the table has several (one per partition).

        halts : after the attempts, stop at the event (True) or park it and go on (False).
        """
        self.name = name or projection.table.name
        self._database = database
        self._projection = projection
        self._source = source
        self._foreign = source.names - names_of(projection.reads)
        self._model = ReadModel(projection.table, self.name)
        self._attempts = attempts
        self._page = page
        self._halts = halts
        self._at: tuple[Checkpoint, str] | None = None
        self._one_by_one = 0
        self._failing: UUID | None = None
        self._failures = 0

    async def run(self) -> None:
        """Project for ever. Waits while a server is away, or whatever else is no fact's fault."""
        await read_for_ever(self.step, self._source.wait, Patience("projection", projection=self.name))

    async def step(self) -> int:
        """Take one page. Returns the number of events taken or parked."""
        if self._at is None:
            self._at = await open_checkpoint(self._database, self.name)
        before, mark = self._at
        page = await self._source.page(before, 1 if self._one_by_one else self._page)
        if not page:
            return 0
        # Whatever goes wrong, where this projection stands is read again.
        self._at = None
        try:
            self._at = await self._take(before, mark, page)
        except (Overtaken, UnknownEventType):
            # Older code reading newer facts is no fault of theirs: it stops, and newer code goes on.
            raise
        except Exception as error:
            if len(page) > 1 and may_pass_alone(error):
                self._one_by_one = len(page)
                return await self.step()
            fault = fault_of(error)
            if fault is None:
                raise
            return await self._failed(before, page[0], fault)
        self._one_by_one = max(0, self._one_by_one - len(page))
        self._failures = 0
        await self._source.taken(page[-1])
        taken(self.name, page)
        return len(page)

    async def _take(self, before: Checkpoint, mark: str, page: Sequence[Delivery]) -> tuple[Checkpoint, str]:
        # An event that this code does not know is not foreign: newer code may read it, so this one stops.
        events = await self._source.decode([d for d in page if d.type not in self._foreign])
        with pure():
            keys = {key for event in events if (key := self._projection.key(event)) is not None}
        # Reads and the fold happen before the write: an open write transaction, even short, holds back every
        # feed of the cluster. The checkpoint's compare-and-set fences the result; its mark also tells of a
        # rebuild that swapped the table under these rows without moving the checkpoint.
        after_page = page[-1].checkpoint
        async with self._database.raw() as connection:
            rows = await self._model.load(connection, keys)
            after = fold_rows(self._projection, rows, events)
            move = (self._source.name, before, after_page, mark)
            new_mark = await self._model.save(connection, rows, after, move)
        if new_mark is None:
            raise Overtaken(self.name)
        return after_page, new_mark

    async def _failed(self, before: Checkpoint, event: Delivery, fault: Exception) -> int:
        if event.id != self._failing:
            self._failing, self._failures = event.id, 0
        self._failures += 1
        log.warning(
            "projection_failed",
            projection=self.name,
            event_type=event.type,
            stream=event.stream,
            attempt=self._failures,
            error=place(fault),
        )
        rejected = isinstance(fault, Rejected)
        if self._failures < self._attempts and not rejected:
            await asyncio.sleep(0.05 * 2**self._failures)
            return 0
        if self._halts and not rejected:
            raise Halted(f"{self.name} : {event.type} {event.id}") from fault
        async with self._database.raw() as connection, connection.transaction():
            await advance(connection, self.name, self._source.name, before, event.checkpoint)
            await park(connection, self.name, self._source.name, event, self._failures, fault)
        self._failures = 0
        self._one_by_one = max(0, self._one_by_one - 1)
        await self._source.taken(event)
        return 1


def fold_rows(
    projection: Projection[Any], rows: Mapping[Any, Row], events: Iterable[Any]
) -> dict[Any, Row | None]:
    """The rows concerned, after the events that the projection reads: None for those to delete."""
    after: dict[Any, Row | None] = dict(rows)
    read = frozenset(union_members(projection.reads))
    with pure():
        for event in events:
            if type(event) not in read:
                continue
            key = projection.key(event)
            if key is not None:
                after[key] = projection.project(after.get(key), event)
    return after


def taken(name: str, page: Sequence[Delivery]) -> None:
    """Count a page that is taken, and how late its last event was."""
    metrics.projected.labels(name).inc(len(page))
    late = dt.datetime.now(dt.UTC) - page[-1].recorded_at
    metrics.projection_delay.labels(name).set(late.total_seconds())
