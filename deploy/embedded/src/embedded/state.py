"""What the running platform leaves on disk: its lock, and the processes that it started.

A pid alone proves nothing (it may have been given to somebody else since): every record carries the
process's start time and the machine's boot, and only a record that still matches is ever signalled.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Recorded:
    """One process that we started. `birth` : see `birth_of`."""

    name: str
    pid: int
    birth: str


def birth_of(pid: int) -> str | None:
    """Boot of the machine and start tick of the process: the pair never comes twice. None: not running."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if after_name[0] in {"Z", "X"}:
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return f"{boot}/{after_name[19]}"


class State:
    """The file `etat.json` of the data folder, and the lock that its owner holds while it lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "etat.json"
        self._lock: int | None = None
        self._processes: list[Recorded] = []
        self._ports: dict[str, int] = {}
        self._ready = False

    def take(self) -> bool:
        """False: another platform runs on this folder. The kernel frees the lock when its owner dies."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Also one that was made otherwise: it holds people's data.
        self._folder.chmod(0o700)
        lock = os.open(self._folder / "verrou", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def open(self, ports: Mapping[str, int]) -> None:
        """The file of this run; from here on every process is recorded."""
        self._ports = dict(ports)
        self._processes = []
        self.record("plateforme", os.getpid())

    def record(self, name: str, pid: int) -> None:
        birth = birth_of(pid)
        self._processes = [p for p in self._processes if p.name != name]
        if birth is not None:
            self._processes.append(Recorded(name, pid, birth))
        self._write()

    def mark_ready(self) -> None:
        self._ready = True
        self._write()

    def close(self) -> None:
        """Everything stopped: nothing is left to find at the next start."""
        self._file.unlink(missing_ok=True)
        self.release()

    def _write(self) -> None:
        content = {
            "ports": self._ports,
            "prete": self._ready,
            "processus": [asdict(p) for p in self._processes],
        }
        fresh = self._file.with_suffix(".neuf")
        fresh.write_text(json.dumps(content, indent=1))
        fresh.replace(self._file)

    # --- What a previous run left ---

    def _content(self) -> dict[str, object]:
        try:
            content: object = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return {str(k): v for k, v in content.items()} if isinstance(content, dict) else {}

    def left(self) -> list[Recorded]:
        """The recorded processes that are still the same and still alive."""
        found: list[Recorded] = []
        entries = self._content().get("processus")
        for entry in entries if isinstance(entries, list) else []:
            with contextlib.suppress(TypeError):
                recorded = Recorded(**entry)
                if birth_of(recorded.pid) == recorded.birth:
                    found.append(recorded)
        return found

    def owner(self) -> Recorded | None:
        """The supervisor of the platform that runs on this folder."""
        return next((p for p in self.left() if p.name == "plateforme"), None)

    def is_ready(self) -> bool:
        return self._content().get("prete") is True

    def ports(self) -> dict[str, int]:
        ports = self._content().get("ports")
        return {str(k): int(v) for k, v in ports.items()} if isinstance(ports, dict) else {}


def end(processes: list[Recorded], seconds: float = 10.0) -> None:
    """Asks them to stop, then forces them. Each pid is checked again before every signal."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for process in _alive(processes):
            # PostgreSQL waits for its clients on SIGTERM, and closes at once on SIGINT.
            gentle = signal.SIGINT if process.name == "postgres" else sign
            with contextlib.suppress(OSError):
                os.kill(process.pid, gentle if sign is signal.SIGTERM else sign)
        limit = time.monotonic() + seconds
        while list(_alive(processes)) and time.monotonic() < limit:
            time.sleep(0.05)


def _alive(processes: list[Recorded]) -> Iterator[Recorded]:
    return (p for p in processes if birth_of(p.pid) == p.birth)


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    try:
        root = psutil.Process(pid)
        return [pid, *[child.pid for child in root.children(recursive=True)]]
    except psutil.Error:
        return []
