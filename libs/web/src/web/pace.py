"""How often one account may ask the same thing: a few times at once, then one every so often.

    @router.get("", responses=answers(TROP_DE_DEMANDES), dependencies=[allow(RULE), keep_pace(RECHERCHES)])

Counted in each process, and forgotten when it stops: it slows down who takes everything, no more.
"""

import datetime as dt
import math
from dataclasses import dataclass
from uuid import UUID

from fastapi import Depends, Request, params

from web.auth import Connecte
from web.problems import TROP_DE_DEMANDES, Problem
from web.wiring import ClockDep

_KEPT = 10_000
"""Accounts remembered before those that may ask freely again are forgotten."""


@dataclass(frozen=True, slots=True)
class Pace:
    """name : of what is counted.   burst : times at once.   every : how long until one more."""

    name: str
    burst: int
    every: dt.timedelta


class Paces:
    """What each account has used, in one process."""

    def __init__(self) -> None:
        self._free_at: dict[tuple[str, UUID], dt.datetime] = {}

    def __len__(self) -> int:
        return len(self._free_at)

    def take(self, pace: Pace, account: UUID, now: dt.datetime) -> dt.timedelta | None:
        """Use one. None when there was one; else how long to wait for the next."""
        key = pace.name, account
        free_at = max(self._free_at.get(key, now), now) + pace.every
        late = free_at - now - pace.burst * pace.every
        if late > dt.timedelta():
            return late
        if len(self._free_at) >= _KEPT:
            self._free_at = {k: at for k, at in self._free_at.items() if at > now}
        self._free_at[key] = free_at
        return None


def keep_pace(pace: Pace) -> params.Depends:
    """For `dependencies=` of a route, after its rule. Raises the 429 that says how long to wait."""

    async def check(request: Request, caller: Connecte, clock: ClockDep) -> None:
        paces: Paces = request.app.state.paces
        late = paces.take(pace, caller.compte_id, clock.now())
        if late is not None:
            seconds = math.ceil(late.total_seconds())
            raise Problem(TROP_DE_DEMANDES, headers={"Retry-After": str(seconds)})

    return Depends(check)
