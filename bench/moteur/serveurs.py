"""The servers of a run: PostgreSQL on the machine's disk, PostgreSQL on a disk slowed by 1 ms, NATS."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import asyncpg
import uvloop
from events.ops.servers import free_port, prepare_postgres, start_nats, start_postgres
from events.postgres.schema import SCHEMA_SQL
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from moteur.domaine import metadata

DELAY_MICROSECONDS = 1_000


class CompilateurAbsent(Exception):
    """Il faut un compilateur C pour ralentir le disque de PostgreSQL."""

    def __init__(self) -> None:
        super().__init__(
            "aucun compilateur C (cc) : il en faut un pour le disque lent (paquet gcc ou build-essential sur"
            " Debian et Ubuntu, gcc sur Fedora et Arch) ; ou bien DISQUES=rapide pour s'en passer"
        )


@dataclass(frozen=True, slots=True)
class Serveurs:
    """postgres : disk ("rapide", "lent") -> URL of the server.   commits_ms : its measured commit, ms."""

    postgres: dict[str, str]
    commits_ms: dict[str, float]
    nats: str


@contextlib.contextmanager
def serveurs(folder: Path, disques: list[str], *, nats: bool) -> Generator[Serveurs]:
    """Start what is asked for, and stop it whatever happens. Raises CompilateurAbsent, ServerError."""
    with contextlib.ExitStack() as stack:
        urls: dict[str, str] = {}
        shim = build_shim(folder) if "lent" in disques else None
        for disque in disques:
            data = folder / f"postgres-{disque}"
            port = free_port()
            # Created before the shim is set: initdb has thousands of files to flush.
            prepare_postgres(data, port=port, durable=True)
            with _environment(shim if disque == "lent" else None):
                server = start_postgres(data, port=port, durable=True)
            stack.callback(server.stop)
            urls[disque] = server.url
        address = ""
        if nats:
            bus = start_nats(folder / "nats")
            stack.callback(bus.stop)
            address = bus.url
        commits = {disque: uvloop.run(commit_ms(url)) for disque, url in urls.items()}
        yield Serveurs(urls, commits, address)


def build_shim(folder: Path) -> Path:
    """Compile disque_lent.c. Raises CompilateurAbsent."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise CompilateurAbsent
    library = folder / "disque_lent.so"
    source = Path(__file__).with_name("disque_lent.c")
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)  # noqa: S603 - our own file
    return library


@contextlib.contextmanager
def _environment(shim: Path | None) -> Generator[None]:
    """What the next server inherits; taken back at once, so that nothing else is slowed."""
    if shim is None:
        yield
        return
    os.environ["LD_PRELOAD"] = str(shim)
    os.environ["DELAI_FSYNC_US"] = str(DELAY_MICROSECONDS)
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"], os.environ["DELAI_FSYNC_US"]


async def commit_ms(url: str, count: int = 60) -> float:
    """Median duration of a commit of one row, in milliseconds: the proof that the disk is slow, or is not."""
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute("create table if not exists essai (n int)")
        durations: list[float] = []
        for n in range(count):
            started = time.perf_counter()
            await connection.execute("insert into essai values ($1)", n)
            durations.append(time.perf_counter() - started)
        return sorted(durations)[count // 2] * 1000
    finally:
        await connection.close()


def base_vide(server: str, cote: Literal["nous", "reference"], *, journal: bool = True) -> str:
    """The URL of this side's database, emptied; with the engine's tables and the read models if `journal`."""
    return uvloop.run(_base_vide(server, f"banc_{cote}", journal))


async def _base_vide(server: str, name: str, journal: bool) -> str:
    admin: Any = await asyncpg.connect(server)
    try:
        if not await admin.fetchval("select count(*) from pg_database where datname = $1", name):
            await admin.execute(f"create database {name}")
    finally:
        await admin.close()
    url = server.rsplit("/", 1)[0] + "/" + name
    connection: Any = await asyncpg.connect(url)
    try:
        # A new database for each row would cost a second each.
        await connection.execute("drop schema if exists public, coffre cascade")
        await connection.execute("create schema public")
        if journal:
            for statement in SCHEMA_SQL:
                await connection.execute(statement)
            for table in metadata.sorted_tables:
                await connection.execute(str(CreateTable(table).compile(dialect=postgresql.dialect())))
        # What the rows before left to flush is not paid by this one.
        await connection.execute("checkpoint")
    finally:
        await connection.close()
    return url
