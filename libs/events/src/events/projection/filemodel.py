"""Read models in a file, DuckDB or any other: what such a model offers, and what it receives.

A file takes a batch of facts and its checkpoint in one transaction of its own. It reads the service's own
journal, so it may hold what no contract carries (identifiers, codes); never anything personal: the facts come
without the fields that the vault seals.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from events.types import Position

_COMPANIONS = (".wal", ".wal.checkpoint", ".wal.recovery", "-wal", "-shm", "-journal")
"""What a database of one file may leave beside it: DuckDB, SQLite."""


class Fact(NamedTuple):
    """One event that the model reads. type : the event's name.   data : its clear fields as JSON, in the
    form that this code knows, whatever the version they were stored in."""

    position: Position
    type: str
    data: str


class Unreadable(Exception):
    """No file of this model, or one of an older format: it is made again."""


class Held(Exception):
    """Another process has this file."""


class File(Protocol):
    """An open file. Its calls block, and come from several threads."""

    def progress(self) -> Position:
        """How far in the journal the file is; START when it is new."""
        ...

    @property
    def stale(self) -> bool:
        """True when its rows are not what this code would make: nothing is asked before it is made again."""
        ...

    def take(self, facts: Sequence[Fact], upto: Position) -> None:
        """Apply the facts and move to `upto`, in one transaction: all or nothing."""
        ...

    def skip(self, upto: Position) -> None:
        """Move past a fact that was put aside."""
        ...

    def tidy(self, *, whole: bool = False) -> bool:
        """One bounded step of whatever keeps its questions fast; True when another one should follow.

        whole : all of it, however little there is, as after the file was made. It may run while `take` does.
        """
        ...

    def remake(self) -> bool:
        """Make its rows again from the facts that it keeps, while it answers and takes others.

        False when it keeps none, or not all of them: it is made again from the journal.
        """
        ...

    def rows(self) -> Iterator[tuple[str, str]]:
        """(key, whole row as text) in the order of the keys' bytes: two files of the same facts agree."""
        ...

    def close(self) -> None: ...


class FileModel[F: File](Protocol):
    """What a read model's module offers."""

    @property
    def name(self) -> str: ...

    @property
    def reads(self) -> Any:
        """The union of the events that it reads: no other reaches it."""
        ...

    @property
    def guilty(self) -> tuple[type[Exception], ...]:
        """The errors of `take` that blame a fact. Any other is the disk's or the memory's: it waits."""
        ...

    def open_file(self, path: Path) -> F:
        """Open, or make. Raises Unreadable, Held."""
        ...


def remove(path: Path) -> None:
    """Remove a file that nobody holds, and what its database left beside it."""
    path.unlink(missing_ok=True)
    remove_companions(path)


def remove_companions(path: Path) -> None:
    """Remove what a closed database left beside its file: it would be read into the next one of that name."""
    for companion in _COMPANIONS:
        path.with_name(path.name + companion).unlink(missing_ok=True)
