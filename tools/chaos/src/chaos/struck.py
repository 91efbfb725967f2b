"""`python -m chaos.struck <module> <arguments>`: runs a module that kills itself (SIGKILL) at a point.

TENUE : seconds after which the order that a dead process held is another's; the executor's own when it is not
there.

COUPS : the points as JSON, each with its `function` (`module:Class.name`), `after` (once it has returned, or
before it begins), `rank` (at which passage) and `mark`, a file made just before. One for each life: the first
whose mark is not there; once they all are, nothing happens any more.
"""

import datetime as dt
import functools
import importlib
import inspect
import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

from events.projection.executor import Executor


class _Blow:
    """Falls at the passage wanted."""

    def __init__(self, rank: int, mark: Path) -> None:
        self._left = rank
        self._mark = mark

    def falls(self) -> None:
        self._left -= 1
        # Two copies of a role may pass there: one of them dies.
        if self._left == 0 and not self._mark.exists():
            self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def arm(points: list[dict[str, Any]]) -> None:
    """Replace the function by one that dies there. Raises AttributeError when there is none of that name."""
    left = [point for point in points if not Path(point["mark"]).exists()]
    if not left:
        return
    module, _, path = left[0]["function"].partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    blow = _Blow(left[0]["rank"], Path(left[0]["mark"]))
    setattr(owner, name, _dying(getattr(owner, name), blow, after=left[0]["after"]))


def _dying(function: Any, blow: _Blow, *, after: bool) -> Any:
    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        if not after:
            blow.falls()
        returned = function(*args, **kwargs)
        if after:
            blow.falls()
        return returned

    @functools.wraps(function)
    async def waiting(*args: Any, **kwargs: Any) -> Any:
        if not after:
            blow.falls()
        returned = await function(*args, **kwargs)
        if after:
            blow.falls()
        return returned

    return waiting if inspect.iscoroutinefunction(function) else plain


def hold_orders(seconds: float) -> None:
    """No longer than that, whoever carries them out."""
    defaults = Executor.__init__.__kwdefaults__
    assert defaults is not None
    defaults["hold"] = dt.timedelta(seconds=seconds)


if __name__ == "__main__":
    arm(json.loads(os.environ.get("COUPS", "[]")))
    if "TENUE" in os.environ:
        hold_orders(float(os.environ["TENUE"]))
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
