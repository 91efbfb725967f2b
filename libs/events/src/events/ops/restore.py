"""Restore of one service's database from what backup.py made.

Everything happens in a database beside, which takes the name in one transaction at the very end: a restore
that fails leaves the old one as it was. PostgreSQL's transaction counter does not follow a dump, so the feed
goes on above every xid that the old cluster may have given (schema.watermark_sql): stored positions, cursors
and other services' checkpoints stay valid.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from nats.aio.client import Client

from events.bus import repair as stream
from events.ops import ledger
from events.ops.backup import (
    NEXT_XID_SQL,
    PASSING,
    BackupFailed,
    Manifest,
    check_file,
    driver_url,
    read_manifest,
    run_tool,
)
from events.postgres.database import Database
from events.postgres.schema import watermark_sql
from events.projection.checkpoints import read_checkpoint
from events.service import Service
from events.types import Position
from events.vault import erasure
from events.vault.master import MasterKeyMissing, MasterKeys

MARGIN = 1 << 32
"""Transactions that the old cluster may have begun after the last one known: years of them."""
_SECONDS = 3600.0
"""For what reads a whole table, with the server's own limit lifted."""
_BESIDE = "__restauration"
_BEFORE = "__avant"


class RestoreRefused(Exception):
    """Nothing was changed; the message, in French, says why."""


@dataclass(frozen=True, slots=True)
class Restored:
    """events : in the journal.   erased : persons whose erasure was applied again.   offset : of the xids.

    reread : checkpoints of read models fed by a stream that is no longer the same, read whole again.
    """

    manifest: Manifest
    erased: int
    offset: int
    reread: tuple[str, ...]


async def restore(
    service: Service[Any],
    folder: Path,
    *,
    database_url: str,
    admin_url: str,
    bus: Client,
    master_keys: Mapping[int, bytes],
    apart: Path | None = None,
    replace: bool = False,
) -> Restored:
    """Put the service's database back from `folder`. The service must be stopped; PostgreSQL and NATS not.

    database_url : of the service.   admin_url : of a role that may create databases.   bus : to see how far
    the streams are.   master_keys : the service's; a backup that they do not open is refused.   apart : the
    ledger file kept apart, applied with the backup's and the present base's.   replace : the present database
    may be dropped. Raises RestoreRefused, BackupFailed, LedgerDamaged.
    """
    manifest = read_manifest(folder, service.name)
    file = await asyncio.to_thread(check_file, folder, manifest)
    known = ledger.read(ledger.ledger_file(folder, service.name))
    if apart is not None:
        _add(known, ledger.entries(ledger.read(apart)))
    url = sa.make_url(database_url)
    name, role = url.database or "", url.username or ""
    beside = url.set(database=name + _BESIDE).render_as_string(hide_password=False)
    admin: Any = await asyncpg.connect(driver_url(admin_url))
    try:
        present = await _present(admin, driver_url(database_url), name, replace=replace)
        _add(known, present.erased)
        published = await stream.last_position(bus, service.name)
        highest = max(manifest.next_xid, present.next_xid, published.xid)
        offset = -(-(highest + MARGIN) // MARGIN) * MARGIN
        async with _beside(admin, name + _BESIDE, role):
            target = sa.make_url(admin_url).set(database=name + _BESIDE)
            options = ["--exit-on-error", "--no-owner", "--no-privileges", f"--role={role}"]
            await run_tool(
                "pg_restore",
                [*options, f"--dbname={name + _BESIDE}", str(file)],
                target.render_as_string(hide_password=False),
            )
            await asyncio.to_thread(service.migrate, beside)
            database = Database(beside)
            try:
                await _check_journal(database, manifest)
                await _go_on(database, service, offset)
                reread = await _check_checkpoints(database, service, bus)
                erased = await erasure.apply(database, ledger.entries(known))
                await _check_keys(database, master_keys)
                await erasure.blank(database)
                await _analyze(database)
            finally:
                await database.close()
            await _take_name(admin, name)
    finally:
        await admin.close()
    return Restored(manifest, erased, offset, reread)


# --- The present database -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Present:
    next_xid: int
    erased: list[erasure.Entry]


async def _present(admin: Any, url: str, name: str, *, replace: bool) -> _Present:
    """What the present database still teaches. Refuses when it must not be replaced."""
    if not await admin.fetchval("select exists (select from pg_database where datname = $1)", name):
        return _Present(0, [])
    used = await admin.fetchval(
        "select count(*) from pg_stat_activity where datname = $1 and backend_type = 'client backend'", name
    )
    if used:
        raise RestoreRefused(
            f"la base {name} est utilisée ({used} connexions) : arrêtez le service, puis recommencez"
        )
    nothing = _Present(0, [])
    try:
        connection: Any = await asyncpg.connect(url)
    except (asyncpg.PostgresError, OSError) as error:
        if not replace:
            raise RestoreRefused(
                f"la base {name} ne s'ouvre pas et serait remplacée : --remplacer"
            ) from error
        return nothing
    try:
        if not await connection.fetchval("select to_regclass('events') is not null"):
            tables = await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'")
            if tables and not replace:
                raise RestoreRefused(f"la base {name} contient {tables} tables : --remplacer")
            return nothing
        if not replace and await connection.fetchval("select exists (select from events)"):
            raise RestoreRefused(f"le journal de la base {name} n'est pas vide : --remplacer")
        rows = await connection.fetch("select kind, person, erased_at from coffre.effacements")
        highest = await connection.fetchval("select coalesce(max(xid)::text::bigint, 0) from events")
        if await connection.fetchval("select to_regproc('feed_watermark') is not null"):
            highest = max(highest, await connection.fetchval(NEXT_XID_SQL))
        return _Present(
            highest, [(row["kind"], UUID(bytes=row["person"].bytes), row["erased_at"]) for row in rows]
        )
    except asyncpg.PostgresError:
        # Damaged: that is why somebody restores. The other ledgers remain.
        if not replace:
            raise
        return nothing
    finally:
        await connection.close()


def _add(known: dict[tuple[str, UUID], dt.datetime], more: list[erasure.Entry]) -> None:
    for kind, person, erased_at in more:
        known[kind, person] = min(erased_at, known.get((kind, person), erased_at))


# --- The database beside --------------------------------------------------------------------------


@asynccontextmanager
async def _beside(admin: Any, name: str, role: str) -> AsyncGenerator[None]:
    """An empty database of the service's role, gone again if anything fails."""
    if not await admin.fetchval("select exists (select from pg_roles where rolname = $1)", role):
        raise RestoreRefused(f"le rôle {role} n'existe pas sur ce serveur : créez-le d'abord")
    await admin.execute(f"drop database if exists {_quote(name)} with (force)")
    await admin.execute(f"create database {_quote(name)} owner {_quote(role)}")
    try:
        await admin.execute(f"revoke all on database {_quote(name)} from public")
        yield
    except BaseException:
        await admin.execute(f"drop database if exists {_quote(name)} with (force)")
        raise


async def _check_journal(database: Database, manifest: Manifest) -> None:
    async with database.raw() as connection, connection.transaction():
        await connection.execute("set local transaction_timeout = 0")
        found = await connection.fetchrow(
            """select (select count(*) from events) as events, xid::text::bigint as xid, position
               from (select 1) one left join
                 (select xid, position from events order by xid desc, position desc limit 1) last on true""",
            timeout=_SECONDS,
        )
    assert found is not None, "a left join of one row gives one row"
    end = Position(found["xid"] or 0, found["position"] or 0)
    if found["events"] != manifest.events or end != manifest.end:
        raise BackupFailed(
            f"la base restaurée compte {found['events']} faits jusqu'à {end}, le manifeste {manifest.events}"
            f" jusqu'à {manifest.end}"
        )


async def _check_keys(database: Database, master_keys: Mapping[int, bytes]) -> None:
    """After the ledger was applied: destroyed keys need no master key."""
    try:
        await MasterKeys(master_keys).check(database)
    except MasterKeyMissing as error:
        raise RestoreRefused(f"la base restaurée ne se lirait pas : {error}") from error


async def _go_on(database: Database, service: Service[Any], offset: int) -> None:
    """The feed continues above; what was left out of the dump is to be projected from the first fact."""
    own = [projection.table.name for projection in service.own]
    # Without its line, a file is made again when it is opened.
    own += [model.name for model in service.files]
    passing = [f"%{suffix}".replace("_", r"\_") for suffix in PASSING]
    async with database.raw() as connection, connection.transaction():
        for statement in watermark_sql(offset):
            await connection.execute(statement)
        for table in ("checkpoints", "parked"):
            await connection.execute(
                f"""delete from {table}
                    where substring(projection from '^[^#@]*') = any($1) or projection like any($2)""",  # noqa: S608
                own,
                passing,
            )


async def _check_checkpoints(database: Database, service: Service[Any], bus: Client) -> tuple[str, ...]:
    """A stream that was made again since numbers its messages otherwise: read it whole, positions tell."""
    reread: list[str] = []
    readers = {fed.name: fed.service for fed in service.fed}
    readers |= {r.name: r.service for r in service.reactions if r.service}
    for reader, source in readers.items():
        at = await read_checkpoint(database, reader)
        if at.sequence == 0:
            continue
        if await stream.position_at(bus, source, at.sequence) != at.position:
            async with database.raw() as connection:
                await connection.execute("update checkpoints set sequence = 0 where projection = $1", reader)
            reread.append(reader)
    return tuple(reread)


async def _analyze(database: Database) -> None:
    """A dump carries no statistics: without them the first plans would be blind."""
    async with database.raw() as connection, connection.transaction():
        await connection.execute("set local transaction_timeout = 0")
        tables = await connection.fetch(
            """select format('%I.%I', schemaname, tablename) as name from pg_tables
               where schemaname in ('public', 'coffre')"""
        )
        for table in tables:
            await connection.execute(f"analyze {table['name']}", timeout=_SECONDS)


async def _take_name(admin: Any, name: str) -> None:
    """In one transaction the new database takes the name; then the old one goes."""
    old = name + _BEFORE
    await admin.execute(f"drop database if exists {_quote(old)} with (force)")
    try:
        async with admin.transaction():
            if await admin.fetchval("select exists (select from pg_database where datname = $1)", name):
                await admin.execute(f"alter database {_quote(name)} rename to {_quote(old)}")
            await admin.execute(f"alter database {_quote(name + _BESIDE)} rename to {_quote(name)}")
    except asyncpg.ObjectInUseError as error:
        raise RestoreRefused(f"la base {name} a été ouverte pendant la restauration") from error
    await admin.execute(f"drop database if exists {_quote(old)} with (force)")


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
