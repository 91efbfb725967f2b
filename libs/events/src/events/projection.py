"""Read models on PostgreSQL: fold a page in memory, then one upsert and the checkpoint in one transaction.

A redelivered event changes nothing, a crash loses nothing. An event that cannot be taken is tried again a
bounded number of times, then parked; it never stops the others.
"""

import asyncio
import datetime as dt
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from events import metrics
from events.database import Database, is_unavailable
from events.readmodel import ReadModel, Row
from events.source import Checkpoint, Delivery, Source
from events.types import Position

log = structlog.get_logger()

PAGE = 500
ATTEMPTS = 5

_engine = sa.MetaData()
checkpoints = sa.Table(
    "checkpoints",
    _engine,
    sa.Column("projection", sa.Text, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("xid", sa.BigInteger),
    sa.Column("number", sa.BigInteger),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("updated_at", sa.DateTime(timezone=True)),
)
_CHECKPOINT = "select xid, number, sequence, xmin::text as mark from checkpoints where projection = $1"
parked = sa.Table(
    "parked",
    _engine,
    sa.Column("id", sa.BigInteger, primary_key=True),
    *(sa.Column(n, sa.Text) for n in ("projection", "source", "stream", "type", "error")),
    sa.Column("event_id", sa.Uuid),
    *(sa.Column(n, sa.BigInteger) for n in ("version", "xid", "number", "sequence", "attempts")),
    sa.Column("parked_at", sa.DateTime(timezone=True)),
)


class Projection[E](Protocol):
    """What a read model's module offers: its table, the row that an event concerns, the row after it."""

    @property
    def table(self) -> sa.Table: ...

    def key(self, event: E) -> Any:
        """Primary key of the row concerned (a tuple when composite); None when no row is."""
        ...

    def project(self, row: Row | None, event: E) -> Row | None:
        """The row after the event; None deletes it (or leaves it absent). Pure."""
        ...


class Overtaken(Exception):
    """Another projector advanced this checkpoint: read it again."""


class Halted(Exception):
    """An event cannot be taken, and this projection's policy is to stop there, not to go on without it."""


class Projector[E]:
    """Keeps one read model up to date from one source. Run it as one task; a second copy harms nothing."""

    def __init__(
        self,
        database: Database,
        projection: Projection[E],
        source: Source[E],
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
        self._model = ReadModel(projection.table, self.name)
        self._attempts = attempts
        self._page = page
        self._halts = halts
        self._at: tuple[Checkpoint, str] | None = None
        self._one_by_one = 0
        self._failures = 0

    async def run(self) -> None:
        """Project for ever. Waits while a server is away."""
        while True:
            try:
                if await self.step() == 0:
                    await self._source.wait()
            except Overtaken:
                continue
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("projection_waits", projection=self.name, error=type(error).__name__)
                await asyncio.sleep(0.5)

    async def step(self) -> int:
        """Take one page. Returns the number of events taken or parked."""
        if self._at is None:
            self._at = await _open_checkpoint(self._database, self.name)
        before, mark = self._at
        page = await self._source.page(before, 1 if self._one_by_one else self._page)
        if not page:
            return 0
        # Whatever goes wrong, where this projection stands is read again.
        self._at = None
        try:
            self._at = await self._take(before, mark, page)
        except Overtaken:
            raise
        except Exception as error:
            if is_unavailable(error):
                raise
            return await self._failed(before, page, error)
        self._one_by_one = max(0, self._one_by_one - len(page))
        self._failures = 0
        await self._source.taken(page[-1])
        taken(self.name, page)
        return len(page)

    async def _take(self, before: Checkpoint, mark: str, page: Sequence[Delivery]) -> tuple[Checkpoint, str]:
        events = await self._source.decode(page)
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

    async def _failed(self, before: Checkpoint, page: Sequence[Delivery], error: Exception) -> int:
        if len(page) > 1:
            self._one_by_one = len(page)
            return 0
        self._failures += 1
        log.warning(
            "projection_failed",
            projection=self.name,
            event_type=page[0].type,
            stream=page[0].stream,
            attempt=self._failures,
            error=_place(error),
        )
        if self._failures < self._attempts:
            await asyncio.sleep(0.05 * 2**self._failures)
            return 0
        if self._halts:
            raise Halted(f"{self.name} : {page[0].type} {page[0].id}") from error
        async with self._database.engine.connect() as connection:
            await move_checkpoint(connection, self.name, self._source.name, before, page[0].checkpoint)
            await park(connection, self.name, self._source.name, page[0], self._failures, error)
            await connection.commit()
        self._failures = 0
        self._one_by_one = max(0, self._one_by_one - 1)
        await self._source.taken(page[0])
        return 1


def fold_rows[E](
    projection: Projection[E], rows: Mapping[Any, Row], events: Sequence[E]
) -> dict[Any, Row | None]:
    """The rows concerned, after the events: None for those to delete."""
    after: dict[Any, Row | None] = dict(rows)
    for event in events:
        key = projection.key(event)
        if key is not None:
            after[key] = projection.project(after.get(key), event)
    return after


async def read_checkpoint(database: Database, name: str) -> Checkpoint:
    """Where the projection stands; the start when it never ran."""
    async with database.raw() as connection:
        found = await connection.fetchrow(_CHECKPOINT, name)
    return _checkpoint(found) if found is not None else Checkpoint()


async def advance(database: Database, name: str, source: str, before: Checkpoint, after: Checkpoint) -> None:
    """Move a checkpoint alone, in one statement. Raises Overtaken when it is no longer at `before`."""
    async with database.raw() as connection:
        moved = await connection.fetchval(
            """insert into checkpoints as c (projection, source, xid, number, sequence)
               select $1, $2, $3, $4, $5
               where ($6, $7, $8) = (0, 0, 0) or exists (select from checkpoints where projection = $1)
               on conflict (projection) do update set source = $2, xid = $3, number = $4, sequence = $5,
                 updated_at = clock_timestamp()
               where (c.xid, c.number, c.sequence) = ($6::bigint, $7::bigint, $8::bigint)
               returning true""",
            name,
            source,
            *after.position,
            after.sequence,
            *before.position,
            before.sequence,
        )
    if not moved:
        raise Overtaken(name)


async def _open_checkpoint(database: Database, name: str) -> tuple[Checkpoint, str]:
    """The checkpoint, made when there is none, and a mark that every write of its row changes."""
    async with database.raw() as connection:
        while (found := await connection.fetchrow(_CHECKPOINT, name)) is None:
            await connection.execute(
                "insert into checkpoints (projection, source) values ($1, '') on conflict do nothing", name
            )
    return _checkpoint(found), found["mark"]


def _checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(Position(row["xid"], row["number"]), row["sequence"])


def taken(name: str, page: Sequence[Delivery]) -> None:
    """Count a page that is taken, and how late its last event was."""
    metrics.projected.labels(name).inc(len(page))
    late = dt.datetime.now(dt.UTC) - page[-1].recorded_at
    metrics.projection_delay.labels(name).set(late.total_seconds())


async def park(
    connection: AsyncConnection, name: str, source: str, delivery: Delivery, attempts: int, error: Exception
) -> None:
    """Put an event aside. Keeps where the code failed, never the message: it could quote personal data."""
    await connection.execute(
        insert(parked)
        .values(
            projection=name,
            source=source,
            event_id=delivery.id,
            stream=delivery.stream,
            version=delivery.version,
            type=delivery.type,
            xid=delivery.checkpoint.position.xid,
            number=delivery.checkpoint.position.number,
            sequence=delivery.checkpoint.sequence,
            attempts=attempts,
            error=_place(error),
        )
        .on_conflict_do_nothing()
    )
    metrics.parked.labels(name).inc()
    log.error("event_parked", projection=name, event_id=str(delivery.id), event_type=delivery.type)


async def move_checkpoint(
    connection: AsyncConnection, name: str, source: str, before: Checkpoint, after: Checkpoint
) -> None:
    """Move a checkpoint in the caller's transaction. Raises Overtaken when it is no longer at `before`."""
    values = {
        "source": source,
        "xid": after.position.xid,
        "number": after.position.number,
        "sequence": after.sequence,
        "updated_at": sa.func.clock_timestamp(),
    }
    at_before = sa.and_(
        checkpoints.c.xid == sa.literal(before.position.xid),
        checkpoints.c.number == sa.literal(before.position.number),
        checkpoints.c.sequence == sa.literal(before.sequence),
    )
    if before != Checkpoint():
        moved = await connection.execute(
            sa.update(checkpoints).where(checkpoints.c.projection == name, at_before).values(values)
        )
    else:
        statement = insert(checkpoints).values(projection=name, **values)
        moved = await connection.execute(
            statement.on_conflict_do_update(index_elements=["projection"], set_=values, where=at_before)
        )
    if moved.rowcount != 1:
        raise Overtaken(name)


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1:] or [None]
    where = f" {last[0].filename.rsplit('/', 1)[-1]}:{last[0].lineno}" if last[0] else ""
    return f"{type(error).__name__}{where}"
