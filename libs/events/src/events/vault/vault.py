"""The vault ("coffre"): personal fields encrypted under one random key per person.

Rules: docs/domaine/securite.md §9.
Destroying the key erases the person from every copy of the journal (erasure.py); the keys are wrapped by
master keys (master.py).
"""

import os
import time
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from uuid import UUID

import asyncpg
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.codec import Secret
from events.postgres.database import Database
from events.types import ERASED, Json
from events.vault import erasure
from events.vault.erasure import Entry, Erasure, destroy_in
from events.vault.master import (
    NONCE,
    KeyDamaged,
    KeyId,
    MasterKeyMissing,
    MasterKeys,
    Rewrapped,
    key_of,
)

__all__ = ["KeyDamaged", "MasterKeyMissing", "PersonErased", "Vault", "destroy_in"]


class PersonErased(Exception):
    """Somebody asks to write personal data of a person who was erased."""


class Vault:
    """Keys in `coffre.cles`, wrapped by a master key. One per process."""

    def __init__(
        self,
        database: Database,
        master_keys: Mapping[int, bytes],
        *,
        cache_size: int = 20_000,
        cache_seconds: float = 60.0,
    ) -> None:
        """master_keys : version -> 32 bytes. New keys are wrapped by the highest version.

        cache_size : in keys.   cache_seconds : for how long another process may still use a destroyed key.
        """
        self._database = database
        self._cache_size = cache_size
        self._cache_seconds = cache_seconds
        self._masters = MasterKeys(master_keys)
        # Expiry and key; None for a destroyed key, so that "not loaded" is never taken for "erased".
        self._cache: OrderedDict[KeyId, tuple[float, AESGCM | None]] = OrderedDict()
        self._latest: OrderedDict[tuple[str, UUID], tuple[float, int]] = OrderedDict()
        # A query answered late must not bring back a key destroyed meanwhile.
        self._erased: OrderedDict[tuple[str, UUID], None] = OrderedDict()

    async def check(self) -> None:
        """Call it at start. Raises MasterKeyMissing, naming the version, when live keys could not be read."""
        await self._masters.check(self._database)

    async def seal(self, event_id: UUID, event_type: str, secrets: Sequence[Secret]) -> str:
        """The JSON text of the column `personal`: `[{k: kind, p: person, v: key version, c: base64}]`."""
        sealed: list[Json] = []
        for secret in secrets:
            version, cipher = await self._writing_key(secret.kind, secret.person)
            nonce = os.urandom(NONCE)
            aad = _associated(event_id, event_type, secret.kind, secret.person, version)
            blob = nonce + cipher.encrypt(nonce, orjson.dumps(secret.fields), aad)
            item = {"k": secret.kind, "p": str(secret.person), "v": version, "c": b64encode(blob).decode()}
            # The names stay readable: with the key gone, each field still reads as "effacé".
            sealed.append(item | {"f": sorted(secret.fields)})
        return orjson.dumps(sealed).decode()

    async def prepare(self, persons: Collection[tuple[str, UUID]]) -> None:
        """Make and fetch in two queries the keys that sealing for these (kind, person) will need."""
        now = time.monotonic()
        wanted = [p for p in persons if p not in self._latest or self._latest[p][0] < now]
        if not wanted:
            return
        kinds, ids = [kind for kind, _ in wanted], [person for _, person in wanted]
        async with self._database.raw() as connection:
            # In the order of the primary key: two of them at once wait, and never deadlock.
            await connection.execute(
                """insert into coffre.cles (kind, person, version, wrapped, master_version)
                   select kind, person, 1, wrapped, $4
                   from unnest($1::text[], $2::uuid[], $3::bytea[]) n(kind, person, wrapped)
                   order by kind, person
                   on conflict do nothing""",
                kinds,
                ids,
                [self._wrap_new(kind, person) for kind, person in wanted],
                self._masters.current,
            )
            rows = await connection.fetch(
                """select distinct on (kind, person) kind, person, version, wrapped, master_version
                   from coffre.cles
                   where (kind, person) in (select * from unnest($1::text[], $2::uuid[]))
                   order by kind, person, version desc""",
                kinds,
                ids,
            )
        for row in rows:
            if row["wrapped"] is not None:
                self._keep_latest(row)

    async def load_keys(self, sealed: Collection[str], *, cached: bool = False) -> None:
        """Fetch in one query the keys that these `personal` columns need (for a page of events).

        cached : a key read less than `cache_seconds` ago will do. Not for what writes a table in clear: once
        its feed has passed the fact of an erasure, nothing of the person may come after.
        They are all in the cache when this returns: call `open` before any other `await`.
        Raises MasterKeyMissing, KeyDamaged.
        """
        items = (item for text in sealed for item in orjson.loads(text))
        needed = {_key_of(item) for item in items if item["c"] is not None}
        now = time.monotonic()
        wanted = {k for k in needed if not cached or k not in self._cache or self._cache[k][0] < now}
        while wanted:
            await self._fetch(wanted)
            self._trim(needed)
            # Meanwhile another reader may have pushed out keys that were there, or a person been erased.
            wanted = {key for key in needed if key not in self._cache}

    async def _fetch(self, wanted: Collection[KeyId]) -> None:
        kinds, persons, versions = zip(*wanted, strict=True)
        async with self._database.raw() as connection:
            rows = await connection.fetch(
                """select kind, person, version, wrapped, master_version from coffre.cles
                   where (kind, person, version) in
                     (select * from unnest($1::text[], $2::uuid[], $3::int[])) and wrapped is not null""",
                list(kinds),
                list(persons),
                list(versions),
            )
        live = {key_of(row): self._unwrap(row) for row in rows}
        for key in wanted:
            self._remember(key, live.get(key))

    def open(self, event_id: UUID, event_type: str, personal: str) -> Json:
        """The personal fields in clear; `ERASED` for those whose key is gone. Call `load_keys` before."""
        fields: Json = {}
        for item in orjson.loads(personal):
            key = _key_of(item)
            if item["c"] is not None and key not in self._cache:
                raise RuntimeError("la clé n'a pas été demandée : load_keys d'abord")
            cipher = self._cache[key][1] if item["c"] is not None else None
            fields.update(dict.fromkeys(item["f"], ERASED))
            if cipher is not None:
                aad = _associated(event_id, event_type, *key)
                # Moved, altered or cut short: never someone else's data.
                with suppress(InvalidTag, ValueError):
                    blob = b64decode(item["c"])
                    fields.update(orjson.loads(cipher.decrypt(blob[:NONCE], blob[NONCE:], aad)))
        return fields

    async def destroy(self, kind: str, person: UUID, reason: str) -> None:
        """Erase the person: destroy every version of the key and write it in the ledger. Idempotent.

        When a fact says so, `Store.append(erasures=…)` does it in the same transaction.
        """
        async with self._database.raw() as connection, connection.transaction():
            await erasure.destroy_in(connection, [Erasure(kind, person, reason)])
        self.forget(kind, person)

    def forget(self, kind: str, person: UUID) -> None:
        """The person was erased (committed): this process uses the key no more."""
        self._erased[kind, person] = None
        while len(self._erased) > self._cache_size:
            self._erased.popitem(last=False)
        self._latest.pop((kind, person), None)
        for key in [k for k in self._cache if k[:2] == (kind, person)]:
            del self._cache[key]

    def ledger(self) -> AsyncIterator[Entry]:
        """The ledger of erasures, streamed: (kind, person, erased_at), to be kept apart from the backups."""
        return erasure.ledger(self._database)

    async def apply_ledger(self, entries: Iterable[Entry]) -> int:
        """After a restore, before the service opens: erase again whoever the ledger names, and blank.

        Idempotent. Returns how many persons were not erased here, or not since their date. The facts of the
        erasures are not written again: call the service's `effacer` for each, then rebuild its read models.
        """
        changed = await erasure.apply(self._database, entries)
        self._cache.clear()
        self._latest.clear()
        await self.blank()
        return changed

    async def blank(self) -> int:
        """Blank the ciphertexts of erased persons in the journal. Returns how many events were changed."""
        return await erasure.blank(self._database)

    async def counts(self) -> list[asyncpg.Record]:
        """Keys by kind and master_version: `live`, `destroyed`, `oldest` (an instant), the server's `now`."""
        async with self._database.raw() as connection:
            return await connection.fetch(
                """select kind, master_version, count(*) filter (where wrapped is not null) as live,
                     count(*) filter (where wrapped is null) as destroyed, min(created_at) as oldest,
                     clock_timestamp() as now
                   from coffre.cles group by kind, master_version order by kind, master_version"""
            )

    async def knows(self, kind: str, person: UUID) -> bool:
        """Whether this person ever had a key here, destroyed since or not."""
        async with self._database.raw() as connection:
            return bool(
                await connection.fetchval(
                    "select exists (select from coffre.cles where kind = $1 and person = $2)", kind, person
                )
            )

    async def rewrap(self, batch: int = 1000) -> Rewrapped:
        """Wrap every live key again under the highest master key. Returns how many were, and what could not.

        Short transactions of `batch` keys: stopped anywhere, calling it again finishes; readers, writers and
        erasures go on meanwhile. When it returns, only damaged keys are under the older master keys. Before
        calling it, every process must have the new one. Raises MasterKeyMissing.
        """
        return await self._masters.rewrap(self._database, batch)

    async def secret(self, kind: str, person: UUID, purpose: str) -> bytes:
        """32 bytes that nobody guesses, always the same for one purpose as long as the person's key lives.

        Raises PersonErased.
        """
        _, cipher = await self._writing_key(kind, person)
        # Nothing of this ciphertext is ever stored: its nonce, which no fact draws, may stay the same.
        return sha256(cipher.encrypt(bytes(NONCE), purpose.encode(), b"secret")).digest()

    async def _writing_key(self, kind: str, person: UUID) -> tuple[int, AESGCM]:
        known = self._latest.get((kind, person))
        if known is not None and known[0] > time.monotonic():
            cached = self._cache.get((kind, person, known[1]))
            if cached is not None and cached[1] is not None:
                return known[1], cached[1]
        async with self._database.raw() as connection:
            # Its own transaction, before the append: the append must be the first write of its own.
            await connection.execute(
                """insert into coffre.cles (kind, person, version, wrapped, master_version)
                   values ($1, $2, 1, $3, $4) on conflict do nothing""",
                kind,
                person,
                self._wrap_new(kind, person),
                self._masters.current,
            )
            row = await connection.fetchrow(
                """select kind, person, version, wrapped, master_version from coffre.cles
                   where kind = $1 and person = $2 order by version desc limit 1""",
                kind,
                person,
            )
        if row is None or row["wrapped"] is None or (kind, person) in self._erased:
            raise PersonErased(kind)
        return self._keep_latest(row)

    def _keep_latest(self, row: asyncpg.Record) -> tuple[int, AESGCM]:
        key = kind, person, version = key_of(row)
        cipher = self._unwrap(row)
        self._remember(key, cipher)
        self._trim({key})
        self._latest[kind, person] = (time.monotonic() + self._cache_seconds, version)
        while len(self._latest) > self._cache_size:
            self._latest.popitem(last=False)
        return version, cipher

    def _wrap_new(self, kind: str, person: UUID) -> bytes:
        """A fresh random key (version 1) under the current master key."""
        return self._masters.wrap(AESGCM.generate_key(256), (kind, person, 1))

    def _unwrap(self, row: asyncpg.Record) -> AESGCM:
        return AESGCM(self._masters.unwrap(row["wrapped"], key_of(row), row["master_version"]))

    def _remember(self, key: KeyId, cipher: AESGCM | None) -> None:
        known = None if key[:2] in self._erased else cipher
        self._cache[key] = (time.monotonic() + self._cache_seconds, known)

    def _trim(self, keep: Collection[KeyId]) -> None:
        """Back to the cache's size, never at the cost of the keys to keep."""
        for key in keep:
            if key in self._cache:
                self._cache.move_to_end(key)
        while len(self._cache) > max(self._cache_size, len(keep)):
            self._cache.popitem(last=False)


def _key_of(item: Json) -> KeyId:
    return item["k"], UUID(item["p"]), item["v"]


def _associated(event_id: UUID, event_type: str, kind: str, person: UUID, version: int) -> bytes:
    return f"{event_id}|{event_type}|{kind}|{person}|{version}".encode()
