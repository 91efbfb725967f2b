"""Effacer n'importe quand, n'importe comment : le rejeu passe, et la personne ne revient nulle part."""

import asyncio
import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import dossier
import prometheus_client
import pytest
from dossier import DOSSIER, READ_MODELS, DossierId, Ecrire, Effacer, Event, PersonneId
from events.bus.relay import Relay
from events.decider import fold
from events.ops.servers import postgres_binaries
from events.postgres.database import Database
from events.projection.checkpoints import read_checkpoint
from events.projection.projection import Projector, fold_rows
from events.projection.source import FeedSource
from events.store.store import (
    Conflict,
    Context,
    Erasure,
    Store,
)
from events.testing import add_stream
from events.vault.vault import PersonErased
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nats.aio.client import Client

CONTEXT = Context("test", "requete-de-test")
KEYS = {1: bytes(range(32))}
ROTATED = KEYS | {2: bytes(reversed(range(32)))}
CANARY = re.compile("canari[0-9a-f]{32}")


@dataclass
class Histoire:
    """Three people, two files each, two processes that write, one that reads; and what should remain."""

    database: Database
    stores: list[Store[Event]]
    personnes: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(3)])
    dossiers: list[list[UUID]] = field(default_factory=lambda: [[uuid4(), uuid4()] for _ in range(3)])
    effacees: set[int] = field(default_factory=set[int])
    dits: dict[int, set[str]] = field(default_factory=lambda: {n: set[str]() for n in range(3)})

    async def ecrire(self, n: int, ou: int) -> None:
        canari = f"canari{uuid4().hex}"
        self.dits[n].add(canari)
        dossier_id = DossierId(self.dossiers[n][ou % 2])
        command = Ecrire(dossier_id, PersonneId(self.personnes[n]), canari)
        try:
            # A process that does not know yet of the erasure writes what nobody will ever read.
            await self.stores[ou % 2].execute(DOSSIER(dossier_id), command, CONTEXT)
        except PersonErased:
            assert n in self.effacees
        except Conflict:
            pass

    async def effacer(self, n: int, ou: int) -> None:
        self.effacees.add(n)
        store, qui = self.stores[ou % 2], self.personnes[n]
        assert store.vault is not None
        # The keys first: a file opened just before is then found, one opened just after cannot be read.
        await store.vault.destroy(dossier.KIND, qui, "demande")
        for dossier_id in map(DossierId, self.dossiers[n]):
            command = Effacer(dossier_id, PersonneId(qui))
            erasures = [Erasure(dossier.KIND, qui, "demande")]
            flux = DOSSIER(dossier_id)
            await store.execute(flux, command, CONTEXT, erasures=erasures)

    async def jouer(self, action: str, n: int, ou: int) -> None:
        vault = self.stores[ou % 2].vault
        assert vault is not None
        match action:
            case "ecrire":
                await self.ecrire(n, ou)
            case "effacer":
                await self.effacer(n, ou)
            case "ensemble":
                await asyncio.gather(self.ecrire(n, 0), self.effacer(n, ou), self.ecrire(n, 1))
            case "redemarrer":
                self.stores[ou % 2] = dossier.open_store(self.database, ROTATED)
            case "blanchir":
                await vault.blank()
            case _:
                await vault.rewrap(2)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["ecrire"] * 5 + ["effacer", "ensemble", "redemarrer", "blanchir", "tourner"]),
        st.integers(0, 2),
        st.integers(0, 1),
    ),
    min_size=4,
    max_size=24,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ACTIONS)
@example([("ecrire", 0, 0), ("ecrire", 0, 1), ("ecrire", 1, 0), ("effacer", 0, 0), ("ecrire", 0, 1)])
@example([("ecrire", 0, 0), ("ensemble", 0, 1), ("redemarrer", 0, 0), ("ecrire", 0, 0), ("blanchir", 0, 0)])
async def test_une_personne_effacee_ne_revient_dans_aucune_table_aucun_message_aucune_sauvegarde(
    journal: Database,
    database_url: str,
    bus: Client,
    capfd: pytest.CaptureFixture[str],
    actions: list[tuple[str, int, int]],
) -> None:
    await prepare(journal, bus)
    histoire = Histoire(journal, [dossier.open_store(journal, ROTATED) for _ in range(2)])
    # A process of its own, that keeps the keys it has read for longer than the test lasts.
    reader = dossier.open_store(journal, ROTATED, cache_seconds=600)
    works = [
        *(Projector(journal, model, FeedSource(reader, dossier.SERVICE)).run for model in READ_MODELS),
        Relay(reader, bus, dossier.SERVICE, dossier.to_contract).run,
    ]
    tasks = [asyncio.create_task(work()) for work in works]
    try:
        for action, n, ou in actions:
            await histoire.jouer(action, n, ou)
        await caught_up(reader)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await replay(journal)

    erased = {canary for n in histoire.effacees for canary in histoire.dits[n]}
    alive = {canary for n in range(3) if n not in histoire.effacees for canary in histoire.dits[n]}
    tables = await in_tables(journal)
    assert not erased & {canary for found in tables.values() for canary in found}
    # The search finds what there is to find, and only in the read models.
    assert {name for name, found in tables.items() if found} <= {"dossiers", "annuaire"}
    assert bool(alive) == bool(tables["dossiers"] & alive)
    dump = set(CANARY.findall(await pg_dump(database_url)))
    assert not erased & dump
    assert bool(alive) == bool(alive & dump)
    output = capfd.readouterr()
    said = [*await in_stream(bus), output.out, output.err, prometheus_client.generate_latest().decode()]
    assert CANARY.findall("\n".join(said)) == []


async def prepare(database: Database, bus: Client) -> None:
    """Each example starts again from nothing in the same database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(dossier.metadata.drop_all)
        await connection.run_sync(dossier.metadata.create_all)
    async with database.raw() as connection:
        await connection.execute("truncate events, checkpoints, parked, coffre.cles, coffre.effacements")
    js = bus.jetstream()
    if any(stream.config.name == "DOSSIERS" for stream in await js.streams_info()):
        await js.delete_stream("DOSSIERS")
    await add_stream(bus, "dossiers")


async def caught_up(store: Store[Event]) -> None:
    """Return once every reader has taken the whole journal."""
    async with asyncio.timeout(60):
        for name in (*(model.table.name for model in READ_MODELS), "relay"):
            while await store.page((await read_checkpoint(store.database, name)).position, 1):
                await asyncio.sleep(0.01)


async def replay(database: Database) -> None:
    """From the first fact, by a process that starts: everything folds, and gives the tables as they are."""
    cold = dossier.open_store(database, ROTATED)
    facts = [recorded async for page in cold.read() for recorded in page]
    streams = {recorded.stream for recorded in facts}
    for stream in streams:
        assert isinstance(fold(DOSSIER, [r.event for r in await cold.load(stream)]), dossier.State)
    for model in READ_MODELS:
        rows = fold_rows(model, {}, [recorded.event for recorded in facts])
        expected = sorted(str(row) for row in rows.values() if row is not None)
        async with database.engine.connect() as connection:
            found = [dict(row) for row in (await connection.execute(model.table.select())).mappings()]
        assert sorted(str(row) for row in found) == expected
    async with database.raw() as connection:
        assert await connection.fetchval("select count(*) from parked") == 0


async def in_tables(database: Database) -> dict[str, set[str]]:
    """The canaries in every column of every table, as text."""
    async with database.raw() as connection:
        tables = await connection.fetch(
            """select tablename, format('%I.%I', schemaname, tablename) t from pg_tables
               where schemaname not in ('pg_catalog', 'information_schema')"""
        )
        return {
            table["tablename"]: {
                canary
                for row in await connection.fetch(f"select x::text from {table['t']} x")
                for canary in CANARY.findall(row[0])
            }
            for table in tables
        }


async def in_stream(bus: Client) -> list[str]:
    """Every message of the stream: subject, headers, data."""
    js = bus.jetstream()
    info = await js.stream_info("DOSSIERS")
    numbers = range(info.state.first_seq, info.state.last_seq + 1)
    messages = [await js.get_msg("DOSSIERS", number) for number in numbers if info.state.messages]
    return [f"{m.subject} {m.headers} {(m.data or b'').decode()}" for m in messages]


async def pg_dump(url: str) -> str:
    """The whole database, as a backup would hold it."""
    parts = urlsplit(url)
    dump = await asyncio.create_subprocess_exec(
        str(postgres_binaries() / "pg_dump"),
        *("--host", str(parts.hostname), "--port", str(parts.port), "--username", str(parts.username)),
        *("--no-password", parts.path.lstrip("/")),
        env={**os.environ, "PGPASSWORD": parts.password or ""},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await dump.communicate()
    assert dump.returncode == 0, errors.decode()
    text = output.decode()
    assert "COPY public.events" in text
    return text
