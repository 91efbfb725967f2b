"""Looking into a journal by hand, for ops and for counts: stored events as they are, never deciphered.

Unlike the feed's readers, these may read the whole journal: their statements have the time of a bulk reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.postgres.database import BULK_SECONDS, Database
from events.types import START, Position

_COLUMNS = """events.xid::text::bigint as xid, events.position, id, stream, version, type, schema_version,
  data::text, personal::text, metadata::text, recorded_at"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: None asks nothing. author : of the metadata."""

    stream: str | None = None
    type: str | None = None
    author: str | None = None


async def page(
    database: Database, wanted: Wanted, at: Position | None, limit: int, *, backwards: bool = False
) -> Sequence[Any]:
    """The next events below the watermark after `at`, or before it: the columns as stored, JSON as text."""
    values: list[Any] = [limit]
    conditions = ["events.xid < feed_watermark()"]
    if at is not None:
        values += [str(at.xid), at.number]
        conditions.append(f"(events.xid, events.position) {'<' if backwards else '>'} ($2::text::xid8, $3)")
    for column, value in (
        ("stream", wanted.stream),
        ("type", wanted.type),
        ("metadata->>'author'", wanted.author),
    ):
        if value is not None:
            values.append(value)
            conditions.append(f"{column} = ${len(values)}")
    way = "desc" if backwards else "asc"
    async with database.raw() as connection:
        # Only this file's own words enter the text.
        return await connection.fetch(
            f"select {_COLUMNS} from events where {' and '.join(conditions)}"  # noqa: S608
            f" order by events.xid {way}, events.position {way} limit $1",
            *values,
            timeout=BULK_SECONDS,
        )


async def by_id(database: Database, event_id: UUID) -> Sequence[Any]:
    """The event of this id, as `page` gives it; none when there is none."""
    async with database.raw() as connection:
        return await connection.fetch(f"select {_COLUMNS} from events where id = $1", event_id)  # noqa: S608


async def watermark(database: Database) -> Position:
    """Everything below it is committed, or gone."""
    async with database.raw() as connection:
        return Position(int(await connection.fetchval("select feed_watermark()::text::bigint") or 0), 0)


async def waiting(database: Database, after: Position) -> tuple[int, float]:
    """How many events follow a position, and the age of the oldest in seconds; 0 when none."""
    async with database.raw() as connection:
        found = await connection.fetchrow(
            """select count(*) as count, extract(epoch from clock_timestamp() - min(recorded_at)) as age
               from events where (xid, position) > ($1::text::xid8, $2)""",
            str(after.xid),
            after.number,
            timeout=BULK_SECONDS,
        )
    assert found is not None, "an aggregate gives one row"
    return int(found["count"]), float(found["age"] or 0)


async def count(database: Database, type_: str | None = None) -> int:
    """How many events, of one type or of all."""
    async with database.raw() as connection:
        found = await connection.fetchval(
            "select count(*) from events where $1::text is null or type = $1", type_, timeout=BULK_SECONDS
        )
    return int(found or 0)


async def end(database: Database, types: Sequence[str] | None = None) -> Position:
    """Position of the last event, of these types or of all; START when there is none."""
    async with database.raw() as connection:
        row = await connection.fetchrow(
            """select xid::text::bigint as xid, position from events
               where $1::text[] is null or type = any($1)
               order by events.xid desc, events.position desc limit 1""",
            None if types is None else list(types),
            timeout=BULK_SECONDS,
        )
    return Position(row["xid"], row["position"]) if row else START
