"""A read model in a SQLite file, for the engine's own tests: the titles of the notes, by rank."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from carnet import NoteAjoutee
from events.projection.filemodel import Fact, Unreadable
from events.types import Position

name = "notes"
reads = NoteAjoutee
guilty = (sqlite3.IntegrityError,)

_FORMAT = 1
_TABLES = f"""
create table notes (
  carnet_id text, rang int, titre text check (titre <> 'refusée'), texte text, primary key (carnet_id, rang)
);
create table progress (xid int, number int);
pragma user_version = {_FORMAT};
"""


class NotesFile:
    stale = False

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, check_same_thread=False, autocommit=True)
        self._lock = threading.Lock()
        self.tidied = 0
        try:
            [version] = self._base.execute("pragma user_version").fetchone()
            if version == 0:
                self._base.executescript(_TABLES)
            elif version != _FORMAT:
                raise Unreadable(path)
        except (sqlite3.DatabaseError, Unreadable) as error:
            self._base.close()
            raise Unreadable(path) from error

    def progress(self) -> Position:
        with self._lock:
            found = self._base.execute("select xid, number from progress").fetchone()
        return Position(*found) if found else Position(0, 0)

    def take(self, facts: Sequence[Fact], upto: Position) -> None:
        with self._lock:
            self._base.execute("begin")
            try:
                self._base.executemany(
                    """insert into notes
                       select ?1 ->> 'carnet_id', ?1 ->> 'rang', ?1 ->> 'titre', ?1 ->> 'texte'""",
                    [(fact.data,) for fact in facts],
                )
                self._base.execute("delete from progress")
                self._base.execute("insert into progress values (?, ?)", upto)
                self._base.execute("commit")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("rollback")
                raise

    def tidy(self, *, whole: bool = False) -> bool:
        self.tidied += whole
        return False

    def skip(self, upto: Position) -> None:
        self.take([], upto)

    def remake(self) -> bool:
        return False

    def rows(self) -> Iterator[tuple[str, str]]:
        return iter(self.ask("select carnet_id || ' ' || rang, titre from notes order by 1"))

    def ask(self, question: str) -> list[Any]:
        with self._lock:
            return self._base.execute(question).fetchall()

    def limit(self, pages: int) -> None:
        """The disk, as small as one wants."""
        with self._lock:
            self._base.execute(f"pragma max_page_count = {pages}")

    def close(self) -> None:
        with self._lock:
            self._base.close()


def open_file(path: Path) -> NotesFile:
    return NotesFile(path)
