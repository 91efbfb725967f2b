"""What `coop` writes: tables for people, JSON for machines; nothing that a terminal would obey."""

import sys
import time
import unicodedata
from collections.abc import Sequence
from typing import Any

import orjson

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, invisible and direction-changing characters, private or unassigned ones, line separators."""


def sur(text: object) -> str:
    """The text with everything that a terminal could obey written `\\u001b`."""
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _OBEYED else c for c in str(text))


def dire(text: str = "") -> None:
    """A line of the answer, on the standard output."""
    print(text, flush=True)


def noter(text: str) -> None:
    """A line that is not the answer: progress, advice, on the error output."""
    print(text, file=sys.stderr, flush=True)


def json(value: Any) -> None:
    """One line of JSON. Escapes of ASCII controls are JSON's; the others are those of `sur`."""
    dire(sur(orjson.dumps(value, default=str).decode()))


def nombre(value: int) -> str:
    """`1 234 567`, in groups of three."""
    return f"{value:,}".replace(",", " ")


def duree(seconds: float | None) -> str:
    """`0,3 s`, `12 min`, `5 h`, `3 j`."""
    if seconds is None:
        return "–"
    for unit, size in (("j", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s".replace(".", ",")


def tableau(entetes: Sequence[str], lignes: Sequence[Sequence[object]]) -> None:
    """Columns aligned; numbers to the right."""
    textes = [[sur(cell) for cell in line] for line in lignes]
    widths = [max(len(line[n]) for line in (entetes, *textes)) for n in range(len(entetes))]
    right = [bool(lignes) and all(isinstance(line[n], int) for line in lignes) for n in range(len(entetes))]
    for line in ([*entetes], *textes):
        cells = (t.rjust(w) if r else t.ljust(w) for t, w, r in zip(line, widths, right, strict=True))
        dire("  ".join(cells).rstrip())


class Progression:
    """A bar on a terminal; elsewhere one line each 10 % or 5 s. On the error output."""

    def __init__(self, quoi: str, total: int) -> None:
        """total : events expected; more may come."""
        self._quoi, self._total = quoi, max(total, 1)
        self._tty = sys.stderr.isatty()
        self._told = -10
        self._at = time.monotonic()

    def __call__(self, done: int) -> None:
        percent = min(100, done * 100 // self._total)
        now = time.monotonic()
        if self._tty:
            bar = "█" * (percent // 4)
            text = f"\r{self._quoi} [{bar:<25}] {percent:3} %  {nombre(done)} faits"
            print(text, end="", file=sys.stderr, flush=True)
        elif percent >= self._told + 10 or now > self._at + 5:
            self._told, self._at = percent, now
            noter(f"{self._quoi} : {percent} %, {nombre(done)} faits")

    def fin(self) -> None:
        if self._tty:
            print(file=sys.stderr)
