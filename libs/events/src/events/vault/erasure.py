"""Erasing a person: keys destroyed, a line in the ledger, ciphertexts blanked.

Rules: docs/domaine/securite.md §9.6.
The ledger (`coffre.effacements`: identifiers and dates only) is kept apart, and applied again after any
restore, before the service opens.
"""

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from uuid import UUID

import asyncpg
import structlog

from events.postgres.database import BULK_SECONDS, Database, discard

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Erasure:
    """A person whose keys are destroyed in the transaction of the fact that says so.

    reason : a word for the operator's record, without personal data.
    """

    kind: str
    person: UUID
    reason: str


type Entry = tuple[str, UUID, dt.datetime]
"""A line of the ledger: kind, person, when the person was erased (aware)."""

_PAGE = 1000
_VACUUM_SECONDS = 3600.0
_NOT_BEFORE_NOW = dt.datetime.max.replace(tzinfo=dt.UTC)
_AGAIN = "registre des effacements"

# In the order of the primary key, so that two of them at once wait and never deadlock.
_CONCERNED = """(select * from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[])
                 as n(kind, person, erased_at, reason) order by kind, person) n"""
_TOMBSTONES = f"""
insert into coffre.cles (kind, person, version, master_version, destroyed_at, reason)
select kind, person, 1, 0, coalesce(erased_at, clock_timestamp()), reason from {_CONCERNED}
on conflict do nothing
"""  # noqa: S608 - constants
_DESTROY = f"""
with live as (
  select c.kind, c.person, c.version, n.erased_at, n.reason
  from coffre.cles c join {_CONCERNED} using (kind, person)
  where c.wrapped is not null order by c.kind, c.person, c.version for no key update of c)
update coffre.cles c
set wrapped = null, destroyed_at = coalesce(live.erased_at, clock_timestamp()), reason = live.reason
from live where (c.kind, c.person, c.version) = (live.kind, live.person, live.version)
returning c.kind, c.person
"""  # noqa: S608 - constants
_RECORD = f"""
insert into coffre.effacements as e (kind, person, erased_at)
select kind, person, coalesce(erased_at, clock_timestamp()) from {_CONCERNED}
on conflict (kind, person) do update set erased_at = excluded.erased_at
  where excluded.erased_at < e.erased_at
returning kind, person
"""  # noqa: S608 - constants
_FIND_CIPHERTEXTS = """
with page as materialized (
  select stream, version, personal from events
  where (stream, version) > ($1, $2) order by stream, version limit $3)
select stream, version, personal is not null and exists (
  select from jsonb_array_elements(page.personal) i
  join coffre.effacements x on x.kind = i->>'k' and x.person = (i->>'p')::uuid
  where i->>'c' is not null) as erased
from page order by stream, version
"""
# The journal, the keys, and the read models: their rows said in clear who was erased.
_OUR_TABLES = """
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname in ('public', 'coffre') order by 1
"""
_BLANK = """
update events e set personal = (
  select jsonb_agg(case when x.kind is null then i.item else i.item || '{"c": null}' end order by i.n)
  from jsonb_array_elements(e.personal) with ordinality as i(item, n)
  left join coffre.effacements x on x.kind = i.item->>'k' and x.person = (i.item->>'p')::uuid)
where (e.stream, e.version) in (select * from unnest($1::text[], $2::int[]))
"""


async def destroy_in(connection: asyncpg.Connection, erasures: Sequence[Erasure]) -> None:
    """Destroy every version of these persons' keys, inside the caller's transaction. Idempotent.

    After the commit, `Vault.forget` makes the process that did it forget them too.
    """
    await _destroy(connection, [(e.kind, e.person, None, e.reason) for e in erasures])


async def ledger(database: Database) -> AsyncIterator[Entry]:
    """Every line of the ledger, page by page, in the order of (kind, person)."""
    after = ("", UUID(int=0))
    while True:
        async with database.raw() as connection:
            rows = await connection.fetch(
                """select kind, person, erased_at from coffre.effacements
                   where (kind, person) > ($1, $2) order by kind, person limit $3""",
                *after,
                _PAGE,
            )
        for row in rows:
            yield row["kind"], UUID(bytes=row["person"].bytes), row["erased_at"]
        if len(rows) < _PAGE:
            return
        after = (rows[-1]["kind"], rows[-1]["person"])


async def erased(database: Database, persons: Collection[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Those of these persons, (kind, person), that were erased."""
    if not persons:
        return set()
    async with database.raw() as connection:
        found = await connection.fetch(
            """select kind, person from coffre.effacements
               where (kind, person) in (select * from unnest($1::text[], $2::uuid[]))""",
            [kind for kind, _ in persons],
            [person for _, person in persons],
        )
    return {(row["kind"], UUID(bytes=row["person"].bytes)) for row in found}


async def apply(database: Database, entries: Iterable[Entry]) -> int:
    """Destroy again what the ledger says was erased. Returns how many persons were not, or not since then."""
    changed = 0
    for page in batched(entries, _PAGE):
        for _, _, erased_at in page:
            if erased_at.tzinfo is None:
                raise ValueError("une date du registre des effacements n'a pas de fuseau horaire")
        async with database.raw() as connection, connection.transaction():
            changed += await _destroy(connection, [(*entry, _AGAIN) for entry in page])
    return changed


async def blank(database: Database, *, scanned: int = 20_000) -> int:
    """Blank the ciphertexts of erased persons in the journal. Returns how many events were changed.

    scanned : events read at once. Writes in short transactions: an open one holds back every feed (ADR
    0001). Then vacuums, so that the room of the old rows, ciphertexts, keys and clear texts of the read
    models, is used again: readers and writers go on meanwhile. Each time, even with nothing to blank: the
    last one may have failed.
    """
    changed, after = 0, ("", 0)
    async with database.raw() as connection:
        if not await connection.fetchval("select exists (select from coffre.effacements)"):
            return 0
    while True:
        async with database.raw() as connection:
            # In the order of the streams, not of the disk: as many readings of it as rows.
            rows = await connection.fetch(_FIND_CIPHERTEXTS, *after, scanned, timeout=BULK_SECONDS)
            found = [row for row in rows if row["erased"]]
            for page in batched(found, _PAGE):
                streams, versions = [row["stream"] for row in page], [row["version"] for row in page]
                await connection.execute(_BLANK, streams, versions)
        changed += len(found)
        if len(rows) < scanned:
            break
        after = (rows[-1]["stream"], rows[-1]["version"])
    await _vacuum(database)
    return changed


async def _vacuum(database: Database) -> None:
    """A failure is only logged: everything is erased already, and the next time vacuums again."""
    try:
        async with database.raw() as connection:
            try:
                # Not possible inside a transaction: the limit is lifted for the session, which ends here.
                await connection.execute("set transaction_timeout = 0")
                for table in await connection.fetch(_OUR_TABLES):
                    await connection.execute(f"vacuum {table['name']}", timeout=_VACUUM_SECONDS)
            finally:
                discard(connection)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        log.warning("vacuum_failed", error=type(error).__name__)


async def _destroy(
    connection: asyncpg.Connection, concerned: Sequence[tuple[str, UUID, dt.datetime | None, str]]
) -> int:
    """How many persons had a live key, or a later date in the ledger, or no line there. None is now."""
    # One line a person: the same statement could not write a row twice. The earliest date wins.
    latest_first = sorted(concerned, key=lambda c: c[2] or _NOT_BEFORE_NOW, reverse=True)
    once = {(kind, person): (kind, person, at, reason) for kind, person, at, reason in latest_first}
    columns = [list(column) for column in zip(*once.values(), strict=True)]
    if not columns:
        return 0
    # A person without a key gets a destroyed one: a first write, even at this instant, finds it.
    await connection.execute(_TOMBSTONES, *columns)
    destroyed = await connection.fetch(_DESTROY, *columns)
    recorded = await connection.fetch(_RECORD, *columns)
    return len({(row["kind"], row["person"]) for row in (*destroyed, *recorded)})
