"""Read models on PostgreSQL: fold a page in memory, then one upsert and the checkpoint in one transaction.

A redelivered event changes nothing, a crash loses nothing. An event that cannot be taken is tried again a
bounded number of times, then parked; it never stops the others.
"""

import asyncio
import datetime as dt
import functools
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from events import metrics
from events.database import Database, is_unavailable
from events.source import Checkpoint, Delivery, Source
from events.types import START, Position

log = structlog.get_logger()

type Row = dict[str, Any]

PAGE = 500
table_preparer = postgresql.dialect().identifier_preparer
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
_row_mark = sa.literal_column("checkpoints.xmin::text", sa.Text)
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


class Projector[E]:
    """Keeps one read model up to date from one source. Run it as one task; a second copy harms nothing."""

    def __init__(
        self,
        database: Database,
        projection: Projection[E],
        source: Source[E],
        *,
        attempts: int = ATTEMPTS,
        page: int = PAGE,
    ) -> None:
        self.name = projection.table.name
        self._database = database
        self._projection = projection
        self._source = source
        self._attempts = attempts
        self._page = page
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
        before, mark = await _read_marked(self._database, self.name)
        page = await self._source.page(before, 1 if self._one_by_one else self._page)
        if not page:
            return 0
        try:
            await self._take(before, mark, page)
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

    async def _take(self, before: Checkpoint, mark: str | None, page: Sequence[Delivery]) -> None:
        events = await self._source.decode(page)
        async with self._database.engine.connect() as connection:
            # Reads and the fold happen before the transaction: an open write transaction, even short, holds
            # back every feed of the cluster. The checkpoint's compare-and-set fences the result; its mark
            # also tells of a rebuild that swapped the table under these rows without moving the checkpoint.
            rows = await _load(connection, self._projection, events)
            await connection.rollback()
            after = fold_rows(self._projection, rows, events)
            after_page = page[-1].checkpoint
            await move_checkpoint(connection, self.name, self._source.name, before, after_page, mark)
            await _save(connection, self._projection.table, rows, after)
            await connection.commit()

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
    return (await _read_marked(database, name))[0]


async def _read_marked(database: Database, name: str) -> tuple[Checkpoint, str | None]:
    """The checkpoint, and a mark that every write of its row changes, even to the same values."""
    async with database.engine.connect() as connection:
        found = (
            await connection.execute(
                sa.select(
                    checkpoints.c.xid, checkpoints.c.number, checkpoints.c.sequence, _row_mark.label("mark")
                ).where(checkpoints.c.projection == name)
            )
        ).first()
    if found is None:
        return Checkpoint(), None
    return Checkpoint(Position(found.xid, found.number), found.sequence), found.mark


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
    connection: AsyncConnection,
    name: str,
    source: str,
    before: Checkpoint,
    after: Checkpoint,
    mark: str | None = None,
) -> None:
    """Move a checkpoint in the caller's transaction. Raises Overtaken when it is no longer at `before`.

    mark : what `_read_marked` gave; then nobody may have written the row since, even to the same values.
    """
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
    if mark is not None:
        at_before = sa.and_(at_before, _row_mark == sa.literal(mark))
    statement = insert(checkpoints).values(projection=name, **values)
    if mark is not None or before != Checkpoint(START, 0):
        moved = await connection.execute(
            sa.update(checkpoints).where(checkpoints.c.projection == name, at_before).values(values)
        )
    else:
        moved = await connection.execute(
            statement.on_conflict_do_update(index_elements=["projection"], set_=values, where=at_before)
        )
    if moved.rowcount != 1:
        raise Overtaken(name)


async def _load[E](
    connection: AsyncConnection, projection: Projection[E], events: Sequence[E]
) -> dict[Any, Row]:
    keys = {key for event in events if (key := projection.key(event)) is not None}
    if not keys:
        return {}
    primary = list(projection.table.primary_key)
    found = await connection.execute(sa.select(projection.table).where(_among(primary, list(keys))))
    names = [column.name for column in primary]
    rows: dict[Any, Row] = {}
    for mapping in found.mappings():
        row = dict(mapping)
        rows[row[names[0]] if len(names) == 1 else tuple(row[n] for n in names)] = row
    return rows


async def _save(
    connection: AsyncConnection, table: sa.Table, before: Mapping[Any, Row], after: Mapping[Any, Row | None]
) -> None:
    gone = [key for key, row in after.items() if row is None and key in before]
    if gone:
        await connection.execute(sa.delete(table).where(_among(list(table.primary_key), gone)))
    # Exact `str`: SQLAlchemy's quoted names are refused as JSON keys.
    columns = [str(column.name) for column in table.columns if column.computed is None]
    written = [
        {name: row.get(name) for name in columns}
        for key, row in after.items()
        if row is not None and row != before.get(key)
    ]
    if written:
        await connection.execute(
            _upsert(table, tuple(columns)), {"rows": orjson.dumps(written, default=_plain).decode()}
        )


def _plain(value: object) -> str:
    """What orjson leaves to us: the driver's own UUIDs."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


def _among(primary: Sequence[sa.Column[Any]], keys: Sequence[Any]) -> sa.ColumnElement[bool]:
    if len(primary) > 1:
        return sa.tuple_(*primary).in_(keys)
    # One array parameter: the statement stays the same whatever the number of keys.
    return primary[0] == sa.any_(sa.literal(keys, sa.ARRAY(primary[0].type)))


@functools.cache
def _upsert(table: sa.Table, columns: tuple[str, ...]) -> sa.TextClause:
    """One statement and one parameter for any number of rows, read by the table's own types."""
    quote = table_preparer.quote
    names = [quote(name) for name in columns]
    primary = [quote(column.name) for column in table.primary_key]
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in primary)
    name = table_preparer.format_table(table)
    fields = ", ".join(names)
    action = f"update set {updates}" if updates else "nothing"
    # Only the names of our own tables and columns enter the text.
    return sa.text(
        f"insert into {name} ({fields})"  # noqa: S608
        f" select {fields} from jsonb_populate_recordset(null::{name}, cast(:rows as jsonb))"
        f" on conflict ({', '.join(primary)}) do {action}"
    )


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1:] or [None]
    where = f" {last[0].filename.rsplit('/', 1)[-1]}:{last[0].lineno}" if last[0] else ""
    return f"{type(error).__name__}{where}"
