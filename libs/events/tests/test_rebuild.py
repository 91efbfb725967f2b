"""Rebuilding a read model under fire: written to, projected and read meanwhile."""

import asyncio
from typing import Any

import carnet
import pytest
import sqlalchemy as sa
from carnet import CARNET, AjouterNotes, CarnetId, Event, NoteAjoutee, NoteAjouteeV1
from events.bus.reader import BusSource
from events.bus.relay import Relay
from events.codec import Codec
from events.postgres import database as database_module
from events.postgres.database import Database
from events.projection import rebuild as rebuild_module
from events.projection.checkpoints import Overtaken, read_checkpoint
from events.projection.parking import parked
from events.projection.projection import Projector
from events.projection.rebuild import RebuildRefused, RebuildRunning, rebuild
from events.projection.source import Checkpoint, Delivery, FeedSource
from events.store.store import Store
from events.testing import add_stream
from nats.aio.client import Client
from reconstruction import (
    CONTEXT,
    CREATE,
    INDEXES,
    Bounded,
    Paused,
    Refusing,
    Unreadable,
    another_projector,
    definition,
    feed,
    fill,
    folded,
    project_all,
    project_for_ever,
    rows_of,
    running,
    waiting_for_a_checkpoint,
    waiting_for_the_table,
)


@pytest.fixture
async def store(journal: Database) -> Store[Event]:
    async with journal.raw() as connection:
        for statement in (CREATE, *INDEXES):
            await connection.execute(statement)
    return carnet.open_store(journal)


async def test_une_table_fausse_est_refaite_depuis_le_premier_fait(store: Store[Event]) -> None:
    database, steps = store.database, list[int]()
    ids = await fill(store, carnets=60, notes=100)
    await project_all(store)
    before = await definition(database)
    async with database.raw() as connection:
        await connection.execute("update carnets set somme = -1")
        await connection.execute("insert into carnets values (gen_random_uuid(), 3, 3)")
    at = await read_checkpoint(database, "carnets")
    for _ in range(2):
        assert await rebuild(database, carnet, lambda: feed(store), progress=steps.append) == 6000
        assert await rows_of(database) == dict.fromkeys(ids, (100, 5050))
        assert await read_checkpoint(database, "carnets") == at
        # Same names: the next rebuild, and the next migration, find what they know.
        assert await definition(database) == before
    assert steps == [5000, 6000, 5000, 6000]


async def test_une_projection_jamais_lancee_se_construit_entiere(store: Store[Event]) -> None:
    ids = await fill(store, carnets=10, notes=3)
    assert await rebuild(store.database, carnet, lambda: feed(store)) == 30
    assert await rows_of(store.database) == dict.fromkeys(ids, (3, 6))
    await project_all(store)
    assert await rows_of(store.database) == dict.fromkeys(ids, (3, 6))


async def test_une_reconstruction_ne_court_pas_apres_ceux_qui_ecrivent(
    store: Store[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page that is read finds a whole page more behind it: what was there when it began is enough."""
    monkeypatch.setattr(rebuild_module, "PAGE", 10)
    [qui] = await fill(store, carnets=1, notes=50)
    pages = 0

    class Poursuivie(FeedSource[Event]):
        async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
            nonlocal pages
            pages += 1
            assert pages < 200, "elle court encore"
            commande = AjouterNotes(CarnetId(qui), ("encore",) * limit)
            await store.execute(CARNET(CarnetId(qui)), commande, CONTEXT)
            return await super().page(after, limit)

    assert await rebuild(store.database, carnet, lambda: Poursuivie(store, "carnets")) >= 50
    await project_all(store)
    assert await rows_of(store.database) == await folded(store)


async def test_deux_reconstructions_pendant_que_l_on_ecrit_projette_et_lit(
    store: Store[Event], database_url: str
) -> None:
    """A live projector in this process, one in another; a writer and readers that never stop."""
    database, done, progress = store.database, asyncio.Event(), list[int]()
    ids = await fill(store, carnets=300, notes=20)

    async def write() -> int:
        written = 0
        while not done.is_set():
            qui = CarnetId(ids[written % 50])
            await store.execute(CARNET(qui), AjouterNotes(qui, ("encore",)), CONTEXT)
            written += 1
        return written

    async def read() -> int:
        """Every answer is whole and never goes back: the known notebooks are there, counts only grow."""
        answers, last = 0, dict.fromkeys(ids, 0)
        while not done.is_set():
            async with database.engine.connect() as connection:
                found = await connection.execute(sa.select(carnet.table))
                now = {r.carnet_id: r.notes for r in found}
            assert all(now[c] >= last[c] for c in ids)
            answers, last = answers + 1, now
            await asyncio.sleep(0.005)
        return answers

    with another_projector(database_url) as other:
        async with running(project_for_ever(database)) as [live]:
            async with asyncio.timeout(60):
                while len(await rows_of(database)) < len(ids):
                    await asyncio.sleep(0.01)
            writers = [asyncio.create_task(write()) for _ in range(2)]
            readers = [asyncio.create_task(read()) for _ in range(2)]
            try:
                replayed = [
                    await rebuild(database, carnet, lambda: feed(store), progress=progress.append)
                    for _ in range(2)
                ]
            finally:
                done.set()
                results = await asyncio.gather(*writers, *readers)
            written, answers = sum(results[:2]), results[2:]
            assert other.poll() is None
            assert not live.done()
            expected = await folded(store)
            async with asyncio.timeout(30):
                while await rows_of(database) != expected:
                    await asyncio.sleep(0.02)
    assert written > 0
    assert min(answers) > 0
    assert all(count >= 6000 for count in replayed)
    assert sum(notes for notes, _ in expected.values()) == 6000 + written
    async with database.engine.connect() as connection:
        assert (await connection.execute(sa.select(parked))).all() == []
        deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
        assert await connection.scalar(sa.text(deadlocks)) == 0


async def test_un_projecteur_qui_a_lu_l_ancienne_table_n_ecrit_pas_dans_la_nouvelle(
    store: Store[Event], database_url: str
) -> None:
    """Even when the rebuild leaves the checkpoint where it was."""
    database, paused = store.database, Paused()
    [qui] = await fill(store, carnets=1, notes=10)
    await project_all(store)
    async with database.raw() as connection:
        await connection.execute("update carnets set somme = -1")
    at = await read_checkpoint(database, "carnets")
    await store.append(f"carnet-{qui}", 10, [NoteAjoutee(CarnetId(qui), 11, "note")], CONTEXT)

    async def live() -> int:
        mine = Database(database_url)
        projector = Projector(mine, paused, feed(carnet.open_store(mine)))
        try:
            with pytest.raises(Overtaken):
                await projector.step()
            return await projector.step()
        finally:
            await mine.close()

    projected = asyncio.create_task(asyncio.to_thread(asyncio.run, live()))
    try:
        assert await asyncio.to_thread(paused.rows_read.wait, 30)
        assert await rebuild(database, carnet, lambda: Bounded(store, at)) == 10
        assert await read_checkpoint(database, "carnets") == at
    finally:
        paused.resume.set()
        taken = await projected
    assert taken == 1
    assert await rows_of(database) == {qui: (11, 66)}


async def test_le_repere_d_une_table_ne_recule_pas_quand_elle_est_refaite(
    store: Store[Event], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live projector that only puts a fact aside writes nothing in the table: its lock stops nothing."""
    # The exchange waits in one try, however slow the machine.
    monkeypatch.setattr(rebuild_module, "_LOCK_MS", 60_000)
    monkeypatch.setitem(vars(database_module)["_CONNECT"], "command_timeout", 60)
    database, patient = store.database, Database(database_url)
    [qui] = await fill(store, carnets=1, notes=10)
    await project_all(store)
    at = await read_checkpoint(database, "carnets")
    # What the live one will put aside, and the shadow does not reach.
    await store.append(f"carnet-{qui}", 10, [NoteAjoutee(CarnetId(qui), 11, "note")], CONTEXT)
    live = Projector(database, Unreadable(), feed(store), attempts=1)
    async with database.raw() as reader:
        transaction = reader.transaction()
        await transaction.start()
        await reader.fetch("select * from carnets")
        rebuilding = asyncio.create_task(rebuild(patient, Unreadable(), lambda: Bounded(store, at)))
        async with asyncio.timeout(30):
            while not await waiting_for_the_table(database):
                await asyncio.sleep(0.01)
        # Everything is ready for the exchange, which waits for this reader.
        stepping = asyncio.create_task(live.step())
        async with asyncio.timeout(30):
            while not stepping.done() and not await waiting_for_a_checkpoint(database):
                await asyncio.sleep(0.01)
        seen = await read_checkpoint(database, "carnets")
        await transaction.rollback()
    await rebuilding
    await patient.close()
    await asyncio.gather(stepping, return_exceptions=True)
    assert await read_checkpoint(database, "carnets") >= seen
    while await live.step():
        pass
    async with database.raw() as connection:
        assert await connection.fetchval("select count(*) from parked where projection = 'carnets'") == 1
    assert await rows_of(database) == {qui: (10, 55)}


async def test_une_lecture_longue_retarde_l_echange_sans_bloquer_les_autres(store: Store[Event]) -> None:
    database = store.database
    ids = await fill(store, carnets=5, notes=2)
    await project_all(store)
    async with database.raw() as reader:
        transaction = reader.transaction()
        await transaction.start()
        await reader.fetch("select * from carnets")
        task = asyncio.create_task(rebuild(database, carnet, lambda: feed(store)))
        async with asyncio.timeout(30):
            while not await waiting_for_the_table(database):
                await asyncio.sleep(0.01)
            while await waiting_for_the_table(database):
                await asyncio.sleep(0.01)
        # It gave up its place in the queue: others read and write, and the projector projects.
        await store.append(f"carnet-{ids[0]}", 2, [NoteAjoutee(CarnetId(ids[0]), 3, "note")], CONTEXT)
        await project_all(store)
        assert (await rows_of(database))[ids[0]] == (3, 6)
        assert not task.done()
        await transaction.rollback()
    assert await task == 11
    assert await rows_of(database) == await folded(store)


async def test_une_seule_reconstruction_a_la_fois(store: Store[Event]) -> None:
    await fill(store, carnets=5, notes=2)
    database, inside = store.database, list[BaseException]()

    class Nested(FeedSource[Event]):
        async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
            if not inside:
                with pytest.raises(RebuildRunning) as caught:
                    await rebuild(database, carnet, lambda: feed(store))
                inside.append(caught.value)
            return await super().page(after, limit)

    assert await rebuild(database, carnet, lambda: Nested(store, "carnets")) == 10
    assert len(inside) == 1


async def test_une_reconstruction_qui_perdrait_un_fait_est_refusee(store: Store[Event]) -> None:
    database = store.database
    ids = await fill(store, carnets=4, notes=3)
    await project_all(store)
    before = await definition(database)
    with pytest.raises(RebuildRefused, match=r"NoteAjoutee ne passe pas \(ValueError"):
        await rebuild(database, Refusing(2), lambda: feed(store))
    assert await rows_of(database) == dict.fromkeys(ids, (3, 6))
    assert await definition(database) == before
    async with database.raw() as connection:
        assert await connection.fetchval("select count(*) from checkpoints") == 1
        assert await connection.fetchval("select count(*) from parked") == 0
    assert await rebuild(database, carnet, lambda: feed(store)) == 12


async def test_ce_qui_etait_mis_de_cote_est_repris_par_la_reconstruction(store: Store[Event]) -> None:
    database = store.database
    ids = await fill(store, carnets=2, notes=3)
    await project_all(store, Refusing(2, 3))
    assert await rows_of(database) == dict.fromkeys(ids, (1, 1))
    async with database.raw() as connection:
        assert await connection.fetchval("select count(*) from parked where projection = 'carnets'") == 4
    # Half repaired: what still fails stays parked, under the live name.
    await rebuild(database, Refusing(3), lambda: feed(store))
    assert await rows_of(database) == dict.fromkeys(ids, (2, 3))
    async with database.raw() as connection:
        assert [r["version"] for r in await connection.fetch("select version from parked")] == [3, 3]
    await rebuild(database, carnet, lambda: feed(store))
    assert await rows_of(database) == dict.fromkeys(ids, (3, 6))
    async with database.raw() as connection:
        assert await connection.fetchval("select count(*) from parked") == 0


async def test_une_table_dont_une_vue_depend_reste_en_place(store: Store[Event]) -> None:
    database = store.database
    ids = await fill(store, carnets=2, notes=3)
    await project_all(store)
    async with database.raw() as connection:
        await connection.execute("create view regard as select * from carnets")
    with pytest.raises(RebuildRefused, match="une vue"):
        await rebuild(database, carnet, lambda: feed(store))
    assert await rows_of(database) == dict.fromkeys(ids, (3, 6))


async def test_une_reconstruction_interrompue_se_refait(store: Store[Event]) -> None:
    database = store.database
    ids = await fill(store, carnets=60, notes=100)
    await project_all(store)

    def interrupt(count: int) -> None:
        raise RuntimeError(f"coupure après {count} faits")

    with pytest.raises(RuntimeError, match="coupure"):
        await rebuild(database, carnet, lambda: feed(store), progress=interrupt)
    # Killed rather than stopped: the shadow is still there.
    async with database.raw() as connection:
        await connection.execute("create table carnets__rebuild (reste integer)")
        await connection.execute(
            "insert into checkpoints (projection, source, xid, number) values ('carnets__rebuild', '', 9, 9)"
        )
    assert await rebuild(database, carnet, lambda: feed(store)) == 6000
    assert await rows_of(database) == dict.fromkeys(ids, (100, 5050))


async def test_une_projection_du_bus_se_refait_depuis_le_premier_message(
    store: Store[Event], bus: Client
) -> None:
    database = store.database
    await add_stream(bus, "carnets")
    reader = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur")
    again = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-bis")
    relay = Relay(store, bus, "carnets", carnet.to_contract)
    async with running(relay.run(), Projector(database, carnet, reader).run()):
        ids = await fill(store, carnets=50, notes=20)
        async with asyncio.timeout(60):
            while await rows_of(database) != dict.fromkeys(ids, (20, 210)):
                await asyncio.sleep(0.02)
        async with database.raw() as connection:
            await connection.execute("update carnets set somme = -1")
        assert await rebuild(database, carnet, lambda: again) == 1000
        assert await rows_of(database) == dict.fromkeys(ids, (20, 210))
        qui = CarnetId(ids[0])
        await store.execute(CARNET(qui), AjouterNotes(qui, ("encore",)), CONTEXT)
        async with asyncio.timeout(60):
            while (await rows_of(database))[qui] != (21, 231):
                await asyncio.sleep(0.02)
        # A restore removes what the live table had read last: the rebuild ends all the same.
        async with database.raw() as connection:
            await connection.execute("delete from events where position = (select max(position) from events)")
        js = bus.jetstream()
        await js.delete_msg("CARNETS", (await js.stream_info("CARNETS")).state.last_seq)
        late = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-ter")
        async with asyncio.timeout(60):
            assert await rebuild(database, carnet, lambda: late) == 1000
        assert await rows_of(database) == dict.fromkeys(ids, (20, 210))
        await store.execute(CARNET(ids[1]), AjouterNotes(CarnetId(ids[1]), ("encore",)), CONTEXT)
        async with asyncio.timeout(60):
            while (await rows_of(database))[ids[1]] != (21, 231):
                await asyncio.sleep(0.02)
    for source in (late, again, reader):
        await source.close()


async def test_un_code_trop_ancien_ne_refait_pas_une_table(store: Store[Event]) -> None:
    """It would stop at the first fact that it does not know: the live table stays as it is."""
    database = store.database
    [qui] = await fill(store, carnets=1, notes=2)
    await project_all(store)
    await store.append(f"carnet-{qui}", 2, [carnet.CarnetFerme(CarnetId(qui))], CONTEXT)
    older = Store(database, Codec[Any](NoteAjoutee), store.vault)
    with pytest.raises(RebuildRefused, match="CarnetFerme"):
        await rebuild(database, carnet, lambda: FeedSource(older, "carnets"))
    assert await rows_of(database) == {qui: (2, 3)}
