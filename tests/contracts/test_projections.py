"""Every read model takes every fact that it reads: each of its columns is filled, by name or by hand."""

from importlib import import_module
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from contracts.publish import catalogue
from events.codec import union_members
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

PROJECTIONS = [
    (f"{service}.{projection.table.name}", projection)
    for service in catalogue.SERVICES
    for description in [import_module(f"{service}.app").DESCRIPTION]
    for projection in (*description.own, *(fed.projection for fed in description.fed))
]


def examples(cls: Any) -> st.SearchStrategy[Any]:
    """Any value of this type. Of a contract every field is drawn: its defaults are pydantic's affair."""
    if isinstance(cls, type) and issubclass(cls, BaseModel):
        fields = cls.model_fields.items()
        return st.builds(cls, **{name: examples(field.annotation) for name, field in fields})
    return st.from_type(cls)


@pytest.mark.parametrize("projection", [p for _, p in PROJECTIONS], ids=[name for name, _ in PROJECTIONS])
def test_une_table_prend_tous_les_faits_qu_elle_lit(projection: Any) -> None:
    """A column that no event field fills, or a field misspelled, is found here and not by a parked fact."""

    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.data())
    def fold(data: st.DataObject) -> None:
        facts = [data.draw(examples(cls)) for cls in union_members(projection.reads)]
        created = [row for fact in facts if (row := _alone(projection, fact)) is not None]
        opened.extend(created)
        for row, fact in product(created, facts):
            after = projection.project(row, fact)
            if after is not None:
                assert_whole(projection.table, after)

    # One example is enough: some facts only open a row for some of their values.
    opened: list[Any] = []
    fold()
    assert opened


def _alone(projection: Any, fact: Any) -> Any:
    """The row of a fact, when it may be the first of its row: it fills all that must be."""
    row = projection.project(None, fact)
    if row is None or any(row.get(c.name) is None for c in projection.table.columns if not c.nullable):
        return None
    return row


def assert_whole(table: sa.Table, row: dict[str, Any]) -> None:
    assert row.keys() == set(table.c.keys())
    for column in table.columns:
        value = row[column.name]
        assert value is not None or column.nullable, column.name
        assert value is None or isinstance(value, column.type.python_type), column.name
