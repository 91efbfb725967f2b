"""Master keys: they wrap the persons' keys (docs/domaine/securite.md §9.4), and change every month.

Rotation: give every process the old and the new key, `rewrap`, then remove the old one from the settings.
From then on an older copy of `coffre.cles` opens nothing.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.postgres.database import Database

type KeyId = tuple[str, UUID, int]
"""kind, person, version of the person's key."""

NONCE = 12
_TRIED = 5
"""Live keys tried before a master key is said to be the wrong one: a few may be damaged."""

# Rows are locked in the order of the primary key, as everywhere: two rotations wait, never deadlock.
_REPLACE = """
with live as (
  select c.kind, c.person, c.version, n.fresh
  from coffre.cles c
  join unnest($2::text[], $3::uuid[], $4::int[], $5::int[], $6::bytea[], $7::bytea[])
    as n(kind, person, version, master_version, wrapped, fresh) using (kind, person, version)
  where c.master_version = n.master_version and c.wrapped = n.wrapped
  order by c.kind, c.person, c.version
  for no key update of c)
update coffre.cles c set wrapped = live.fresh, master_version = $1
from live where (c.kind, c.person, c.version) = (live.kind, live.person, live.version)
"""
_SOME = """
select k.* from (select distinct master_version v from coffre.cles where wrapped is not null) used,
  lateral (select master_version, kind, person, version, wrapped from coffre.cles
           where master_version = used.v and wrapped is not null order by created_at desc limit $1) k
order by master_version
"""


class MasterKeyMissing(OSError):
    """A live key is wrapped by a master key that this process was not given, or was given wrong.

    An OSError on purpose (`is_unavailable`): like a server that is away, it is a fault of the
    installation, to be waited for. Never the fault of an event, never "effacé".
    """


class KeyDamaged(Exception):
    """The stored key of one person was altered: its master key does not open it."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """count : keys wrapped again.   damaged : those that their master key does not open, left as they are."""

    count: int
    damaged: tuple[KeyId, ...]


class MasterKeys:
    """The master keys of one process, by version."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """keys : version -> 32 bytes. The highest version wraps, all unwrap."""
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self.current = max(self._ciphers)

    def wrap(self, secret: bytes, key: KeyId) -> bytes:
        """The person's key under the current master key."""
        nonce = os.urandom(NONCE)
        return nonce + self._ciphers[self.current].encrypt(nonce, secret, _bound(key))

    def unwrap(self, wrapped: bytes, key: KeyId, master_version: int) -> bytes:
        """The person's key. Raises MasterKeyMissing, KeyDamaged."""
        cipher = self._ciphers.get(master_version)
        if cipher is None:
            raise MasterKeyMissing(
                f"la clé maîtresse version {master_version} n'est pas configurée (versions connues :"
                f" {', '.join(str(v) for v in sorted(self._ciphers))})"
            )
        try:
            return cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], _bound(key))
        except (InvalidTag, ValueError):
            # ValueError: cut so short that not even the nonce is there.
            raise KeyDamaged(f"une clé enveloppée par la clé maîtresse {master_version}") from None

    async def check(self, database: Database) -> None:
        """Try live keys of each master version. Raises MasterKeyMissing: call it before anything else."""
        async with database.raw() as connection:
            rows = await connection.fetch(_SOME, _TRIED)
        for version, some in groupby(rows, key=itemgetter("master_version")):
            tried = list(some)
            if not any(self._opens(row) for row in tried):
                named = ", ".join(f"{row['kind']} {row['person']}" for row in tried)
                raise MasterKeyMissing(
                    f"la clé maîtresse version {version} n'est pas celle qui a servi, ou ces clés sont"
                    f" abîmées : {named}"
                )

    def _opens(self, row: asyncpg.Record) -> bool:
        try:
            self.unwrap(row["wrapped"], key_of(row), row["master_version"])
        except KeyDamaged:
            return False
        return True

    async def rewrap(self, database: Database, batch: int) -> Rewrapped:
        """Wrap every live key again under the current master key; `Vault.rewrap` says how."""
        total = 0
        # A process that has only the old key may add some meanwhile: until a whole pass finds none.
        while (done := await self._pass(database, batch)).count:
            total += done.count
        return Rewrapped(total, done.damaged)

    async def _pass(self, database: Database, batch: int) -> Rewrapped:
        changed, after = 0, ("", UUID(int=0), 0)
        damaged: list[KeyId] = []
        while True:
            async with database.raw() as connection:
                rows = await connection.fetch(
                    """select kind, person, version, wrapped, master_version from coffre.cles
                       where (kind, person, version) > ($1, $2, $3)
                         and wrapped is not null and master_version < $4
                       order by kind, person, version limit $5""",
                    *after,
                    self.current,
                    batch,
                )
                if not rows:
                    return Rewrapped(changed, tuple(damaged))
                opened = [(row, self._opens(row)) for row in rows]
                damaged += [key_of(row) for row, opens in opened if not opens]
                changed += await self._replace(connection, [row for row, opens in opened if opens])
            after = key_of(rows[-1])

    async def _replace(self, connection: asyncpg.Connection, rows: list[asyncpg.Record]) -> int:
        """One statement, so one short transaction. What was destroyed or wrapped since stays as it is."""
        if not rows:
            return 0
        keys = [key_of(row) for row in rows]
        fresh = [
            self.wrap(self.unwrap(row["wrapped"], key, row["master_version"]), key)
            for key, row in zip(keys, rows, strict=True)
        ]
        done = await connection.execute(
            _REPLACE,
            self.current,
            *(list(column) for column in zip(*keys, strict=True)),
            [row["master_version"] for row in rows],
            [row["wrapped"] for row in rows],
            fresh,
        )
        return int(done.rsplit(" ", 1)[1])


def key_of(row: asyncpg.Record) -> KeyId:
    """The primary key of a row of `coffre.cles`."""
    return row["kind"], UUID(bytes=row["person"].bytes), row["version"]


def _bound(key: KeyId) -> bytes:
    kind, person, version = key
    return f"{kind}|{person}|{version}".encode()
