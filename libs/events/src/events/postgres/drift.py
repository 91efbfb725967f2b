"""What a service's tables say against what its migrations made of a database, and the migration between."""

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import api, produce_migrations, render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from events.postgres.schema import SCHEMA_SQL

_ENGINE = frozenset(re.findall(r"create table (\w+) ", " ".join(SCHEMA_SQL)))
"""The journal's tables: their migrations are the engine's (schema.py)."""


class NoValue(Exception):
    """A column that must be filled is added to rows that have nothing to put there."""


def differences(connection: sa.Connection, metadata: sa.MetaData) -> list[Any]:
    """What the database has not as the tables say: empty when the migrations are complete."""
    return api.compare_metadata(_context(connection), metadata)


def migration(connection: sa.Connection, metadata: sa.MetaData, number: int, title: str) -> str | None:
    """The text of the migration that brings the database to the tables; None when it is there already.

    number : of the new revision, after `number - 1`.   Raises NoValue.
    """
    context = _context(connection)
    steps = produce_migrations(context, metadata).upgrade_ops
    if steps is None or steps.is_empty():
        return None
    for table, column in _added(steps):
        if not column.nullable and column.server_default is None:
            raise NoValue(f"{table}.{column.name}")
    body = render_python_code(steps, migration_context=context)
    head = "import sqlalchemy as sa\nfrom alembic import op"
    if "postgresql." in body:
        head += "\nfrom sqlalchemy.dialects import postgresql"
    return (
        f'"""{title}."""\n\n{head}\n\nrevision = "{number:04}"\ndown_revision = "{number - 1:04}"\n\n\n'
        f"def upgrade() -> None:\n    {body}\n"
    )


def _added(steps: ops.OpContainer) -> Iterator[tuple[str, sa.Column[Any]]]:
    for step in steps.ops:
        if isinstance(step, ops.OpContainer):
            yield from _added(step)
        elif isinstance(step, ops.AddColumnOp):
            yield step.table_name, step.column


def _context(connection: sa.Connection) -> MigrationContext:
    def ours(name: str | None, kind: str, _: Any) -> bool:
        return kind != "table" or name not in _ENGINE

    return MigrationContext.configure(connection, opts={"include_name": ours})
