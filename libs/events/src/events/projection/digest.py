"""A projection computed by the server over millions of events at once, for its rebuild (docs/moteur.md §5).

The server reads only the fields needed, on every core it has, and one short transaction writes the result.
For read models that sum up facts (one row per médiateur, per month…): the others are rebuilt page by page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from events.postgres.database import BULK_SECONDS, Database
from events.projection.readmodel import Row
from events.types import START, Position

SLICE = 6_000_000
"""Events in one statement: bounded, because the server ends what lasts a minute."""

journal = sa.Table(
    "events",
    sa.MetaData(),
    sa.Column("xid", sa.BigInteger),
    sa.Column("position", sa.BigInteger),
    sa.Column("stream", sa.Text),
    sa.Column("version", sa.Integer),
    sa.Column("type", sa.Text),
    sa.Column("schema_version", sa.SmallInteger),
    sa.Column("data", postgresql.JSONB),
    sa.Column("recorded_at", sa.DateTime(timezone=True)),
)
"""The stored events, as a digest reads them: clear fields only, in each row's own schema version."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What the server computes in the place of `project`, event by event: the two must agree.

    select : over `journal`, grouped by the primary key; its columns are the table's, of the same names.
    merge : the row of two successive slices of the journal, from the row of each.
    """

    select: sa.Select[*tuple[Any, ...]]
    merge: Callable[[Row, Row], Row]


async def compute(
    database: Database, digest: Digest, table: sa.Table, progress: Callable[[int], None]
) -> tuple[Position, int]:
    """Fill the empty `table` from the journal. Returns how far, below the watermark, and how many events
    the select took.   progress : told this number after each slice.
    """
    rows: dict[tuple[Any, ...], Row] = {}
    primary = [str(column.name) for column in table.primary_key]
    select = digest.select.where(_BOUNDS).add_columns(sa.func.count().label("_events"))
    statement = str(select.compile(dialect=dialect.dialect(), compile_kwargs={"literal_binds": True}))
    async with database.raw() as connection:
        end = await feed_end(connection)
        after, count = START, 0
        while after.xid < end.xid:
            upto = await _slice_end(connection, after, end)
            for record in await connection.fetch(statement, after.xid, upto.xid, timeout=BULK_SECONDS):
                row = dict(record)
                count += row.pop("_events")
                key = tuple(row[name] for name in primary)
                rows[key] = digest.merge(rows[key], row) if key in rows else row
            after = upto
            progress(count)
        names = [str(column.name) for column in table.columns]
        await connection.copy_records_to_table(
            table.name,
            records=[tuple(row[name] for name in names) for row in rows.values()],
            columns=names,
            schema_name=table.schema,
            timeout=BULK_SECONDS,
        )
    return end, count


# Whole transactions: compared on millions of rows, a pair would cost as much as a field.
# Text, because the numbered parameters of the driver are bound as they are.
_BOUNDS = sa.text("events.xid > $1 and events.xid <= $2")


async def feed_end(connection: asyncpg.Connection) -> Position:
    """The last event below the watermark."""
    found = await connection.fetchrow(
        """select xid, position from events where xid < feed_watermark()
           order by xid desc, position desc limit 1"""
    )
    return Position(found["xid"], found["position"]) if found is not None else START


async def _slice_end(connection: asyncpg.Connection, after: Position, end: Position) -> Position:
    """An event of the transaction that closes the slice which begins after another's."""
    # Numbers have holes, never repeats: so many numbers hold at most so many events.
    if end.number - after.number <= SLICE:
        return end
    found = await connection.fetchrow(
        """select xid, position from events where xid > $1
           order by xid, position offset $2 limit 1""",
        after.xid,
        SLICE,
        timeout=BULK_SECONDS,
    )
    return min(end, Position(found["xid"], found["position"])) if found is not None else end
