"""Keeps a read model in a file up to date from the service's own journal, answers from it, makes it again.

Only what the model names as guilty, and a fact that cannot be decoded, is put aside. Whatever else happens (a
full disk, no memory, a server away) is nobody's fault: it is said once, waited for, and gone on from.
"""

import asyncio
import datetime as dt
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Concatenate
from uuid import UUID

import structlog

from events.codec import UnknownEventType, names_of
from events.patience import PAUSE_SECONDS, Patience
from events.postgres.database import is_unavailable
from events.projection import filerows
from events.projection.filemodel import Fact, File, FileModel, Held, Unreadable, remove, remove_companions
from events.projection.guilt import fault_of
from events.projection.parking import forget_parked, park, place
from events.projection.projection import taken
from events.projection.source import Checkpoint, Delivery, FeedSource, VersionGap
from events.store.store import Store
from events.types import Position

log = structlog.get_logger()

PAGE = 2_000
PAGE_OF_REBUILD = 20_000
"""A file that is made again has nobody waiting for its next fact: enough of them for two threads at once."""
REPORT_SECONDS = 1.0
_TIDY_SECONDS = 1.0
_TIDY_SHARE = 1.0
"""Rest between two steps of tidying, in durations of the step before: the readers have that time."""
_WRITERS = ThreadPoolExecutor(3, thread_name_prefix="file-writes")
"""Taking a page, filling the file that is made again, tidying: questions, however many, do not delay them."""
_STOPS = (Held, UnknownEventType, VersionGap)
"""Waiting would change nothing: the process stops here, and says why."""


async def _write[**P, R](write: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_WRITERS, partial(write, *args, **kwargs))


class Feeder[F: File]:
    """Reads the journal into one open file."""

    def __init__(
        self,
        model: FileModel[F],
        file: F,
        at: Position,
        store: Store[Any],
        service: str,
        *,
        parked_as: str = "",
    ) -> None:
        """at : the file's progress.   parked_as : name under which facts are put aside (the model's)."""
        self.file = file
        self.at = at
        self.refused: list[UUID] = []
        self.source = FeedSource(store, service)
        self.parked_as = parked_as or model.name
        self._guilty = tuple(model.guilty)
        self._names = names_of(model.reads)
        self._store = store
        self._one_by_one = 0

    async def step(self, limit: Position | None = None, size: int = PAGE) -> list[Delivery]:
        """Take one page, no further than `limit` when there is one. Returns the page; empty at the end."""
        page = await self.source.page(Checkpoint(self.at), 1 if self._one_by_one else size)
        if limit is not None:
            page = [d for d in page if d.checkpoint.position <= limit]
        if not page:
            return page
        upto = page[-1].checkpoint.position
        try:
            facts = [self._fact(d) for d in page if d.type in self._names]
            await _write(self.file.take, facts, upto)
        except Exception as error:
            fault = error if isinstance(error, self._guilty) else fault_of(error)
            if fault is None:
                raise
            if len(page) > 1:
                self._one_by_one = len(page)
                return page
            await self._put_aside(page[0], fault)
        self.at = upto
        self._one_by_one = max(0, self._one_by_one - len(page))
        return page

    def _fact(self, delivery: Delivery) -> Fact:
        form: int = delivery.raw["schema_version"]
        data = self._store.codec.clear(delivery.type, form, delivery.raw.data)
        return Fact(delivery.checkpoint.position, delivery.type, data)

    async def _put_aside(self, delivery: Delivery, error: Exception) -> None:
        """No second try: it would fail alike. Parked first: after a crash between, it is read again."""
        log.warning(
            "projection_failed", projection=self.parked_as, event_type=delivery.type, error=place(error)
        )
        async with self._store.database.raw() as connection:
            await park(connection, self.parked_as, self.source.name, delivery, 1, error)
        self.refused.append(delivery.id)
        await _write(self.file.skip, delivery.checkpoint.position)


class FileProjector[F: File]:
    """One file of one process. `open`, then `run` as one task; `ask` and `reached` from anywhere."""

    def __init__(self, model: FileModel[F], path: Path, store: Store[Any], service: str) -> None:
        """Raises TypeError when the model reads events that are not the service's."""
        unknown = names_of(model.reads) - store.codec.names
        if unknown:
            raise TypeError(f"{model.name} lit ce que {service} n'écrit pas : {', '.join(sorted(unknown))}")
        self.name = model.name
        self.service = service
        self.line = filerows.line_of(model.name, path.resolve())
        self._model = model
        self.path = path.resolve()
        self._store = store
        self._live: Feeder[F] | None = None
        self._moved = asyncio.Condition()
        self._writing = asyncio.Lock()
        self._tidying = asyncio.Lock()
        self._door = asyncio.Lock()
        self._readers = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def open(self) -> None:
        """Open the file; make it first when it is missing, unreadable, or not of this journal.

        Waits for the disk and the servers if needed. Raises Held.
        """
        await self._patiently(self._open)

    async def close(self) -> None:
        if self._live is not None:
            # Whoever asked may have gone away; their thread still reads.
            await self._empty.wait()
            await asyncio.to_thread(self._live.file.close)

    async def run(self) -> None:
        """Take what is written, for ever, and tell the database how far."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._for_ever(self._advance))
            tasks.create_task(self._for_ever(self._tell))
            tasks.create_task(self._for_ever(self._tidy))

    # --- Questions ---

    async def ask[**P, R](
        self, question: Callable[Concatenate[F, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Ask the file, in a thread: the same file from beginning to end, even when it is made again."""
        return await self._with_file(lambda file: asyncio.to_thread(question, file, *args, **kwargs))

    def peek[**P, R](self, question: Callable[Concatenate[F, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask what is in memory already, without a thread. question : reads nothing of the disk."""
        return question(self._opened.file, *args, **kwargs)

    async def _with_file[R](self, work: Callable[[F], Awaitable[R]]) -> R:
        async with self._door:
            self._readers += 1
            self._empty.clear()
            asked = asyncio.ensure_future(work(self._opened.file))
            asked.add_done_callback(self._leave)
        # Who asked may go away; the thread is still reading.
        return await asyncio.shield(asked)

    def _leave(self, asked: asyncio.Future[Any]) -> None:
        if not asked.cancelled():
            asked.exception()
        self._readers -= 1
        if self._readers == 0:
            self._empty.set()

    async def reached(self, position: Position, seconds: float) -> bool:
        """True as soon as the file has this position of the journal; False after so many seconds."""

        def here() -> bool:
            return self._opened.at >= position

        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(here)
        except TimeoutError:
            return False
        return True

    async def as_of(self) -> dt.datetime | None:
        """All that was committed before this instant is in the answers to come; None: the server is away."""
        at = self._opened.at
        try:
            return await self._store.complete_until(at)
        except Exception as error:
            if not is_unavailable(error):
                raise
            return None

    # --- The endless turns ---

    @property
    def _opened(self) -> Feeder[F]:
        assert self._live is not None, "open() comes first"
        return self._live

    async def _advance(self) -> None:
        async with self._writing:
            live = self._opened
            before = live.at
            try:
                page = await live.step()
            except Exception as error:
                if not isinstance(error, _STOPS) and not is_unavailable(error):
                    await self._revive()
                raise
        if not page:
            await live.source.wait()
        elif live.at != before:
            taken(self.name, page)
            await self._say()

    async def _tell(self) -> None:
        at = self._opened.at
        if await filerows.known(self._store.database, self.line, at):
            await filerows.report(self._store.database, self.line, self.service, at)
        else:
            await self._make()
        await asyncio.sleep(REPORT_SECONDS)

    async def _tidy(self) -> None:
        """One step, then as long a rest; a second when nothing is left to do."""
        async with self._tidying:
            started = time.monotonic()
            more = await self._with_file(lambda file: _write(file.tidy))
        await asyncio.sleep((time.monotonic() - started) * _TIDY_SHARE if more else _TIDY_SECONDS)

    async def _say(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def _revive(self) -> None:
        """After some failures a database refuses everything until it is opened again."""
        live = self._opened
        try:
            await asyncio.to_thread(live.file.progress)
        except Exception:
            await self._change(live.file.close)

    async def _for_ever(self, turn: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._patiently(turn)

    async def _patiently(self, turn: Callable[[], Awaitable[None]]) -> None:
        """Once, as many times as it needs: what is in the way is told when it comes and when it goes."""
        patience = Patience("file", projection=self.name)
        while True:
            try:
                await turn()
            except _STOPS:
                raise
            except Exception as error:
                patience.met(error)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                patience.over()
                return

    # --- Opening, making again ---

    async def _open(self) -> None:
        try:
            if self._live is None and self.path.exists():
                self._live = await self._feeder(self.path)
            live = self._live
            known = live is not None and await filerows.known(self._store.database, self.line, live.at)
            if live is not None and known and not live.file.stale:
                return
        except Unreadable:
            log.warning("file_unreadable", projection=self.name)
        except Exception as error:
            # Already open, it answers; `run` looks again once the server is back.
            if self._live is not None and not self._live.file.stale and is_unavailable(error):
                return
            raise
        await self._make()

    async def _make(self) -> None:
        """Made again from what the file keeps of the facts; else from the journal, which has them all."""
        if not await self._remade():
            await self._make_anew()
        await filerows.enter(self._store.database, self.line, self.service, self._opened.at)
        await self._say()
        log.info("file_made", projection=self.name, upto=str(self._opened.at))

    async def _remade(self) -> bool:
        """False when the file is not of this journal, or does not keep all its facts, or cannot read them."""
        live = self._live
        if live is None or not await filerows.read_here(self._store.database, live.at):
            return False
        async with self._tidying:
            remaking = asyncio.create_task(self._with_file(lambda file: _write(file.remake)))
            try:
                done: set[asyncio.Task[bool]] = set()
                while not done:
                    # Somebody may be waiting for it; if the server is away, nobody is.
                    with suppress(Exception):
                        await filerows.enter_rebuild(self._store.database, self.line, self.service, live.at)
                    done, _ = await asyncio.wait({remaking}, timeout=REPORT_SECONDS)
                return await remaking
            except Exception as error:
                # Whatever it is, the journal has them all, and its way of waiting.
                log.warning("file_not_remade", projection=self.name, error=type(error).__name__)
                return False
            finally:
                with suppress(Exception):
                    await filerows.end_rebuild(self._store.database, self.line)

    async def _make_anew(self) -> None:
        """A new file beside, fed from the journal, then put in the place of the present one."""
        beside = self.path.with_name("rebuild-" + self.path.name)
        remove(beside)
        fresh = await self._feeder(beside)
        try:
            await self._fill(fresh)
            async with self._writing:
                # Nothing is taken meanwhile: what is left to read is little.
                while await fresh.step():
                    pass
                await self._change(lambda: self._replace(fresh.file, beside))
        finally:
            await asyncio.to_thread(fresh.file.close)
            remove(beside)
            # Said again by the next one, should the server be away.
            with suppress(Exception):
                await filerows.end_rebuild(self._store.database, self.line)
        async with self._store.database.raw() as connection:
            await forget_parked(connection, self.name, fresh.at, fresh.refused)

    async def _fill(self, fresh: Feeder[F]) -> None:
        told = -REPORT_SECONDS
        while await fresh.step(size=PAGE_OF_REBUILD):
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                await filerows.enter_rebuild(self._store.database, self.line, self.service, fresh.at)
        while await _write(fresh.file.tidy, whole=True):
            pass

    def _replace(self, fresh: F, beside: Path) -> None:
        fresh.close()
        if self._live is not None:
            self._live.file.close()
        remove_companions(self.path)
        os.replace(beside, self.path)

    async def _change(self, change: Callable[[], None]) -> None:
        """Nobody reads while the file changes; then it is opened."""
        async with self._door:
            await self._empty.wait()
            await asyncio.to_thread(change)
            self._live = await self._feeder(self.path)

    async def _feeder(self, path: Path) -> Feeder[F]:
        file = await asyncio.to_thread(self._model.open_file, path)
        return Feeder(self._model, file, await asyncio.to_thread(file.progress), self._store, self.service)
