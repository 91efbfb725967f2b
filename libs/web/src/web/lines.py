"""What a list shows of a row: the columns of its table, each with the type that the event gives it."""

from collections.abc import Collection
from types import UnionType
from typing import Annotated, Any, TypeAliasType, Union, get_args, get_origin, get_type_hints

import sqlalchemy as sa
from pydantic import BaseModel, create_model


def line_of[M: BaseModel](
    base: type[M], table: sa.Table, event: type[Any], *, hidden: Collection[str] = ()
) -> type[M]:
    """A model to inherit from: `base`, then the columns that the event has too.

    event : gives the columns, by their names, their types.   hidden : columns that are not shown.
    The heir declares those that are no field of the event.
    """
    hints = get_type_hints(event, include_extras=True)
    shown = [name for name in map(str, table.columns.keys()) if name in hints and name not in hidden]
    fields: dict[str, Any] = {name: _plain(hints[name]) for name in shown}
    return create_model(f"{event.__name__}Line", __base__=base, **fields)


def _plain(hint: Any) -> Any:
    """Without aliases and marks: they would be names of their own in the OpenAPI document."""
    if isinstance(hint, TypeAliasType):
        return _plain(hint.__value__)
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(_plain(part) for part in get_args(hint))]  # noqa: UP007 - made of a list
    return hint
