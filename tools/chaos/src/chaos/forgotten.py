"""What is left of those who were erased: facts, keys, lines of the ledger, and any text of theirs."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events.postgres.database import Database
from events.types import Recorded

from chaos.bus import Published
from chaos.history import Erased
from chaos.people import MARK
from chaos.settling import HEARD

_FACTS = {"identity": "CompteEfface", "cartographie": "ContactsEffaces"}
_MARK = re.compile(MARK, re.IGNORECASE)
_TABLES = """
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname in ('public', 'coffre') order by 1
"""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One person in one service. facts : that say the erasure, where it is decided; None elsewhere.

    ledger : lines of the person.   keys : for each key that was ever made, whether it is destroyed.
    """

    erased: Erased
    service: str
    facts: int | None
    ledger: int
    keys: tuple[bool, ...]

    def __str__(self) -> str:
        return f"{self.erased.kind} {self.erased.person} dans {self.service}"


async def forgotten(
    database: Database, service: str, erased: Iterable[Erased], journal: Sequence[Recorded[Any]]
) -> list[Forgotten]:
    """Of each person that this service had to erase."""
    found: list[Forgotten] = []
    async with database.raw() as connection:
        for one in erased:
            if service not in HEARD[one.service]:
                continue
            lines = await connection.fetchval(
                "select count(*) from coffre.effacements where kind = $1 and person = $2",
                one.kind,
                one.person,
            )
            keys = await connection.fetch(
                "select wrapped is null as gone from coffre.cles where kind = $1 and person = $2",
                one.kind,
                one.person,
            )
            facts = [
                r
                for r in journal
                if r.stream == f"{one.kind}-{one.person}" and type(r.event).__name__ == _FACTS.get(service)
            ]
            found.append(
                Forgotten(
                    one,
                    service,
                    len(facts) if service == one.service else None,
                    int(lines or 0),
                    tuple(bool(key["gone"]) for key in keys),
                )
            )
    return found


async def readable_in_tables(database: Database, service: str, erased: Iterable[Erased]) -> list[str]:
    """The tables, all of them, of which a row still says a text of somebody who is erased."""
    patterns = [f"%{one.mark}%" for one in erased]
    found: list[str] = []
    async with database.raw() as connection:
        for table in await connection.fetch(_TABLES):
            name = table["name"]
            count = await connection.fetchval(
                f"select count(*) from {name} t where t::text ilike any($1::text[])",  # noqa: S608 - a table
                patterns,
            )
            if count:
                found.append(f"{service} {name}, {count} lignes")
    return found


def readable_in_journal(
    service: str, journal: Iterable[Recorded[Any]], erased: Iterable[Erased]
) -> Iterator[str]:
    """The facts that the keys which are left still open."""
    marks = {one.mark for one in erased}
    for recorded in journal:
        if marks.intersection(_MARK.findall(repr(recorded.event))):
            yield f"{service} {recorded.stream} version {recorded.version}"


def readable_in_stream(service: str, stream: Iterable[Published]) -> Iterator[str]:
    """A contract carries no text of anybody, erased or not."""
    for message in stream:
        if _MARK.search(message.body.decode(errors="replace")):
            yield f"flux {service}, message {message.sequence}"


def readable_in_logs(logs: Mapping[str, Path]) -> Iterator[str]:
    """Nor does what a process writes of its work."""
    for name, log in logs.items():
        count = sum(bool(_MARK.search(line)) for line in log.read_text(errors="replace").splitlines())
        if count:
            yield f"journal de {name}, {count} lignes"


def readable_in_figures(rows: Mapping[Any, Mapping[str, Any]]) -> Iterator[str]:
    """Nor do the statistics."""
    count = sum(bool(_MARK.search(repr(row))) for row in rows.values())
    if count:
        yield f"statistiques, {count} lignes"
