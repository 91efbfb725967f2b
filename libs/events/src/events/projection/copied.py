"""Rows that are a fact's own fields, made by the server for a rebuild, thousands at once (docs/moteur.md §5).

A table that lists aggregates shows of most of them what their first fact says, field by field. A projection
that names that fact (`copied = DossierOuvert`) has those rows written by short statements of the server, from
the journal itself, in a table that has no index yet. Everything else is folded by `project`, as ever: later
facts, facts of an older form, sealed texts that the table shows. Nothing of a stream precedes its first fact,
so each row still takes its facts in their order.
"""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import asyncpg
import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from events.postgres.database import BULK_SECONDS, Database, discard
from events.projection.digest import feed_end
from events.projection.source import Checkpoint, Delivery, FeedSource, delivered
from events.store.store import Store
from events.store.stored import COLUMNS, RawEvent
from events.types import START, Position

SLICE = 20_000
"""Facts of one statement: while it writes, the feeds of the whole cluster wait."""
_WRITERS = 2
_BUILD = "set transaction_timeout = 0; set maintenance_work_mem = '256MB'"
_preparer = postgresql.dialect().identifier_preparer

_WITHIN = "(e.xid, e.position) > ($1, $2) and (e.xid, e.position) <= ($3, $4)"
_COPIED = """(e.version = 1 and e.type = $5 and e.schema_version = $6 and (e.personal is null or not exists (
  select from jsonb_array_elements(e.personal) sealed where sealed -> 'f' ?| $7::text[])))"""
_OTHERS = f"""
select {COLUMNS} from events e where {_WITHIN} and not {_COPIED} order by e.xid, e.position limit $8
"""  # noqa: S608 - constants
_SLICE_END = """
select xid, position from events where (xid, position) > ($1, $2) order by xid, position offset $3 limit 1
"""
_INDEXES = """
select i.indisunique as is_unique, c.contype::text as contype,
       substring(pg_get_indexdef(i.indexrelid) from ' USING .*') as definition
from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u')
where i.indrelid = to_regclass($1) order by i.indexrelid
"""


class Copied:
    """Of one projection, in one journal, up to the end that it has when the copy begins."""

    def __init__(self, store: Store[Any], fact: type[Any], table: sa.Table) -> None:
        """fact : the first of its stream, as the code knows it now.   table : empty, without indexes."""
        form, personal = store.codec.form(fact.__name__)
        columns = [str(column.name) for column in table.columns if column.computed is None]
        self._database = store.database
        self._which = (fact.__name__, form, [name for name in columns if name in personal])
        self._defaults = msgspec.json.encode(_defaults(fact, columns)).decode()
        self._sql = _copy_sql(table, columns)
        self.end = Checkpoint()
        """How far the copy goes; the start as long as there is none."""

    async def make(self, progress: Callable[[int], None]) -> int:
        """Write the rows. Returns how many.   progress : told so after each statement.

        Raises asyncpg.DataError or IntegrityConstraintViolationError when a fact has no such row.
        """
        async with self._database.raw() as connection:
            self.end = Checkpoint(await feed_end(connection))
        after, count = START, 0
        turn = asyncio.Lock()

        async def write() -> None:
            nonlocal after, count
            async with self._database.raw() as connection:
                while True:
                    async with turn:
                        begin = after
                        if begin >= self.end.position:
                            return
                        after = await self._slice_end(connection, begin)
                        upto = after
                    said = await connection.execute(
                        self._sql, *begin, *upto, *self._which, self._defaults, timeout=BULK_SECONDS
                    )
                    count += int(said.split()[-1])
                    progress(count)

        writers = [asyncio.create_task(write()) for _ in range(_WRITERS)]
        try:
            await asyncio.gather(*writers)
        finally:
            # Nobody writes any more when this is over, whatever ended it.
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)
        return count

    async def _slice_end(self, connection: asyncpg.Connection, after: Position) -> Position:
        found = await connection.fetchrow(_SLICE_END, *after, SLICE - 1, timeout=BULK_SECONDS)
        end = self.end.position
        return end if found is None else min(end, Position(found["xid"], found["position"]))

    async def others(self, after: Checkpoint, limit: int) -> list[RawEvent]:
        """The next facts of the journal that were not copied, up to the same end."""
        async with self._database.raw() as connection:
            return await connection.fetch(
                _OTHERS,
                *after.position,
                *self.end.position,
                *self._which,
                limit,
                record_class=RawEvent,
                timeout=BULK_SECONDS,
            )


class Others(FeedSource[Any]):
    """What is left to fold after a copy. The versions of a stream are checked by the live table's reader."""

    def __init__(self, store: Store[Any], service: str, copied: Copied) -> None:
        super().__init__(store, service)
        self._copied = copied

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        return [delivered(raw) for raw in await self._copied.others(after, limit)]


async def index(database: Database, live: sa.Table, filled: sa.Table) -> None:
    """Give a table the indexes of another. One by one, CONCURRENTLY: in a write transaction as long as that,
    they would hold back every feed of the cluster."""
    of, on = _preparer.format_table(live), _preparer.format_table(filled)
    async with database.raw() as connection:
        try:
            await connection.execute(_BUILD)
            for n, found in enumerate(await connection.fetch(_INDEXES, of)):
                name = _preparer.quote(f"{filled.name}_{n}")
                unique = "unique " if found["is_unique"] else ""
                await connection.execute(
                    f"create {unique}index concurrently {name} on {on} {found['definition']}",
                    timeout=BULK_SECONDS,
                )
                kind = {"p": "primary key", "u": "unique"}.get(found["contype"])
                if kind is not None:
                    await connection.execute(f"alter table {on} add {kind} using index {name}")
        finally:
            # Its settings go with it.
            discard(connection)


def _copy_sql(table: sa.Table, columns: list[str]) -> str:
    name = _preparer.format_table(table)
    fields = [_preparer.quote(column) for column in columns]
    return f"""
      insert into {name} ({", ".join(fields)})
      select {", ".join(f"(r).{field}" for field in fields)}
      from (select jsonb_populate_record(defaults, e.data) as r
            from events e,
              (select jsonb_populate_record(null::{name}, $8::text::jsonb) as defaults offset 0) d
            where {_WITHIN} and {_COPIED} offset 0) made"""  # noqa: S608 - names of our own table and columns


def _defaults(fact: type[Any], columns: list[str]) -> dict[str, Any]:
    """What an older fact of the same form does not say: the reader of facts fills it in as here."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(fact):
        if field.name in columns and field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.name in columns and field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found
