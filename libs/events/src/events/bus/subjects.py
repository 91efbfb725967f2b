"""Subjects of the bus: `<service>.<Event>.v<n>.<partition>.<département or _>` (docs/contrats/README.md)."""

import functools
import re
import zlib

from events.contract import Contract

PARTITIONS = 8
_TOKEN = re.compile(r"[0-9A-Za-z_-]{1,32}")


def subject(kind: str, stream: str, departement: str | None) -> str:
    """kind : `<service>.<Event>.v<n>`. The partition is the stream's: its messages keep their order."""
    return f"{kind}.{zlib.crc32(stream.encode()) % PARTITIONS}.{_territory(departement)}"


def subject_filter(contract: type[Contract], service: str) -> str:
    """Every message of a contract: any partition, any département."""
    return f"{service}.{contract.event_name()}.v{contract.version()}.*.>"


@functools.lru_cache(1024)
def _territory(departement: str | None) -> str:
    if not departement:
        return "_"
    if not _TOKEN.fullmatch(departement):
        raise ValueError("code de département illisible")
    return departement
