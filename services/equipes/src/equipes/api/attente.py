"""What reads ask before they look: a write awaited (`X-Position`), and which day it is for the caller."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated

from events.postgres.database import Database
from fastapi import Depends, Request
from fastapi.params import Header
from web.days import today_of
from web.positions import checkpoint, parse, wait_for, wait_until

from equipes.projections import emplois

SERVICE = "equipes"
AujourdHui = Annotated[dt.date, Depends(today_of(emplois.fuseau))]


def apres(**projections: tuple[str, ...]) -> Callable[..., Awaitable[None]]:
    """Dependency. projections : service of origin -> the projections of the view that it feeds.

    A position of a service that the view does not read is not waited for. 2 s at most per projection; past
    that, the answer is given anyway with `X-Position-Atteinte: non`.
    """

    async def wait(
        request: Request,
        x_position: Annotated[
            str | None,
            Header(description="Position rendue par une écriture : la lecture l’attend, 2 s au plus"),
        ] = None,
    ) -> None:
        if x_position is None:
            return
        source, target = parse(x_position)
        database: Database = request.app.state.database
        fed = projections.get(source, ())

        async def wait_for_all() -> bool:
            for projection in fed:
                if not await wait_until(checkpoint(database, projection), source, target):
                    return False
            return True

        if fed:
            await wait_for(request, source, target, wait_for_all)

    return wait
