"""A projection fed beside the live one, by the same code: to take its place, or to be compared with it."""

from typing import Any

import sqlalchemy as sa

from events.projection.projection import Projection
from events.projection.readmodel import Row


class Shadow:
    """The same projection, on another table."""

    def __init__(self, projection: Projection[Any], suffix: str) -> None:
        """suffix : after the name of the live table; both tables have the same columns."""
        self.table = projection.table.to_metadata(sa.MetaData(), name=projection.table.name + suffix)
        self.reads = projection.reads
        self._projection = projection

    def key(self, event: Any) -> Any:
        return self._projection.key(event)

    def project(self, row: Row | None, event: Any) -> Row | None:
        return self._projection.project(row, event)
