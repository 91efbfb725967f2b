"""The platform's log lines: every one in a bounded file per program, the useful ones on the terminal."""

import contextlib
import logging
import re
import sys
from collections import defaultdict, deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

_COLOURS = {
    "identity": 36,
    "activites": 32,
    "equipes": 33,
    "cartographie": 35,
    "proconnect": 34,
    "rdv": 34,
    "plateforme": 1,
}
# Lines known to say that all is well stay in the files; a line of any other kind is shown.
_ROUTINE = re.compile(
    r'"level": ?"(debug|info)"|\[(DBG|INF)\]|\b(LOG|INFO|DEBUG)\b|^\s*$'
    # NATS deplores passwords that are not hashed: ours are 256 random bits, given by its environment.
    r"|Plaintext passwords detected"
    # Traefik warns that it lets encoded characters through: our own route refuses them, and says why.
    r"|Traefik can reject some encoded characters"
)
_CONTROLS = dict.fromkeys([*range(9), *range(10, 32), *range(127, 160), 0x2028, 0x2029])


class Journal:
    """`verbose` shows every line. Everything goes to the error output: the standard one is for results."""

    def __init__(self, folder: Path, *, verbose: bool, out: TextIO = sys.stderr) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._out = folder, out
        self._verbose = verbose
        self._colour = out.isatty()
        self._last: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=40))
        self._files: dict[str, RotatingFileHandler] = {}

    def line(self, name: str, text: str) -> None:
        """One line that a program wrote."""
        self._last[name].append(text)
        self._file(name).handle(logging.makeLogRecord({"msg": text}))
        if self._verbose or not _ROUTINE.search(text):
            self._show(name, text)

    def keep(self, name: str, text: str) -> None:
        """Lines for the file alone."""
        for part in text.splitlines():
            self._file(name).handle(logging.makeLogRecord({"msg": part}))

    def of(self, name: str) -> Path:
        """The file of a program's lines."""
        return self._folder / f"{name}.log"

    def say(self, text: str) -> None:
        """One line of the supervisor itself, in French."""
        for part in text.splitlines():
            self._file("plateforme").handle(logging.makeLogRecord({"msg": part}))
            self._show("plateforme", part)

    def tail(self, name: str, count: int = 12) -> str:
        """The last lines of a program, to quote them."""
        return "\n".join(f"    {line}" for line in list(self._last[name])[-count:])

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _file(self, name: str) -> RotatingFileHandler:
        if name not in self._files:
            handler = RotatingFileHandler(self.of(name), maxBytes=5_000_000, backupCount=2)
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            self._files[name] = handler
        return self._files[name]

    def _show(self, name: str, text: str) -> None:
        prefix = f"{name:<12} | "
        if self._colour:
            prefix = f"\x1b[{_COLOURS.get(name, 90)}m{prefix}\x1b[0m"
        # The terminal may be gone (`make run | head`): the platform goes on, its files hold the rest.
        with contextlib.suppress(BrokenPipeError):
            print(prefix + text.translate(_CONTROLS), file=self._out, flush=True)
