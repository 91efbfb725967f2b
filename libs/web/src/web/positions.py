"""Read your own writes: ETag and X-Position out, If-Match and X-Position in."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Annotated

import sqlalchemy as sa
from events.postgres.database import Database
from events.store.store import Written
from events.types import Position
from fastapi import Depends, Header, Request
from starlette.responses import Response

from web.problems import POSITION_INVALIDE, REQUETE_ILLISIBLE, Problem

WAIT_SECONDS = 2.0
_POLL_SECONDS = 0.008
_SERVICE = re.compile(r"[a-z]{2,32}", re.ASCII)
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"', re.ASCII)
_CHECKPOINT = sa.text(
    "select xid, number from checkpoints where projection = :projection and source = :source"
)

type Read = Callable[[str], Awaitable[Position | None]]
"""Source (a service's name) -> how far the projection has read it, None when it never did."""


def written(response: Response, service: str, outcome: Written) -> None:
    """Tell the client the new version (ETag, for If-Match) and the position that a read may wait for."""
    response.headers["ETag"] = f'"{outcome.version}"'
    if outcome.position is not None:
        response.headers["X-Position"] = f"{service}:{outcome.position}"


def if_match(request: Request) -> int | None:
    """The version that the client saw, None when it does not say; 400 when unreadable."""
    text = request.headers.get("if-match")
    if text is None or text == "*":
        return None
    # A proxy that compresses turns a strong ETag into a weak one: both name the same version here.
    found = _ETAG.fullmatch(text)
    if found is None:
        raise Problem(REQUETE_ILLISIBLE, "L’en-tête If-Match attend une version, entre guillemets.")
    return int(found[1])


IfMatch = Annotated[int | None, Depends(if_match)]
"""`expected` of execute."""


def parse(text: str) -> tuple[str, Position]:
    """`activites:12-34` -> ("activites", Position(12, 34)). Raises the 400 problem."""
    service, _, position = text.partition(":")
    try:
        if _SERVICE.fullmatch(service) is None:
            raise ValueError
        target = Position.parse(position)
    except ValueError:
        raise Problem(POSITION_INVALIDE) from None
    # Positions are bigint in the checkpoints.
    if max(target.xid, target.number) >= 2**63:
        raise Problem(POSITION_INVALIDE)
    return service, target


async def wait_until(read: Read, source: str, target: Position, *, seconds: float = WAIT_SECONDS) -> bool:
    """Poll until `read(source)` reaches the target. False when it did not in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        reached = await read(source)
        if reached is not None and reached >= target:
            return True
        # Between two reads, never in the middle of one: cancelling a query costs its connection.
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(_POLL_SECONDS)


def checkpoint(database: Database, projection: str) -> Read:
    """Reads the checkpoint of a PostgreSQL projection."""

    async def read(source: str) -> Position | None:
        async with database.engine.connect() as connection:
            found = await connection.execute(_CHECKPOINT, {"projection": projection, "source": source})
            row = found.one_or_none()
        return None if row is None else Position(row.xid, row.number)

    return read


def after(projection: str) -> Callable[..., Awaitable[None]]:
    """Dependency: `dependencies=[Depends(after("activites_listees"))]` on a read.

    When the request carries X-Position, waits until the projection has read that far, at most 2 s; past
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
        if not await wait_until(checkpoint(database, projection), source, target):
            # By the edge: a route that makes its own Response would lose a header set here.
            request.state.headers["X-Position-Atteinte"] = "non"

    return wait
