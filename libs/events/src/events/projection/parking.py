"""Events put aside: what a reader could not take waits here for somebody (`coop rebut`)."""

import traceback
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import sqlalchemy as sa
import structlog

from events import metrics
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
    last = traceback.extract_tb(error.__traceback__)[-1:] or [None]
    where = f" {last[0].filename.rsplit('/', 1)[-1]}:{last[0].lineno}" if last[0] else ""
    return f"{type(error).__name__}{where}"
