"""Read your own writes: ETag and X-Position out, If-Match and X-Position in."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Annotated

from events.postgres.database import Database
from events.projection.checkpoints import reached
from events.store import search
from events.store.store import Written
from events.types import Position
from fastapi import Depends, Header, Request
from starlette.responses import Response

from web.problems import POSITION_INVALIDE, REQUETE_ILLISIBLE, Problem

WAIT_SECONDS = 2.0
PLACES = 4
"""Reads of one account that may wait at the same time, in one process."""
_POLL_SECONDS, _POLL_SECONDS_MAX = 0.004, 0.064
_SERVICE = re.compile(r"[a-z]{2,32}", re.ASCII)
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"', re.ASCII)

type Read = Callable[[str], Awaitable[Position | None]]
"""Source (a service's name) -> how far the projection has read it, None when it never did."""
type Wait = Callable[[], Awaitable[bool]]
"""Waits, 2 s at most, and says whether the position was reached."""


def written(response: Response, service: str, outcome: Written) -> None:
    """Tell the client the new version (ETag, for If-Match) and the position that a read may wait for."""
    response.headers["ETag"] = f'"{outcome.version}"'
    if outcome.position is not None:
        response.headers["X-Position"] = f"{service}:{outcome.position}"


async def if_match(
    version: Annotated[
        str | None,
        Header(alias="if-match", description="ETag reçu : la demande est refusée (412) si elle a changé"),
    ] = None,
) -> int | None:
    """The version that the client saw, None when it does not say; 400 when unreadable."""
    if version is None or version == "*":
        return None
    # A proxy that compresses turns a strong ETag into a weak one: both name the same version here.
    found = _ETAG.fullmatch(version)
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


class Waits:
    """Who waits, in one process: a few reads at once for each account, all who are not signed in as one."""

    def __init__(self) -> None:
        self._taken: Counter[str | None] = Counter()

    @contextmanager
    def place(self, account: str | None) -> Generator[bool]:
        """Whether there was one left."""
        if self._taken[account] >= PLACES:
            yield False
            return
        self._taken[account] += 1
        try:
            yield True
        finally:
            self._taken[account] -= 1
            if not self._taken[account]:
                del self._taken[account]


async def wait_for(request: Request, source: str, target: Position, wait: Wait) -> None:
    """Wait, when waiting may help; otherwise, and when it did not, say so by `X-Position-Atteinte: non`.

    A position beyond the end of our own journal will not come: whoever names it has not written it.
    """
    waits: Waits = request.app.state.waits
    with waits.place(getattr(request.state, "compte_id", None)) as free:
        there = free and not await _beyond_the_end(request, source, target) and await wait()
    if not there:
        # By the edge: a route that makes its own Response would lose a header set on another.
        request.state.headers["X-Position-Atteinte"] = "non"


async def _beyond_the_end(request: Request, source: str, target: Position) -> bool:
    if source != request.app.state.settings.service:
        return False
    database: Database = request.app.state.database
    return target > await search.end(database)


async def wait_until(read: Read, source: str, target: Position, *, seconds: float | None = None) -> bool:
    """Poll until `read(source)` reaches the target. False when it did not in time (`WAIT_SECONDS`)."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + (WAIT_SECONDS if seconds is None else seconds)
    pause = _POLL_SECONDS
    while True:
        at = await read(source)
        if at is not None and at >= target:
            return True
        # Between two reads, never in the middle of one: cancelling a query costs its connection.
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(pause)
        # Most waits are a few milliseconds; those that are not must not cost hundreds of reads.
        pause = min(pause * 1.5, _POLL_SECONDS_MAX)


def checkpoint(database: Database, projection: str) -> Read:
    """Reads the checkpoint of a PostgreSQL projection."""

    async def read(source: str) -> Position | None:
        return await reached(database, projection, source)

    return read


def after(projection: str) -> Callable[..., Awaitable[None]]:
    """Dependency: `dependencies=[Depends(after("activites_listees"))]` on a read.

    When the request carries X-Position, waits until the projection has read that far, at most 2 s; past
    that, the answer is given anyway with `X-Position-Atteinte: non`. A projection that does not read the
    service of that position will never have: nothing is waited for.
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
        read = checkpoint(database, projection)

        async def reads_it() -> bool:
            known = request.app.state.sources.get(projection, source) == source
            return known and await wait_until(read, source, target)

        await wait_for(request, source, target, reads_it)

    return wait
