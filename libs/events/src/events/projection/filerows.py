"""What a service's database knows of the files made from its journal: a line of `checkpoints` for each.

A process tells there how far its file is. A file without a line, or further than the journal, is not of this
journal (any more): it is made again. So removing the line is how one asks for that, from any machine.
"""

import socket
from dataclasses import dataclass
from pathlib import Path

from events.postgres.database import Database
from events.types import Position

LIVE_SECONDS = 15.0
"""A line that did not move for so long: its process is gone, or stuck."""

_REBUILD = "__rebuild"
_FORGET_AFTER = "7 days"
_KNOWN = """
select exists (select from checkpoints where projection = $1)
  and ($3 = 0 or exists (select from events where xid = $2::bigint::text::xid8 and position = $3))
"""
_REPORT = """
update checkpoints set source = $2, xid = $3, number = $4, updated_at = clock_timestamp()
where projection = $1
"""
_ENTER = """
insert into checkpoints (projection, source, xid, number, sequence) values ($1, $2, $3, $4, 0)
on conflict (projection) do update set source = $2, xid = $3, number = $4, updated_at = clock_timestamp()
"""
_LINES = f"""
select split_part(projection, '{_REBUILD}', 1) as line, projection like '%\\_\\_rebuild' as rebuild,
  xid, number, extract(epoch from clock_timestamp() - updated_at)::float as silent
from checkpoints where starts_with(projection, $1) order by projection
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class FileRow:
    """line : its name in `checkpoints`.   rebuilding : a new file is being made, as far as `position`.

    silent : seconds since its process last spoke.
    """

    line: str
    position: Position
    silent: float
    rebuilding: bool

    @property
    def live(self) -> bool:
        return self.silent < LIVE_SECONDS

    @property
    def place(self) -> str:
        """`machine:path`."""
        return self.line.partition("@")[2]

    @property
    def path(self) -> Path | None:
        """The file, when it is on this machine."""
        machine, _, path = self.place.partition(":")
        return Path(path) if machine == socket.gethostname() else None


def line_of(model: str, path: Path) -> str:
    """The name of a file's line. path : absolute."""
    return f"{model}@{socket.gethostname()}:{path}"


async def known(database: Database, line: str, at: Position) -> bool:
    """False when the file that is at `at` must be made again."""
    async with database.raw() as connection:
        return bool(await connection.fetchval(_KNOWN, line, at.xid, at.number))


async def read_here(database: Database, at: Position) -> bool:
    """True when a file that is at `at` has read this very journal so far."""
    async with database.raw() as connection:
        return bool(
            await connection.fetchval(
                "select exists (select from events where xid = $1::bigint::text::xid8 and position = $2)", *at
            )
        )


async def report(database: Database, line: str, service: str, at: Position) -> None:
    """Tell how far the file is. A line that was removed stays so."""
    async with database.raw() as connection:
        await connection.execute(_REPORT, line, service, *at)


async def enter(database: Database, line: str, service: str, at: Position) -> None:
    """The file is made: its line is there, those that nobody has moved for a week are not."""
    async with database.raw() as connection:
        await connection.execute(
            f"""delete from checkpoints where starts_with(projection, $1)
                and updated_at < clock_timestamp() - interval '{_FORGET_AFTER}'""",  # noqa: S608 - a constant
            line.partition("@")[0] + "@",
        )
        await connection.execute(_ENTER, line, service, *at)


async def enter_rebuild(database: Database, line: str, service: str, at: Position) -> None:
    """A new file is being made, and is at `at`."""
    async with database.raw() as connection:
        await connection.execute(_ENTER, line + _REBUILD, service, *at)


async def end_rebuild(database: Database, line: str) -> None:
    async with database.raw() as connection:
        await connection.execute("delete from checkpoints where projection = $1", line + _REBUILD)


async def ask_rebuild(database: Database, line: str) -> None:
    """Have the file made again: at once by the process that holds it, else when one opens it."""
    async with database.raw() as connection:
        await connection.execute("delete from checkpoints where projection = $1", line)


async def lines(database: Database, model: str) -> list[FileRow]:
    """The files of a model. One that is being made is there twice when it also has a line."""
    async with database.raw() as connection:
        found = await connection.fetch(_LINES, model + "@")
    return [
        FileRow(row["line"], Position(row["xid"], row["number"]), row["silent"], row["rebuild"])
        for row in found
    ]
