"""Civil days: how a request writes them, which period they make, and which one it is for the caller."""

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from sqlalchemy.ext.asyncio import AsyncConnection

from web.auth import Connecte
from web.problems import parameter_error
from web.wiring import ClockDep, DatabaseDep

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _written(value: object) -> object:
    """Pydantic would also take an instant, or a number of seconds, for a day."""
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date | str):
        raise PydanticCustomError("date_type", "AAAA-MM-JJ")
    if isinstance(value, str) and not _ISO.fullmatch(value):
        raise PydanticCustomError("date_parsing", "AAAA-MM-JJ")
    return value


Day = Annotated[dt.date, BeforeValidator(_written)]
"""A civil day of a request: AAAA-MM-JJ, and nothing else."""


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included; None on a side has no bound."""

    du: dt.date | None = None
    au: dt.date | None = None


async def period(
    du: Annotated[Day | None, Query(description="Premier jour, compris")] = None,
    au: Annotated[Day | None, Query(description="Dernier jour, compris")] = None,
) -> Period:
    """The period of the query. Raises the 422 of a period that ends before it starts."""
    if du is not None and au is not None and au < du:
        raise parameter_error("au", "periode_a_l_envers")
    return Period(du, au)


PeriodParams = Annotated[Period, Depends(period)]


def today_of(zone: Callable[[AsyncConnection, UUID], Awaitable[str]]) -> Callable[..., Awaitable[dt.date]]:
    """A dependency: the civil day of the caller. zone : the time zone of an account's territory."""

    async def today(caller: Connecte, database: DatabaseDep, clock: ClockDep) -> dt.date:
        async with database.engine.connect() as connection:
            return clock.today(await zone(connection, caller.compte_id))

    return today
