"""A value read from afar (keys, a description), kept here so that a silent source holds nobody.

Who asks waits only when there is nothing to serve. An old value is served while one reading, alone, is tried
in the background, and a reading that failed is not tried again at once.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

RETRY_SECONDS = 30.0
_FIRST_RETRY_SECONDS = 1.0


class Unread(Exception):
    """There is nothing to serve. failure : what the last reading raised."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(type(failure).__name__)
        self.failure = failure


class Kept[T]:
    """One per source and process."""

    def __init__(
        self,
        name: str,
        read: Callable[[], Awaitable[T]],
        *,
        fresh: float,
        usable: float = math.inf,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """name : in the logs.

        fresh : seconds after which it is read again.   usable : after which it is not served any more.
        """
        self._name = name
        self._read = read
        self._fresh = fresh
        self._usable = usable
        self._monotonic = monotonic
        self._value: T | None = None
        self._read_at = -math.inf
        self._next = -math.inf
        self._failures = 0
        self._failure: Exception | None = None
        self._reading: asyncio.Task[None] | None = None

    def peek(self) -> T | None:
        """The last value, at once; None when there is none to serve. An old one is read again meanwhile."""
        age = self._monotonic() - self._read_at
        if self._value is not None and age >= self._fresh:
            self._begin()
        return self._value if age < self._usable else None

    async def get(self) -> T:
        """The last value, waited for when there is none to serve. Raises Unread."""
        value = self.peek()
        if value is None:
            await self.again()
            value = self.peek()
        if value is None:
            raise Unread(self._failure or LookupError(self._name))
        return value

    async def again(self) -> None:
        """Read now, or wait for the reading under way; not within 30 s of the last one (a first value that
        cannot be read: after 1, 2, 4… 30 s)."""
        self._begin()
        if self._reading is not None:
            # Others wait for it too: whoever gives up does not end it.
            await asyncio.shield(self._reading)

    def forget(self) -> None:
        """The value is wrong: drop it, and whatever a reading under way would bring."""
        self._value, self._reading = None, None
        self._read_at = self._next = -math.inf

    def drop(self) -> None:
        """The value is wrong, as the reading under way has just found: it is served no more."""
        self._value, self._read_at = None, -math.inf

    async def close(self) -> None:
        """End the reading under way."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait((self._reading,))

    def _begin(self) -> None:
        if self._reading is None and self._monotonic() >= self._next:
            self._reading = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        value, failure = None, None
        try:
            value = await self._read()
        except Exception as error:
            failure = error
        if self._reading is not asyncio.current_task():
            return
        self._reading, self._failure = None, failure
        now = self._monotonic()
        if value is not None:
            self._value, self._read_at, self._failures = value, now, 0
            self._next = now + RETRY_SECONDS
            return
        known = self._value is not None
        wait = RETRY_SECONDS if known else _FIRST_RETRY_SECONDS * 2**self._failures
        self._failures = min(self._failures + 1, 10)
        self._next = now + min(wait, RETRY_SECONDS)
        log.warning(f"{self._name}_unreadable", error=type(failure).__name__, known=known)
