"""Turns: what several processes of a service could do, one of them does, the others stand ready.

All the turns of a process are advisory locks of one session, that the server ends when it hears nothing from
it: a process that dies, is cut off or hangs gives them back. A turn spares work, it protects nothing: for a
few seconds two processes may believe that it is theirs, and the checkpoint's compare-and-set decides.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg
import structlog

if TYPE_CHECKING:
    from events.postgres.database import Database

log = structlog.get_logger()

LOOK_SECONDS = 1.0
_SILENCE_SECONDS = 10
"""The server ends the session after so long without a word."""
_ANSWER_SECONDS = 5.0
_TRY = """select name from unnest($1::text[], $2::bigint[]) as w(name, key) where pg_try_advisory_lock(key)"""


class _Turn:
    """One asking. held, lost : events, in this order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.held = asyncio.Event()
        self.lost = asyncio.Event()


class Turns:
    """Those that this process holds, or waits for."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._turns: list[_Turn] = []
        self._freed: list[str] = []
        self._asked = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def hold(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do this endless work whenever the turn of that name is ours, for ever. Raises what the work raises,
        its turn given back."""
        while True:
            turn = _Turn(name)
            self._turns.append(turn)
            try:
                self._ask()
                await turn.held.wait()
                if await _until_lost(work, turn.lost):
                    return
            finally:
                self._turns.remove(turn)
                if turn.held.is_set() and not turn.lost.is_set():
                    self._freed.append(name)
                    self._asked.set()

    async def close(self) -> None:
        """Give everything back."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None

    def _ask(self) -> None:
        self._asked.set()
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            try:
                async with self._database.raw() as connection:
                    await self._keep_on(connection)
            except Exception as error:
                log.debug("turns_wait", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _keep_on(self, connection: asyncpg.Connection) -> None:
        try:
            await connection.execute(f"set idle_session_timeout = '{_SILENCE_SECONDS}s'")
            while True:
                await self._look(connection)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._asked.wait()
        finally:
            # Its locks go with the session.
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
            self._freed.clear()
            for turn in self._turns:
                if turn.held.is_set():
                    turn.lost.set()

    async def _look(self, connection: asyncpg.Connection) -> None:
        self._asked.clear()
        while self._freed:
            await connection.execute(
                "select pg_advisory_unlock($1)", _key(self._freed[-1]), timeout=_ANSWER_SECONDS
            )
            self._freed.pop()
        ours = {turn.name for turn in self._turns if turn.held.is_set()}
        asked = {turn.name: turn for turn in self._turns if turn.name not in ours}
        # Nothing to ask, it is our sign of life.
        won = await connection.fetch(
            _TRY, list(asked), [_key(name) for name in asked], timeout=_ANSWER_SECONDS
        )
        for row in won:
            if (turn := asked[row["name"]]) in self._turns:
                turn.held.set()
            else:
                self._freed.append(turn.name)


async def _until_lost(work: Callable[[], Awaitable[None]], lost: asyncio.Event) -> bool:
    """True when the work ended first. Raises what it raised."""
    working, waiting = asyncio.ensure_future(work()), asyncio.create_task(lost.wait())
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        return working.done()
    finally:
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


def _key(name: str) -> int:
    return zlib.crc32(f"turn:{name}".encode())
