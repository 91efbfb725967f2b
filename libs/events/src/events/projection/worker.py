"""The endless loop of what reads facts, projections and reactions alike."""

import asyncio
from collections.abc import Awaitable, Callable

from events.codec import UnknownEventType
from events.patience import PAUSE_SECONDS, Patience
from events.projection.checkpoints import Overtaken, SharesChanged
from events.projection.source import VersionGap


class Halted(Exception):
    """An event cannot be taken, and this projection's policy is to stop there, not to go on without it."""


STOPS = (Halted, UnknownEventType, VersionGap, SharesChanged)
"""Waiting would change nothing: the worker stops there, and says why."""


async def read_for_ever(
    step: Callable[[], Awaitable[int]], wait: Callable[[], Awaitable[None]], patience: Patience
) -> None:
    """Step, or wait when there was nothing. What is nobody's fault here is waited for. Raises STOPS."""
    while True:
        try:
            taken = await step()
            patience.over()
            if taken == 0:
                await wait()
        except Overtaken:
            continue
        except STOPS:
            raise
        except Exception as error:
            patience.met(error)
            await asyncio.sleep(PAUSE_SECONDS)
