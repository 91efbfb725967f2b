"""How far each reader is: one row per projection, reaction or relay, moved by compare-and-set only."""

from typing import Any

import asyncpg
import sqlalchemy as sa

from events.postgres.database import Database
from events.projection.source import Checkpoint
from events.types import Position

checkpoints = sa.Table(
    "checkpoints",
    sa.MetaData(),
    sa.Column("projection", sa.Text, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("xid", sa.BigInteger),
    sa.Column("number", sa.BigInteger),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("updated_at", sa.DateTime(timezone=True)),
)
_READ = "select xid, number, sequence, xmin::text as mark from checkpoints where projection = $1"
_REACHED = "select xid, number from checkpoints where projection = $1 and source = $2"
_OTHER_SHARES = """
select exists (select from checkpoints
  where split_part(projection, '#', 1) = $1 and split_part(projection, '/', 2) <> $2)
"""
_ADVANCE = """
insert into checkpoints as c (projection, source, xid, number, sequence)
select $1, $2, $3, $4, $5
where ($6, $7, $8) = (0, 0, 0) or exists (select from checkpoints where projection = $1)
on conflict (projection) do update set source = $2, xid = $3, number = $4, sequence = $5,
  updated_at = clock_timestamp()
where (c.xid, c.number, c.sequence) = ($6::bigint, $7::bigint, $8::bigint)
returning true
"""


class Overtaken(Exception):
    """Somebody else moved this checkpoint: read it again."""


class SharesChanged(Exception):
    """The table was kept by another number of shares (bus.Share): these would read again what is in it.

    To change the number: stop the readers, empty the table, delete its checkpoints; it is read whole again.
    """


async def read_checkpoint(database: Database, name: str) -> Checkpoint:
    """Where the reader stands; the start when it never ran."""
    async with database.raw() as connection:
        return await checkpoint_in(connection, name)


async def checkpoint_in(connection: asyncpg.Connection, name: str) -> Checkpoint:
    """The same, as the caller's transaction sees it."""
    found = await connection.fetchrow(_READ, name)
    return _checkpoint(found) if found is not None else Checkpoint()


async def reached(database: Database, name: str, source: str) -> Position | None:
    """How far the reader has read that source (a service's name); None when it never did."""
    async with database.raw() as connection:
        found = await connection.fetchrow(_REACHED, name, source)
    return None if found is None else Position(found["xid"], found["number"])


async def open_checkpoint(database: Database, name: str) -> tuple[Checkpoint, str]:
    """The checkpoint, made when there is none, and a mark that every write of its row changes.

    Raises SharesChanged."""
    async with database.raw() as connection:
        table, _, share = name.partition("#")
        if await connection.fetchval(_OTHER_SHARES, table, share.partition("/")[2]):
            raise SharesChanged(table)
        while (found := await connection.fetchrow(_READ, name)) is None:
            await connection.execute(
                "insert into checkpoints (projection, source) values ($1, '') on conflict do nothing", name
            )
    return _checkpoint(found), found["mark"]


async def advance(
    connection: asyncpg.Connection, name: str, source: str, before: Checkpoint, after: Checkpoint
) -> None:
    """Move a checkpoint, in the caller's transaction if any. Raises Overtaken when it is not at `before`."""
    moved = await connection.fetchval(
        _ADVANCE, name, source, *after.position, after.sequence, *before.position, before.sequence
    )
    if not moved:
        raise Overtaken(name)


async def silence(database: Database, name: str) -> tuple[Position, float] | None:
    """Where a reader stands, and for how many seconds; None when it never ran."""
    async with database.raw() as connection:
        row = await connection.fetchrow(
            """select xid, number, extract(epoch from clock_timestamp() - updated_at)::float as silent
               from checkpoints where projection = $1""",
            name,
        )
    return (Position(row["xid"], row["number"]), row["silent"]) if row is not None else None


async def hold_checkpoint(connection: asyncpg.Connection, name: str) -> Checkpoint | None:
    """Read and keep it until the end of the caller's transaction; None when the reader never ran."""
    found = await connection.fetchrow(f"{_READ} for update", name)
    return _checkpoint(found) if found is not None else None


async def put_back(connection: asyncpg.Connection, name: str, to: Checkpoint) -> None:
    """Move a checkpoint that `hold_checkpoint` keeps, backwards too."""
    await connection.execute(
        """update checkpoints set xid = $2, number = $3, sequence = $4, updated_at = clock_timestamp()
           where projection = $1""",
        name,
        *to.position,
        to.sequence,
    )


async def forget_reader(connection: asyncpg.Connection, name: str) -> None:
    """The reader is no more: its checkpoint goes, and what it had put aside."""
    await connection.execute("delete from checkpoints where projection = $1", name)
    await connection.execute("delete from parked where projection = $1", name)


def _checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(Position(row["xid"], row["number"]), row["sequence"])
