"""The SQL of a read model: load the rows of a page, write them and the checkpoint in one statement.

Keys and rows travel as one JSON text, read by the table's own types: the same statement for any number of
rows and any kind of key. Only the names of our own tables and columns enter the texts; every value is bound.
"""

from collections.abc import Collection, Mapping
from enum import Enum
from functools import cache
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from events.named import named
from events.projection.source import Checkpoint

type Row = dict[str, Any]

_preparer = postgresql.dialect().identifier_preparer


def row_of(table: sa.Table, *sources: object, **other: Any) -> Row:
    """A row of the table, made of the event's fields of the same names: its columns are the allow-list.

    sources : the event, then the parts of it that are flattened (`event, event.fiche`).   other : columns
    that bear another name in the event.   A code is taken by its value, a tuple as a list.
    Raises AttributeError for a column found nowhere, TypeError for an `other` that is no column.
    """
    return {name: _cell(value) for name, value in named(_columns(table), *sources, **other).items()}


def _cell(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case tuple():
            return [_cell(item) for item in cast(tuple[object, ...], value)]
        case dict():
            return {name: _cell(item) for name, item in cast(Row, value).items()}
        case _:
            return value


@cache
def _columns(table: sa.Table) -> list[str]:
    """The columns that are written. Exact `str`: SQLAlchemy's quoted names are refused as JSON keys."""
    return [str(column.name) for column in table.columns if column.computed is None]


class ReadModel:
    """One table, and the checkpoint of the projector that keeps it."""

    def __init__(self, table: sa.Table, checkpoint: str) -> None:
        """checkpoint : the projector's name in `checkpoints`."""
        self._checkpoint = checkpoint
        self._primary = [str(column.name) for column in table.primary_key]
        self._columns = _columns(table)
        self._json = [str(column.name) for column in table.columns if isinstance(column.type, sa.JSON)]
        self._load_sql, self._save_sql = _statements(table, self._primary, self._columns)

    async def load(self, connection: asyncpg.Connection, keys: Collection[Any]) -> dict[Any, Row]:
        """The present rows of these keys (a tuple when composite)."""
        if not keys:
            return {}
        found = await connection.fetch(self._load_sql, _dump([self._key_of(key) for key in keys]))
        rows = [dict(record) for record in found]
        for name in self._json:
            for row in rows:
                row[name] = orjson.loads(row[name]) if row[name] is not None else None
        if len(self._primary) == 1:
            [name] = self._primary
            return {row[name]: row for row in rows}
        return {tuple(row[name] for name in self._primary): row for row in rows}

    async def save(
        self,
        connection: asyncpg.Connection,
        before: Mapping[Any, Row],
        after: Mapping[Any, Row | None],
        move: tuple[str, Checkpoint, Checkpoint, str],
    ) -> str | None:
        """Write the rows after and the checkpoint, all or nothing. Returns the checkpoint's new mark.

        move : source, checkpoint before and after, mark of the row as it was read. None when somebody else
        moved the checkpoint: then nothing is written.
        """
        gone = [self._key_of(key) for key, row in after.items() if row is None and key in before]
        written = [
            {name: row.get(name) for name in self._columns}
            for key, row in after.items()
            if row is not None and row != before.get(key)
        ]
        source, old, new, mark = move
        return await connection.fetchval(
            self._save_sql,
            self._checkpoint,
            source,
            *new.position,
            new.sequence,
            *old.position,
            old.sequence,
            mark,
            _dump(gone),
            _dump(written),
        )

    def _key_of(self, key: Any) -> Row:
        if len(self._primary) == 1:
            return {self._primary[0]: key}
        return dict(zip(self._primary, key, strict=True))


def _statements(table: sa.Table, primary: list[str], columns: list[str]) -> tuple[str, str]:
    quote = _preparer.quote
    name = _preparer.format_table(table)
    fields = ", ".join(quote(column) for column in columns)
    all_fields = ", ".join(f"t.{quote(str(column.name))}" for column in table.columns)
    keys = " and ".join(f"t.{quote(k)} = k.{quote(k)}" for k in primary)
    updates = ", ".join(f"{quote(c)} = excluded.{quote(c)}" for c in columns if c not in primary)
    action = f"update set {updates}" if updates else "nothing"
    load = (
        f"select {all_fields} from jsonb_populate_recordset(null::{name}, $1::text::jsonb) k"  # noqa: S608
        f" join {name} t on {keys}"
    )
    # `moved` comes first because the others ask it: a lost race writes no row. One statement, one commit.
    save = f"""
      with moved as (
        update checkpoints
        set source = $2, xid = $3, number = $4, sequence = $5, updated_at = clock_timestamp()
        where projection = $1 and xid = $6 and number = $7 and sequence = $8 and xmin::text = $9
        returning xmin::text as mark
      ), gone as (
        delete from {name} t using jsonb_populate_recordset(null::{name}, $10::text::jsonb) k
        where {keys} and exists (select from moved)
      ), kept as (
        insert into {name} ({fields})
        select {fields} from jsonb_populate_recordset(null::{name}, $11::text::jsonb)
        where exists (select from moved)
        on conflict ({", ".join(quote(k) for k in primary)}) do {action}
      )
      select mark from moved"""  # noqa: S608
    return load, save


def _dump(rows: list[Row]) -> str:
    return orjson.dumps(rows, default=_plain).decode()


def _plain(value: object) -> object:
    """What orjson leaves to us: the driver's own UUIDs, and bytes."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(type(value).__name__)
