"""Whose fault an error is: only those named here blame a fact or an order, and may park it.

Everything else is the server's or the code's: it waits, says so, and is tried again. An outage of any kind so
never throws anything away, and a bug is corrected before what it met is lost.
"""

import asyncpg
import msgspec
import orjson
import pydantic
from sqlalchemy import exc

from events.codec import Undecodable
from events.decider import Refusal
from events.projection.source import Rejected
from events.store.appender import ClaimTaken

GUILTY: tuple[type[Exception], ...] = (
    # Decoding.
    msgspec.MsgspecError,
    orjson.JSONDecodeError,
    Undecodable,
    Rejected,
    pydantic.ValidationError,
    # Constraint.
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    ClaimTaken,
    # Refusal.
    Refusal,
)


class Impossible(Exception):
    """What an order asks can never be done: it is parked at once. reason : a code, kept as it is."""

    def __init__(self, reason: str) -> None:
        """reason : never a text that could be personal (an address, a server's sentence)."""
        super().__init__(reason)
        self.reason = reason


def blames(error: BaseException) -> bool:
    """True when the error is the fault of what was read, not of a server nor of the code."""
    if isinstance(error, exc.DBAPIError):
        inner = error.orig.__cause__ if error.orig is not None else None
        return isinstance(inner, GUILTY)
    return isinstance(error, (*GUILTY, Impossible))
