"""The read models' metadata. Alembic's migrations create what is declared here; a test compares them."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

type Rows = sa.Select[*tuple[Any, ...]]
"""A select, whatever its columns: its docstring names them."""


def instant(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[dt.datetime]:
    """An instant, aware, UTC."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, primary_key=primary_key)
