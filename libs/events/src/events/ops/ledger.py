"""The ledger of erasures as a file kept apart from the databases: one JSON line a person, ids and dates only.

It outlives a lost disk and an old backup: a restore applies it before the database opens.
"""

import datetime as dt
import fcntl
import os
import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import orjson

from events.vault.erasure import Entry


class LedgerDamaged(Exception):
    """A line of the file cannot be read: someone erased could come back, so nothing goes on."""


def ledger_file(folder: Path, service: str) -> Path:
    return folder / f"effacements-{service}.jsonl"


def read(path: Path) -> dict[tuple[str, UUID], dt.datetime]:
    """The persons erased and when; nothing when the file is not there. Raises LedgerDamaged.

    A last line without its end was cut by a crash of the writer, who reported no success: it is left out.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    found: dict[tuple[str, UUID], dt.datetime] = {}
    for number, line in enumerate(lines[:-1], 1):
        if not line:
            continue
        try:
            content = orjson.loads(line)
            erased_at = dt.datetime.fromisoformat(content["erased_at"])
            person = (str(content["kind"]), UUID(content["person"]))
            if erased_at.tzinfo is None:
                raise ValueError("no time zone")
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerDamaged(f"{path} : la ligne {number} est illisible") from error
        found[person] = min(erased_at, found.get(person, erased_at))
    return found


def merge(path: Path, entries: Iterable[Entry]) -> int:
    """Add what the file does not hold yet, durably. Returns how many persons it holds then.

    Others may do the same meanwhile: each waits for its turn.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(path):
        known = read(path)
        for kind, person, erased_at in entries:
            known[kind, person] = min(erased_at, known.get((kind, person), erased_at))
        _write(path, known)
    return len(known)


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """A lock on a file beside, which stays: `path` itself is replaced at each writing."""
    lock = os.open(path.with_name(path.name + ".verrou"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _write(path: Path, known: Mapping[tuple[str, UUID], dt.datetime]) -> None:
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".", suffix=".neuf")
    try:
        with os.fdopen(descriptor, "wb") as file:
            for (kind, person), erased_at in sorted(known.items()):
                line = {"kind": kind, "person": str(person), "erased_at": erased_at.isoformat()}
                file.write(orjson.dumps(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def entries(known: dict[tuple[str, UUID], dt.datetime]) -> list[Entry]:
    """As `Vault.apply_ledger` takes them."""
    return [(kind, person, erased_at) for (kind, person), erased_at in known.items()]
