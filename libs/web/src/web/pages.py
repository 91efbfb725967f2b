"""Pages of a list: bounded, in a total order, by a cursor that holds for its asker and its filters only.

    return await page.of(database, select, order=(t.c.depuis, t.c.id), to=_listee)

A page starts after the values of the last row seen (keyset), never at the n-th row: rows written or deleted
meanwhile shift nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
import sqlalchemy as sa
from events.postgres.database import Database
from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.sql import operators

from web.cursors import Cursors

type Rows = sa.Select[*tuple[Any, ...]]


def _absent(value: object) -> bool:
    return value is None


class Page[T](BaseModel):
    """Une page d’une liste. suivant : à rendre dans `apres` pour la suite, absent à la dernière page.

    precedent : de même, pour revenir.   total : éléments de toute la liste. Donnés là où un écran les montre.
    """

    elements: list[T]
    suivant: str | None = None
    precedent: Annotated[str | None, Field(exclude_if=_absent)] = None
    total: Annotated[int | None, Field(exclude_if=_absent)] = None


@dataclass(frozen=True, slots=True)
class Found[R]:
    """The rows of a page, before they take their shape: what completes them is asked once for all."""

    rows: Sequence[R]
    suivant: str | None
    precedent: str | None
    total: int | None

    def page[T](self, to: Callable[[R], T]) -> Page[T]:
        """The answer. to : the shape of one row."""
        elements = [to(row) for row in self.rows]
        return Page(elements=elements, suivant=self.suivant, precedent=self.precedent, total=self.total)


@dataclass(frozen=True, slots=True)
class _Key:
    """A column of the order. descending : the greatest first."""

    column: sa.ColumnElement[Any]
    descending: bool

    def beyond(self, value: Any, *, backwards: bool) -> sa.ColumnElement[bool]:
        literal = sa.literal(value, self.column.type)
        return self.column < literal if self.descending != backwards else self.column > literal

    def ordered(self, *, backwards: bool) -> sa.ColumnElement[Any]:
        return self.column.desc() if self.descending != backwards else self.column.asc()


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What page is asked. limite : elements at most.   apres : the cursor, as received, or None.

    filters : (name, value) of those that came in the body, where nothing of a person is in an address.
    """

    limite: int
    apres: str | None
    request: Request
    filters: Sequence[tuple[str, str]] = ()

    async def of[T](
        self,
        database: Database,
        select: Rows,
        *,
        order: Sequence[sa.ColumnElement[Any]],
        to: Callable[[Any], T],
        previous: bool = False,
        total: bool = False,
    ) -> Page[T]:
        """The page of this select. Arguments: see `find`.   to : row -> element."""
        found = await self.find(database, select, order=order, previous=previous, total=total)
        return found.page(to)

    async def find(
        self,
        database: Database,
        select: Rows,
        *,
        order: Sequence[sa.ColumnElement[Any]],
        previous: bool = False,
        total: bool = False,
    ) -> Found[Any]:
        """The rows of the page. Raises the 400 problem for a cursor that is not of this list.

        select : the whole list, without order, limit nor cursor.
        order : columns of the select, none nullable, unique together; `.desc()` for the greatest first.
        previous : give the cursor of the page before.   total : count the whole list.
        """
        keys = [_key(column) for column in order]
        cursors: Cursors = self.request.app.state.cursors
        scope = self._scope(keys)
        backwards, after = False, None
        if self.apres is not None:
            backwards, *after = cursors.decode(self.apres, scope)
        wanted = select.order_by(*(key.ordered(backwards=backwards) for key in keys))
        if after is not None:
            wanted = wanted.where(_beyond(keys, after, backwards=backwards))
        async with database.engine.connect() as connection:
            # One row more than the page tells whether there is another page that way.
            rows = list((await connection.execute(wanted.limit(self.limite + 1))).all())
            count = await connection.scalar(_count(select)) if total else None
        more, kept = len(rows) > self.limite, rows[: self.limite]
        if backwards:
            kept.reverse()

        def cursor(there_is: bool, place: int, *, back: bool) -> str | None:
            if not there_is or not kept:
                return None
            values = [getattr(kept[place], str(key.column.key)) for key in keys]
            return cursors.encode([back, *values], scope)

        # Whoever came with a cursor came from a page: there is one on that side.
        suivant = cursor(backwards or more, -1, back=False)
        precedent = cursor(more if backwards else after is not None, 0, back=True) if previous else None
        return Found(kept, suivant, precedent, count)

    def _scope(self, keys: Sequence[_Key]) -> str:
        """Who asks (the account, or nobody), which list, with which filters, in which order.

        Read once the dependencies of the route are done: the caller is known only then.
        """
        asked = [*self.request.query_params.multi_items(), *self.filters]
        filters = sorted((name, value) for name, value in asked if name not in ("limite", "apres"))
        owner: str | None = getattr(self.request.state, "compte_id", None)
        order = [(key.column.key, key.descending) for key in keys]
        return orjson.dumps([self.request.url.path, filters, owner, order]).decode()


def _key(column: sa.ColumnElement[Any]) -> _Key:
    descending = False
    if isinstance(column, sa.UnaryExpression) and column.modifier in (operators.desc_op, operators.asc_op):
        descending, column = column.modifier is operators.desc_op, column.element
    if isinstance(column, sa.Column) and column.nullable:
        raise TypeError(f"{column.key} peut être nulle : rien n’est après une valeur nulle")
    return _Key(column, descending)


def _beyond(keys: Sequence[_Key], values: Sequence[Any], *, backwards: bool) -> sa.ColumnElement[bool]:
    """The rows after these values, in this order."""
    first, *others = keys
    if all(key.descending == first.descending for key in others):
        # The comparison of rows, which an index on these columns answers at once.
        left = sa.tuple_(*(key.column for key in keys))
        right = sa.tuple_(*(sa.literal(v, key.column.type) for key, v in zip(keys, values, strict=True)))
        return left < right if first.descending != backwards else left > right
    pairs = list(zip(keys, values, strict=True))
    return sa.or_(
        *(
            sa.and_(
                *(equal.column == sa.literal(v, equal.column.type) for equal, v in pairs[:place]),
                key.beyond(value, backwards=backwards),
            )
            for place, (key, value) in enumerate(pairs)
        )
    )


def _count(select: Rows) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(select.subquery())


async def page_request(
    request: Request,
    limite: Annotated[int, Query(ge=1, le=200, description="Nombre d’éléments par page")] = 50,
    apres: Annotated[str | None, Query(description="Curseur `suivant` de la page précédente")] = None,
) -> PageRequest:
    """The page asked by the query."""
    return PageRequest(limite, apres, request)


PageParams = Annotated[PageRequest, Depends(page_request)]

FactLimit = Annotated[int, Query(ge=1, le=200, description="Nombre de faits par page")]
FactCursor = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,18}-[0-9]{1,18}$", description="Curseur `suivant` de la page précédente"),
]
"""Of a history, the latest fact first: the position of the last one seen, which names nobody."""
