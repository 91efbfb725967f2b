"""Events put aside: what a reader could not take waits here for somebody (`coop rebut`)."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import sqlalchemy as sa
import structlog

from events import metrics
from events.patience import failed_at
from events.postgres.database import Database
from events.projection.source import Delivery, Rejected
from events.types import Position

log = structlog.get_logger()

ATTEMPTS = 5
"""At an event that fails, before it is parked."""

parked = sa.Table(
    "parked",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    *(sa.Column(n, sa.Text) for n in ("projection", "source", "stream", "type", "error")),
    sa.Column("event_id", sa.Uuid),
    *(sa.Column(n, sa.BigInteger) for n in ("version", "xid", "number", "sequence", "attempts")),
    sa.Column("parked_at", sa.DateTime(timezone=True)),
)

parked_dropped = sa.Table(
    "parked_dropped",
    parked.metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("projection", sa.Text),
    sa.Column("event_id", sa.Uuid),
)


async def dropped_rows(database: Database, reader: str) -> list[asyncpg.Record]:
    """What was given up on for this reader, by number: event_id, type, stream, reason."""
    async with database.raw() as connection:
        return await connection.fetch(
            """select id, event_id, type, stream, reason from parked_dropped
               where split_part(projection, '#', 1) = $1 order by id""",
            reader,
        )


async def park(
    connection: asyncpg.Connection,
    name: str,
    source: str,
    delivery: Delivery,
    attempts: int,
    error: Exception,
) -> None:
    """Put an event aside. Keeps where the code failed, never the message: it could quote personal data."""
    await connection.execute(
        """insert into parked (projection, source, event_id, stream, version, type, xid, number, sequence,
                               attempts, error)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing""",
        name,
        source,
        delivery.id,
        delivery.stream,
        delivery.version,
        delivery.type,
        *delivery.checkpoint.position,
        delivery.checkpoint.sequence,
        attempts,
        place(error),
    )
    metrics.parked.labels(name).inc()
    log.error("event_parked", projection=name, event_id=str(delivery.id), event_type=delivery.type)


async def parked_rows(
    database: Database, number: int | None = None, readers: Sequence[str] | None = None
) -> list[asyncpg.Record]:
    """What is aside, by number: all, one, or that of these readers. Columns of the table."""
    async with database.raw() as connection:
        return await connection.fetch(
            """select * from parked where ($1::bigint is null or id = $1)
               and ($2::text[] is null or projection = any($2)) order by id""",
            number,
            None if readers is None else list(readers),
        )


async def unpark(database: Database, numbers: Sequence[int]) -> None:
    """Taken again, or no longer to be taken: they leave the place where they waited."""
    async with database.raw() as connection:
        await connection.execute("delete from parked where id = any($1)", list(numbers))


async def give_up(database: Database, number: int, by: str, reason: str) -> None:
    """Leave an event aside for good: dropped and recorded, with who and why, or neither."""
    async with database.raw() as connection:
        # Columns of `parked` in the order of its copy.
        await connection.execute(
            """with gone as (delete from parked where id = $1 returning *)
               insert into parked_dropped select gone.*, clock_timestamp(), $2, $3 from gone""",
            number,
            by,
            reason,
        )


async def forget_parked(
    connection: asyncpg.Connection, name: str, upto: Position, refused: Sequence[UUID]
) -> None:
    """After a read model was made again up to a position: only what it refused this time stays aside."""
    await connection.execute(
        """delete from parked where projection = $1 and (xid, number) <= ($2::bigint, $3::bigint)
           and event_id <> all($4::uuid[])""",
        name,
        *upto,
        refused,
    )


def place(error: BaseException) -> str:
    """The class of an error and the line it comes from: what may be kept of it. A rejection says why."""
    if isinstance(error, Rejected):
        return f"{type(error).__name__} : {error}"
    return failed_at(error)
