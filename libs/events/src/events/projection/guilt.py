"""Whose fault an error is: only those named here blame a fact or an order, and may park it.

Everything else is the server's or the code's: it waits, says so, and is tried again. An outage of any kind so
never throws anything away, and a bug is corrected before what it met is lost.
"""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
import msgspec
import orjson
import pydantic
from sqlalchemy import exc

from events.codec import Undecodable
from events.decider import Refusal
from events.projection.source import Rejected
from events.store.appender import Overloaded
from events.store.rows import ClaimTaken

GUILTY: tuple[type[Exception], ...] = (
    # Decoding.
    msgspec.MsgspecError,
    orjson.JSONDecodeError,
    Undecodable,
    Rejected,
    pydantic.ValidationError,
    # Constraint, conversion.
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    ClaimTaken,
    # Refusal.
    Refusal,
)
_TOO_MUCH = (asyncpg.QueryCanceledError, asyncpg.ProgramLimitExceededError, TimeoutError, MemoryError)
_MACHINE = (OSError, MemoryError, Overloaded)
_SIZE_CHECKS = (
    "_bt_check_third_page",
    "index_form_tuple_context",
    "GinFormTuple",
    "RelationGetBufferForTuple",
)
"""Where PostgreSQL refuses a value for its size: the texts of its errors may be translated."""


class Impossible(Exception):
    """What an order asks can never be done: it is parked at once. reason : a code, kept as it is."""

    def __init__(self, reason: str) -> None:
        """reason : never a text that could be personal (an address, a server's sentence)."""
        super().__init__(reason)
        self.reason = reason


class Guilty(Exception):
    """A pure function of the domain failed on a fact: it would fail again.   fault : what it raised."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault


@contextmanager
def pure() -> Generator[None]:
    """Around pure functions of the domain: whatever they raise is the fault of what they were given."""
    try:
        yield
    except _MACHINE:
        raise
    except Exception as error:
        raise Guilty(error) from error


def fault_of(error: Exception) -> Exception | None:
    """The error that blames what was read; None when a server or the code is to blame."""
    if isinstance(error, Guilty):
        return error.fault
    if isinstance(error, exc.DBAPIError):
        inner = error.orig.__cause__ if error.orig is not None else None
        return error if isinstance(inner, GUILTY) or _too_big(inner) else None
    return error if isinstance(error, (*GUILTY, Impossible)) or _too_big(error) else None


def blames(error: Exception) -> bool:
    """True when the error is the fault of what was read, not of a server nor of the code."""
    return fault_of(error) is not None


def may_pass_alone(error: Exception) -> bool:
    """True when a page failed by the fault of one of its facts, or because they were too much together."""
    return blames(error) or isinstance(error, _TOO_MUCH)


def _too_big(error: object) -> bool:
    """A value that no index or page can hold. Other limits of the same code are the server's: the numbers of
    its transactions, that run out."""
    limit = isinstance(error, asyncpg.ProgramLimitExceededError)
    return limit and getattr(error, "server_source_function", None) in _SIZE_CHECKS
