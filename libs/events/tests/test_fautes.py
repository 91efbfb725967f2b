"""À qui la faute : un serveur qui peine n'accuse aucun fait, un fait fautif n'arrête que lui."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import carnet
import pytest
import rappels
import sqlalchemy as sa
from carnet import CarnetId, Event, NoteAjoutee
from events import patience
from events.codec import Codec
from events.postgres.database import Database
from events.projection.manager import Manager, Reaction, Then
from events.projection.projection import Projector
from events.projection.source import FeedSource
from events.store.appender import Overloaded
from events.store.store import Context, Store
from structlog.testing import capture_logs

CONTEXT = Context("test", "requete-de-test")
OUTAGES = ["query_canceled", "disk_full", "out_of_memory", "program_limit_exceeded", "raise_exception"]


@pytest.fixture
async def store(journal: Database) -> Store[Event]:
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    return carnet.open_store(journal)


async def note(store: Store[Event], titre: str = "note") -> CarnetId:
    qui = CarnetId(uuid4())
    await store.append(f"carnet-{qui}", 0, [NoteAjoutee(qui, 1, titre)], CONTEXT)
    return qui


async def parked(journal: Database) -> list[tuple[Any, ...]]:
    async with journal.raw() as connection:
        return [tuple(row) for row in await connection.fetch("select stream, error from parked")]


async def fail(journal: Database, table: str, condition: str, code: str) -> None:
    """The server fails on each row of a table that meets the condition, from now on."""
    async with journal.raw() as connection:
        await connection.execute(
            f"""create function panne() returns trigger language plpgsql as $$ begin
                  if {condition} then raise exception using errcode = '{code}'; end if; return new; end $$;
                create trigger panne before insert or update on {table}
                for each row execute function panne()"""
        )


async def heal(journal: Database) -> None:
    async with journal.raw() as connection:
        await connection.execute("drop function panne() cascade")


@asynccontextmanager
async def at_work(run: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    task = asyncio.ensure_future(run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.02)


def count(logs: Any, event: str) -> int:
    return sum(line["event"] == event for line in logs)


def test_ce_qui_gene_se_dit_une_fois_puis_chaque_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice a second for two minutes: three lines, not two hundred and forty."""
    waits, now = patience.Patience("lecteur", service="carnets"), 1000.0
    monkeypatch.setattr(patience.time, "monotonic", lambda: now)
    with capture_logs() as logs:
        for _ in range(241):
            waits.met(ConnectionRefusedError())
            now += patience.PAUSE_SECONDS
        waits.over()
        waits.met(ConnectionRefusedError())
    assert [(line["event"], line["tries"], line["seconds"]) for line in logs] == [
        ("lecteur_waits", 1, 0),
        ("lecteur_waits", 121, 60),
        ("lecteur_waits", 241, 120),
        ("lecteur_waits", 1, 0),
    ]


@pytest.mark.parametrize("code", OUTAGES)
async def test_un_serveur_qui_peine_n_accuse_aucun_fait_et_la_table_reprend(
    journal: Database, store: Store[Event], code: str
) -> None:
    await fail(journal, "carnets", "true", code)
    ids = [await note(store) for _ in range(3)]
    projector = Projector(journal, carnet, FeedSource(store, "carnets"), attempts=1)

    async def told() -> bool:
        return count(logs, "projection_waits") > 0

    async def full() -> bool:
        async with journal.engine.connect() as connection:
            return set(await connection.scalars(sa.select(carnet.table.c.carnet_id))) == set(ids)

    with capture_logs() as logs:
        async with at_work(projector.run):
            await until(told)
            assert await parked(journal) == []
            await heal(journal)
            await until(full)
    # However many times it tried.
    assert count(logs, "projection_waits") == 1
    assert await parked(journal) == []


@pytest.mark.parametrize("code", OUTAGES)
@pytest.mark.parametrize("table", ["orders", "reaction_rows"])
async def test_un_serveur_qui_peine_n_accuse_aucun_fait_d_une_suite(
    journal: Database, store: Store[Event], code: str, table: str
) -> None:
    await fail(journal, table, "true", code)
    await note(store)
    await note(store)
    reaction = Reaction("rappels", rappels, rappels.READS, rappels.Ordre, rows=rappels.Suivi)
    manager = Manager(journal, FeedSource(store, "carnets"), reaction)
    with pytest.raises(asyncpg.PostgresError):
        await manager.step()
    assert await parked(journal) == []
    await heal(journal)
    while await manager.step():
        pass
    async with journal.raw() as connection:
        assert await connection.fetchval("select count(*) from orders") == 4
    assert await parked(journal) == []


@pytest.mark.parametrize("panne", [Overloaded(), MemoryError(), ConnectionRefusedError()])
async def test_une_suite_interrompue_par_la_machine_n_accuse_pas_ses_faits(
    journal: Database, store: Store[Event], panne: Exception
) -> None:
    class Interrompue:
        key, perform = staticmethod(rappels.key), staticmethod(rappels.perform)

        def react(self, row: Any, event: Any) -> Then[Any, Any]:
            raise panne

    await note(store)
    reaction = Reaction("rappels", Interrompue(), rappels.READS, rappels.Ordre, rows=rappels.Suivi)
    with pytest.raises(type(panne)):
        await Manager(journal, FeedSource(store, "carnets"), reaction).step()
    assert await parked(journal) == []


class Titres:
    """Titles, by an index that holds no long one."""

    reads = NoteAjoutee
    table = sa.Table(
        "titres",
        sa.MetaData(),
        sa.Column("carnet_id", sa.Uuid, primary_key=True),
        sa.Column("titre", sa.Text, index=True),
    )

    def key(self, event: NoteAjoutee) -> UUID:
        return event.carnet_id

    def project(self, row: dict[str, Any] | None, event: NoteAjoutee) -> dict[str, Any] | None:
        return {"carnet_id": event.carnet_id, "titre": event.titre}


async def test_une_valeur_trop_longue_pour_l_index_met_son_fait_seul_de_cote(
    journal: Database, store: Store[Event]
) -> None:
    async with journal.engine.begin() as connection:
        await connection.run_sync(Titres.table.create)
    innocents = [await note(store), await note(store)]
    fautif = await note(store, secrets.token_hex(5_000))
    innocents.append(await note(store))
    projector = Projector(journal, Titres(), FeedSource(store, "carnets"), attempts=2)
    while await projector.step() or await parked(journal) == []:
        pass
    async with journal.engine.connect() as connection:
        assert set(await connection.scalars(sa.select(Titres.table.c.carnet_id))) == set(innocents)
    [(stream, error)] = await parked(journal)
    assert stream == f"carnet-{fautif}"
    assert error.startswith("ProgramLimitExceededError")


async def test_une_ancienne_forme_qui_ne_se_traduit_pas_est_mise_de_cote(
    journal: Database, store: Store[Event]
) -> None:
    qui = await note(store, "sans traduction")
    autre = await note(store)

    def traduire(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "titre": {"note": "neuf"}[fields["titre"]]}

    newer: Store[Event] = Store(journal, Codec(carnet.Event, {("NoteAjoutee", 1): traduire}), store.vault)
    projector = Projector(journal, carnet, FeedSource(newer, "carnets"), attempts=1)
    while await projector.step():
        pass
    async with journal.engine.connect() as connection:
        assert set(await connection.scalars(sa.select(carnet.table.c.carnet_id))) == {autre}
    [(stream, error)] = await parked(journal)
    assert stream == f"carnet-{qui}"
    assert error.startswith("Undecodable")


async def append_all(store: Store[Event], names: list[str]) -> dict[str, "asyncio.Task[Any]"]:
    """Together, in one batch."""
    facts = [NoteAjoutee(CarnetId(uuid4()), 1, "note")]
    return {name: asyncio.create_task(store.append(name, 0, facts, CONTEXT)) for name in names}


async def test_un_nom_trop_long_pour_l_index_n_echoue_que_pour_son_appelant(store: Store[Event]) -> None:
    long = "carnet-" + secrets.token_hex(5_000)
    others = [f"carnet-{n}" for n in range(5)]
    tasks = await append_all(store, [*others[:2], long, *others[2:]])
    await asyncio.wait(tasks.values())
    assert isinstance(tasks[long].exception(), asyncpg.ProgramLimitExceededError)
    assert all(tasks[name].result().changed for name in others)


async def test_un_ajout_que_le_serveur_interrompt_n_echoue_que_pour_son_appelant(
    journal: Database, store: Store[Event]
) -> None:
    """As when another transaction holds its row for longer than the server lets a statement last."""
    await fail(journal, "events", "new.stream = 'carnet-retenu'", "query_canceled")
    others = [f"carnet-{n}" for n in range(5)]
    tasks = await append_all(store, [*others[:2], "carnet-retenu", *others[2:]])
    async with asyncio.timeout(30):
        await asyncio.wait([tasks[name] for name in others])
    assert all(tasks[name].result().changed for name in others)
    # Its caller tries again for a while, with the same identifiers: the row let go, it is written once.
    assert not tasks["carnet-retenu"].done()
    await heal(journal)
    async with asyncio.timeout(30):
        assert (await tasks["carnet-retenu"]).changed
    assert len(await store.load("carnet-retenu")) == 1
