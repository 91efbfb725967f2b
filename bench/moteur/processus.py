"""Each side of a row runs in a process of its own, forked from a warm interpreter.

No side inherits the threads, the heap or the connections of the other.
"""

import inspect
import logging
import multiprocessing
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import structlog
import uvloop
from events.tuning import relax_collector

_context = multiprocessing.get_context("forkserver")
_PRELOAD = [
    "moteur.domaine",
    "moteur.pair",
    "events.bus.relay",
    "events.bus.reader",
    "events.projection.rebuild",
]


class CoteEchoue(Exception):
    """Un côté d'une ligne n'a pas pu être mesuré."""


class Cote:
    """One side at work."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        """function : of a module's top level; what it returns is pickled. A coroutine runs under uvloop."""
        _context.set_forkserver_preload(_PRELOAD)
        self._name = f"{function.__module__}.{function.__name__}"
        self._receiver, sender = _context.Pipe(duplex=False)
        self._process = _context.Process(target=_child, args=(sender, function, args), daemon=True)
        self._process.start()
        sender.close()

    def result(self, seconds: float = 300) -> Any:
        """What the function returned. Raises CoteEchoue with the child's traceback, or past `seconds`."""
        try:
            if not self._receiver.poll(seconds):
                raise CoteEchoue(f"{self._name} : rien au bout de {seconds:.0f} s")
            failed, value = self._receiver.recv()
            self._process.join(2)
        except EOFError:
            raise CoteEchoue(f"{self._name} : le processus s'est arrêté sans répondre") from None
        finally:
            self.end()
        if failed:
            raise CoteEchoue(f"{self._name} :\n{value}")
        return value

    @property
    def pid(self) -> int:
        """Of the process, while it runs."""
        assert self._process.pid is not None
        return self._process.pid

    def end(self) -> None:
        """Kill the process if it still runs. May be called twice."""
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._receiver.close()


def run(function: Callable[..., Any], *args: Any, seconds: float = 300) -> Any:
    """The result of one side, alone."""
    return Cote(function, *args).result(seconds)


def barrier(parties: int) -> Any:
    """Sides that must start together wait on it (`wait(seconds)`)."""
    return _context.Barrier(parties)


def _child(sender: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    uvloop.run(_answer(sender, function, args))
    sender.close()


async def _answer(sender: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    # As our services do; it serves the peer's events too.
    relax_collector()
    # Answers before the loop ends: a task that cannot be cancelled then holds this process only.
    try:
        value = function(*args)
        if inspect.iscoroutine(value):
            value = await value
    except Exception:
        sender.send((True, traceback.format_exc()))
    else:
        sender.send((False, value))
