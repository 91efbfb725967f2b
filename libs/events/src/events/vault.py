"""The vault ("coffre"): personal fields encrypted under one random key per person (domain/securite.md).

Destroying the key erases the person from every copy of the journal; the ciphertexts are blanked after.
"""

import os
import time
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

import asyncpg
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.codec import Secret
from events.database import Database
from events.types import ERASED, Json

type KeyId = tuple[str, UUID, int]

_NONCE = 12
_BLANKED_AT_ONCE = 1000


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

        cache_size : in keys.   cache_seconds : for how long another process may still read a destroyed key.
        """
        self._database = database
        self._cache_size = cache_size
        self._cache_seconds = cache_seconds
        self._masters = {version: AESGCM(key) for version, key in master_keys.items()}
        self._current = max(self._masters)
        # Expiry and key; None for a destroyed key, so that "not loaded" is never taken for "erased".
        self._cache: OrderedDict[KeyId, tuple[float, AESGCM | None]] = OrderedDict()
        self._latest: OrderedDict[tuple[str, UUID], tuple[float, int]] = OrderedDict()

    async def seal(self, event_id: UUID, event_type: str, secrets: Sequence[Secret]) -> str:
        """The JSON text of the column `personal`: `[{k: kind, p: person, v: key version, c: base64}]`."""
        sealed: list[Json] = []
        for secret in secrets:
            version, cipher = await self._writing_key(secret.kind, secret.person)
            nonce = os.urandom(_NONCE)
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
            await connection.execute(
                """insert into coffre.cles (kind, person, version, wrapped, master_version)
                   select *, $4 from (select unnest($1::text[]), unnest($2::uuid[]), 1, unnest($3::bytea[])) k
                   on conflict do nothing""",
                kinds,
                ids,
                [self._wrap_new(kind, person) for kind, person in wanted],
                self._current,
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
                self._keep_latest(row["kind"], UUID(bytes=row["person"].bytes), row)

    async def load_keys(self, sealed: Collection[str]) -> None:
        """Fetch in one query the keys that these `personal` columns need (for a page of events).

        They are all in the cache when this returns: call `open` before any other `await`.
        """
        items = (item for text in sealed for item in orjson.loads(text))
        needed = {_key_of(item) for item in items if item["c"] is not None}
        now = time.monotonic()
        wanted = {key for key in needed if key not in self._cache or self._cache[key][0] < now}
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
        for key in wanted:
            self._remember(key, None)
        for row in rows:
            key = (row["kind"], UUID(str(row["person"])), row["version"])
            self._remember(key, self._unwrap(row["wrapped"], key, row["master_version"]))

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
                    fields.update(orjson.loads(cipher.decrypt(blob[:_NONCE], blob[_NONCE:], aad)))
        return fields

    async def destroy(self, kind: str, person: UUID, reason: str) -> None:
        """Erase the person: destroy every version of the key and write it in the ledger. Idempotent."""
        async with self._database.raw() as connection, connection.transaction():
            # A person without a key gets a destroyed one: a first write, even at this instant, finds it.
            await connection.execute(
                """insert into coffre.cles (kind, person, version, master_version, destroyed_at, reason)
                   values ($1, $2, 1, $3, clock_timestamp(), $4) on conflict do nothing""",
                kind,
                person,
                self._current,
                reason,
            )
            await connection.execute(
                """update coffre.cles set wrapped = null, destroyed_at = clock_timestamp(), reason = $3
                   where kind = $1 and person = $2 and wrapped is not null""",
                kind,
                person,
                reason,
            )
            await connection.execute(
                "insert into coffre.effacements (kind, person) values ($1, $2) on conflict do nothing",
                kind,
                person,
            )
        self._latest.pop((kind, person), None)
        for key in [k for k in self._cache if k[:2] == (kind, person)]:
            del self._cache[key]

    async def blank(self) -> int:
        """Blank the ciphertexts of erased persons in the journal. Returns how many events were changed."""
        async with self._database.raw() as connection:
            found = await connection.fetch(
                """select e.stream, e.version from events e where e.personal is not null and exists (
                     select 1 from jsonb_array_elements(e.personal) i
                     join coffre.effacements x on x.kind = i->>'k' and x.person = (i->>'p')::uuid
                     where i->>'c' is not null)"""
            )
            # In short transactions: an open write transaction holds back every feed (ENGINE §1.3).
            for start in range(0, len(found), _BLANKED_AT_ONCE):
                page = found[start : start + _BLANKED_AT_ONCE]
                await connection.execute(
                    """update events e set personal = (
                         select jsonb_agg(case when x.kind is null then i else i || '{"c": null}' end)
                         from jsonb_array_elements(e.personal) i
                         left join coffre.effacements x
                           on x.kind = i->>'k' and x.person = (i->>'p')::uuid)
                       where (e.stream, e.version) in (select * from unnest($1::text[], $2::int[]))""",
                    [row["stream"] for row in page],
                    [row["version"] for row in page],
                )
        return len(found)

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
                self._current,
            )
            row = await connection.fetchrow(
                """select version, wrapped, master_version from coffre.cles
                   where kind = $1 and person = $2 order by version desc limit 1""",
                kind,
                person,
            )
        if row is None or row["wrapped"] is None:
            raise PersonErased(kind)
        return self._keep_latest(kind, person, row)

    def _keep_latest(self, kind: str, person: UUID, row: asyncpg.Record) -> tuple[int, AESGCM]:
        key = (kind, person, row["version"])
        cipher = self._unwrap(row["wrapped"], key, row["master_version"])
        self._remember(key, cipher)
        self._trim({key})
        self._latest[kind, person] = (time.monotonic() + self._cache_seconds, row["version"])
        while len(self._latest) > self._cache_size:
            self._latest.popitem(last=False)
        return row["version"], cipher

    def _wrap_new(self, kind: str, person: UUID) -> bytes:
        """A fresh random key (version 1) under the current master key."""
        nonce = os.urandom(_NONCE)
        fresh = AESGCM.generate_key(256)
        return nonce + self._masters[self._current].encrypt(nonce, fresh, _wrapping(kind, person, 1))

    def _unwrap(self, wrapped: bytes, key: KeyId, master_version: int) -> AESGCM:
        return AESGCM(
            self._masters[master_version].decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _wrapping(*key))
        )

    def _remember(self, key: KeyId, cipher: AESGCM | None) -> None:
        self._cache[key] = (time.monotonic() + self._cache_seconds, cipher)

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


def _wrapping(kind: str, person: UUID, version: int) -> bytes:
    return f"{kind}|{person}|{version}".encode()
