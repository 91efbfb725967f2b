"""Backup of one service's database: a `pg_dump` file and its line in `manifeste.json`; restore.py reads both.

No clear personal data goes out: the rows of the service's own read models, made again from the journal, and
of its volatile tables stay behind. What remains is the journal (ciphertexts), wrapped keys, the ledger of
erasures, and read models fed by contracts, which carry nothing personal. Master keys are kept elsewhere.
"""

import asyncio
import datetime as dt
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa

from events.ops import ledger
from events.ops.servers import postgres_binaries
from events.service import Service
from events.types import Position

FORMAT = 1
MANIFEST = "manifeste.json"
PASSING = ("__rebuild", "__verif")
"""Suffixes of tables that live for the time of a rebuild or of a check."""

NEXT_XID_SQL = """select pg_snapshot_xmax(pg_current_snapshot())::text::bigint
  + feed_watermark()::text::bigint - pg_snapshot_xmin(pg_current_snapshot())::text::bigint"""
"""The xid that the journal's next event would carry, or more: counter and present offset (schema.py)."""


class BackupFailed(Exception):
    """The backup could not be made, or cannot be trusted; the message, in French, says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dump holds, as stored. events, end : of the journal.   next_xid : of the old cluster then.

    size : bytes.   versions : of the server and of the tool.   revision : Alembic's.
    """

    service: str
    taken_at: dt.datetime
    events: int
    end: Position
    next_xid: int
    revision: str
    file: str
    size: int
    sha256: str
    versions: dict[str, str]


async def backup(service: Service[Any], database_url: str, folder: Path) -> Manifest:
    """Dump the database into `folder`, which may already hold other services. Raises BackupFailed.

    Everything is of one snapshot: journal, checkpoints, ledger. The service may work meanwhile.
    """
    file = folder / f"{service.name}.dump"
    if file.exists():
        raise BackupFailed(f"{file} existe déjà : une sauvegarde n'en remplace jamais une autre")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # noqa: ASYNC240 - once, on a local disk
    partial = file.with_suffix(".partiel")
    connection: Any = await asyncpg.connect(driver_url(database_url))
    try:
        # Read-only: without an xid of its own, a long transaction holds back no feed.
        await connection.execute("begin isolation level repeatable read, read only")
        await connection.execute(
            "set local transaction_timeout = 0; set local idle_in_transaction_session_timeout = 0"
        )
        snapshot = await connection.fetchval("select pg_export_snapshot()")
        found = await connection.fetchrow(
            f"""select count(*) as events, ({NEXT_XID_SQL}) as next_xid, clock_timestamp() as taken_at,
                  (select version_num from alembic_version) as revision,
                  current_setting('server_version') as server from events"""  # noqa: S608 - a constant
        )
        end = await connection.fetchrow(
            "select xid::text::bigint as xid, position from events order by xid desc, position desc limit 1"
        )
        erased = await connection.fetch("select kind, person, erased_at from coffre.effacements")
        await _dump(service, database_url, snapshot, partial)
        tool = await run_tool("pg_dump", ["--version"], database_url)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    finally:
        await connection.close()
    ledger.merge(
        ledger.ledger_file(folder, service.name),
        [(row["kind"], UUID(bytes=row["person"].bytes), row["erased_at"]) for row in erased],
    )
    manifest = Manifest(
        service.name,
        found["taken_at"],
        found["events"],
        Position(end["xid"], end["position"]) if end else Position(0, 0),
        found["next_xid"],
        found["revision"],
        file.name,
        partial.stat().st_size,
        await asyncio.to_thread(sha256, partial),
        {"postgresql": found["server"], "pg_dump": tool.strip().rsplit(" ", 1)[-1]},
    )
    partial.rename(file)
    _add(folder, manifest)
    return manifest


async def _dump(service: Service[Any], database_url: str, snapshot: str, file: Path) -> None:
    emptied = [p.table.name for p in service.own] + list(service.volatile)
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    options += [f'--exclude-table-data=public."{table}"' for table in emptied]
    options += [f"--exclude-table=public.*{suffix}" for suffix in PASSING]
    # Its owner's eyes only, from the first byte.
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    await run_tool("pg_dump", [*options, f"--file={file}"], database_url)


async def run_tool(name: str, options: Sequence[str], database_url: str) -> str:
    """Run pg_dump or pg_restore on a database; gives its standard output. Raises BackupFailed.

    The address and the password go by the environment: a command line can be read by everybody.
    """
    url = sa.make_url(database_url)
    environment = {
        "PGHOST": url.host or "127.0.0.1",
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
        "PGCONNECT_TIMEOUT": "10",
        # The same options as in the address (sslmode, sslrootcert), under the names that libpq reads.
        **{f"PG{key.upper()}": str(value) for key, value in url.query.items()},
    }
    process = await asyncio.create_subprocess_exec(
        str(postgres_binaries() / name),
        *options,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **environment},
    )
    try:
        output, errors = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode != 0:
        # The first line only: the next ones may quote rows.
        said = next((line for line in errors.decode(errors="replace").splitlines() if "error:" in line), "")
        raise BackupFailed(f"{name} a échoué (code {process.returncode}) : {said}")
    return output.decode(errors="replace")


def read_manifest(folder: Path, service: str) -> Manifest:
    """The service's line in the manifest. Raises BackupFailed when there is none that this code reads."""
    found = _read(folder).get(service)
    if found is None:
        raise BackupFailed(f"{folder} ne contient pas de sauvegarde de {service}")
    try:
        return Manifest(
            service,
            dt.datetime.fromisoformat(found["date"]),
            found["evenements"],
            Position.parse(found["fin"]),
            found["prochain_xid"],
            found["revision"],
            Path(found["fichier"]).name,
            found["octets"],
            found["sha256"],
            found["versions"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BackupFailed(f"{folder / MANIFEST} : la ligne de {service} est illisible") from error


def check_file(folder: Path, manifest: Manifest) -> Path:
    """The dump, once known to be whole and unaltered. Raises BackupFailed. Blocking: reads it all."""
    file = folder / manifest.file
    if not file.exists():
        raise BackupFailed(f"{file} n'existe pas")
    if file.stat().st_size != manifest.size:
        raise BackupFailed(f"{file} fait {file.stat().st_size} octets au lieu de {manifest.size} : tronqué ?")
    if sha256(file) != manifest.sha256:
        raise BackupFailed(f"{file} n'est pas celui du manifeste (sha256) : altéré, il ne sera pas restauré")
    return file


def sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def driver_url(url: str) -> str:
    """As asyncpg reads it, whatever SQLAlchemy's driver name."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _read(folder: Path) -> dict[str, Any]:
    file = folder / MANIFEST
    try:
        content = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BackupFailed(f"{file} est illisible") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BackupFailed(f"{file} n'est pas au format {FORMAT}, le seul que ce code lise")
    return content["services"]


def _add(folder: Path, manifest: Manifest) -> None:
    """Last of all, and at once: a dump that the manifest does not name is no backup."""
    line = {
        "date": manifest.taken_at.isoformat(),
        "evenements": manifest.events,
        "fin": str(manifest.end),
        "prochain_xid": manifest.next_xid,
        "revision": manifest.revision,
        "fichier": manifest.file,
        "octets": manifest.size,
        "sha256": manifest.sha256,
        "versions": manifest.versions,
    }
    content = {"format": FORMAT, "services": {**_read(folder), manifest.service: line}}
    fresh = folder / (MANIFEST + ".neuf")
    with fresh.open("wb") as file:
        file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / MANIFEST)
