"""The statements that write rows of the journal, and what an append takes with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

SECONDS = 5.0
"""For one statement: past it the connection is taken for lost, and the same ids are sent again on another."""
LOCK_WAIT = "200ms"
"""For a place that another transaction holds: past it the append is tried apart, it keeps nobody waiting."""

_INSERT = f"""
insert into events (id, stream, version, type, schema_version, data, personal, metadata)
select i.id, i.stream, i.version, i.type, i.schema_version, i.data, i.personal, i.metadata
from rows from (jsonb_to_recordset($1::text::jsonb) as (id uuid, stream text, version int, type text,
  schema_version smallint, data jsonb, personal jsonb, metadata jsonb, first int))
  with ordinality as i(id, stream, version, type, schema_version, data, personal, metadata, first, n)
where (select set_config('lock_timeout', '{LOCK_WAIT}', true)) is not null
  and (i.first = 1 or exists (select from events e where e.stream = i.stream and e.version = i.first - 1))
order by i.n
on conflict do nothing
returning id, stream, version, xid, position
"""  # noqa: S608 - a constant
# The same for one event: half the cost of the general form.
_INSERT_ONE = f"""
insert into events (id, stream, version, type, schema_version, data, personal, metadata)
select $1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8::text::jsonb
where (select set_config('lock_timeout', '{LOCK_WAIT}', true)) is not null
  and ($9 = 1 or exists (select from events e where e.stream = $2 and e.version = $9 - 1))
on conflict do nothing
returning id, stream, version, xid, position
"""  # noqa: S608 - a constant

_FIND = """
select e.id, e.stream, e.version, e.xid, e.position
from jsonb_to_recordset($1::text::jsonb) as i(id uuid, stream text, version int, type text,
  schema_version smallint, data jsonb)
join events e using (id, stream, version, type, schema_version)
where e.data = i.data
"""


class ClaimTaken(Exception):
    """Another stream already holds what had to be unique."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Claim:
    """Something unique across streams (an identity, an active invitation). key : at most 64 bytes, hashed
    when it comes from personal data."""

    kind: str
    key: bytes


@dataclass(slots=True)
class Row:
    """One event, encoded. data, personal, metadata : JSON. first : version of the append's first event."""

    id: UUID
    stream: str
    version: int
    type: str
    schema_version: int
    data: bytes
    personal: str | None
    metadata: bytes
    first: int


async def insert(connection: Any, rows: Sequence[Row]) -> list[Any]:
    """Those that were free; each as id, stream, version, xid, position.

    Raises LockNotAvailableError when another transaction, not ended, holds the place of one of them.
    """
    if len(rows) == 1:
        [r] = rows
        return await connection.fetch(
            _INSERT_ONE,
            r.id,
            r.stream,
            r.version,
            r.type,
            r.schema_version,
            r.data.decode(),
            r.personal,
            r.metadata.decode(),
            r.first,
            timeout=SECONDS,
        )
    return await connection.fetch(_INSERT, _together(rows), timeout=SECONDS)


async def find_again(connection: Any, rows: Sequence[Row]) -> list[Any]:
    """Those that are stored already, the same in everything that is clear, as `insert` gives them."""
    return await connection.fetch(_FIND, _together(rows), timeout=SECONDS)


def _together(rows: Sequence[Row]) -> str:
    # One text for the whole batch: the driver checks every element of nine arrays in Python otherwise.
    return orjson.dumps(
        [
            {
                "id": r.id,
                "stream": r.stream,
                "version": r.version,
                "type": r.type,
                "schema_version": r.schema_version,
                "data": orjson.Fragment(r.data),
                "personal": orjson.Fragment(r.personal) if r.personal is not None else None,
                "metadata": orjson.Fragment(r.metadata),
                "first": r.first,
            }
            for r in rows
        ]
    ).decode()


async def take(connection: Any, stream: str, claims: Sequence[Claim], releases: Sequence[Claim]) -> None:
    """Inside the transaction of an append. Raises ClaimTaken."""
    for claim in releases:
        await connection.execute(
            "delete from claims where kind = $1 and key = $2 and stream = $3", claim.kind, claim.key, stream
        )
    for claim in claims:
        holder = await connection.fetchval(
            """with new as (insert into claims (kind, key, stream) values ($1, $2, $3)
                            on conflict do nothing returning stream)
               select stream from new union all select stream from claims where kind = $1 and key = $2""",
            claim.kind,
            claim.key,
            stream,
        )
        # None: the holder committed after this statement's snapshot, so it is another stream.
        if holder != stream:
            raise ClaimTaken(claim.kind)
