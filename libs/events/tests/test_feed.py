"""The feed and its projections: nothing skipped, nothing twice, killed half-way or not."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import carnet
import pytest
import sqlalchemy as sa
from carnet import CARNET, AjouterNotes, CarnetId, Event, FermerCarnet, NoteAjoutee
from events.codec import Codec, UnknownEventType
from events.postgres.database import Database
from events.projection.checkpoints import read_checkpoint
from events.projection.parking import parked
from events.projection.projection import Halted, Projector
from events.projection.readmodel import Row
from events.projection.source import Checkpoint, FeedSource, VersionGap
from events.store.store import PAGE_SQL, Context, Store
from events.types import START, Position
from events.vault.vault import Vault

CONTEXT = Context("test", "requete-de-test")


async def create_table(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)


async def rows_of(database: Database) -> dict[UUID, tuple[int, int]]:
    async with database.engine.connect() as connection:
        found = await connection.execute(sa.select(carnet.table))
        return {r.carnet_id: (r.notes, r.somme) for r in found}


async def fill(store: Store[Event], carnets: int, notes: int) -> list[UUID]:
    ids = [uuid4() for _ in range(carnets)]
    await store.append_bulk(
        ((f"carnet-{c}", n, [NoteAjoutee(CarnetId(c), n + 1, "note")]) for n in range(notes) for c in ids),
        CONTEXT,
    )
    return ids


async def test_un_lecteur_face_a_seize_ecrivains_ne_saute_rien(journal: Database) -> None:
    """Each writer commits after a random pause, out of the order of the positions."""
    store = carnet.open_store(journal)
    done = asyncio.Event()
    seen: list[tuple[str, int]] = []

    async def write(writer: int) -> None:
        qui = uuid4()
        for n in range(30):
            async with journal.raw() as connection, connection.transaction():
                await connection.execute(
                    """insert into events (id, stream, version, type, schema_version, data, metadata)
                       values (gen_random_uuid(), $1, $2, 'CarnetFerme', 1, $3::text::jsonb, '{}')""",
                    f"carnet-{writer}",
                    n + 1,
                    f'{{"carnet_id": "{qui}"}}',
                )
                await asyncio.sleep(((writer * 7 + n * 3) % 5) / 1000)

    async def read() -> None:
        at = START
        while True:
            finished = done.is_set()
            page = await store.page(at, 50)
            seen.extend((raw.stream, raw.version) for raw in page)
            if page:
                at = page[-1].position
            elif finished:
                return
            else:
                await asyncio.sleep(0.001)

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(n) for n in range(16)))
    done.set()
    await reader
    assert len(seen) == len(set(seen)) == 16 * 30
    for writer in range(16):
        assert [v for s, v in seen if s == f"carnet-{writer}"] == list(range(1, 31))


async def test_un_projecteur_tient_le_compte_exact(journal: Database) -> None:
    await create_table(journal)
    store = carnet.open_store(journal)
    ids = await fill(store, carnets=40, notes=30)
    projector = Projector(journal, carnet, FeedSource(store, "carnets"))
    while await projector.step():
        pass
    assert await rows_of(journal) == dict.fromkeys(ids, (30, 465))


async def test_deux_projecteurs_a_la_fois_ne_comptent_rien_deux_fois(journal: Database) -> None:
    await create_table(journal)
    store = carnet.open_store(journal)
    ids = await fill(store, carnets=40, notes=30)
    copies = [
        asyncio.create_task(Projector(journal, carnet, FeedSource(store, "carnets")).run()) for _ in range(2)
    ]
    async with asyncio.timeout(60):
        while (await rows_of(journal)) != dict.fromkeys(ids, (30, 465)):
            await asyncio.sleep(0.01)
    assert not any(copy.done() for copy in copies), "une copie est tombée"
    for copy in copies:
        copy.cancel()
    await asyncio.gather(*copies, return_exceptions=True)
    assert await rows_of(journal) == dict.fromkeys(ids, (30, 465))


PROJECT = """
import asyncio, sys
import carnet
from events.postgres.database import Database
from events.projection.projection import Projector
from events.projection.readmodel import Row
from events.projection.source import FeedSource

async def main():
    database = Database(sys.argv[1])
    await Projector(database, carnet, FeedSource(carnet.open_store(database), "carnets")).run()

asyncio.run(main())
"""


async def test_un_projecteur_tue_a_mi_chemin_reprend_sans_perte_ni_double(
    journal: Database, database_url: str
) -> None:
    await create_table(journal)
    store = carnet.open_store(journal)
    ids = await fill(store, carnets=200, notes=30)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", PROJECT, database_url]
    for _ in range(3):
        process = subprocess.Popen(command, env=env)
        before = await read_checkpoint(journal, "carnets")
        async with asyncio.timeout(30):
            while (await read_checkpoint(journal, "carnets")) == before:
                await asyncio.sleep(0.002)
                if process.poll() is not None:
                    pytest.fail("le projecteur s'est arrêté seul")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert await rows_of(journal) != dict.fromkeys(ids, (30, 465)), "tué trop tard pour prouver quelque chose"
    projector = Projector(journal, carnet, FeedSource(store, "carnets"))
    while await projector.step():
        pass
    assert await rows_of(journal) == dict.fromkeys(ids, (30, 465))


class Capricious:
    """The projection of notebooks, refusing one notebook."""

    table = carnet.table
    reads = carnet.reads
    key = staticmethod(carnet.key)

    def __init__(self, refused: UUID) -> None:
        self.refused = refused

    def project(self, row: dict[str, Any] | None, event: Any) -> dict[str, Any] | None:
        if event.carnet_id == self.refused and event.rang == 2:
            raise ValueError("donnée illisible de Jeanne Canari")
        return carnet.project(row, event)


async def test_un_fait_illisible_est_mis_de_cote_et_les_autres_passent(journal: Database) -> None:
    await create_table(journal)
    store = carnet.open_store(journal)
    ids = await fill(store, carnets=5, notes=3)
    projector = Projector(journal, Capricious(ids[0]), FeedSource(store, "carnets"), attempts=2)
    # A first page fails whole, then event by event until the culprit is parked.
    for _ in range(40):
        await projector.step()
    rows = await rows_of(journal)
    assert rows == {ids[0]: (2, 4), **dict.fromkeys(ids[1:], (3, 6))}
    async with journal.engine.connect() as connection:
        [aside] = (await connection.execute(sa.select(parked))).all()
    assert (aside.stream, aside.version, aside.attempts) == (f"carnet-{ids[0]}", 2, 2)
    assert "ValueError" in aside.error
    assert "Canari" not in aside.error


async def test_un_trou_dans_les_versions_est_vu(journal: Database) -> None:
    store = carnet.open_store(journal)
    [qui] = await fill(store, carnets=1, notes=3)
    async with journal.raw() as connection:
        await connection.execute("delete from events where version = 2")
    with pytest.raises(VersionGap):
        await FeedSource(store, "carnets").page(Checkpoint(), 500)
    async with journal.raw() as connection:
        row = await connection.fetchrow(
            "select xid::text::bigint x, position p from events where version = 1"
        )
    assert row is not None
    # Also for a reader that starts after the hole's neighbour.
    with pytest.raises(VersionGap):
        await FeedSource(store, "carnets").page(Checkpoint(Position(row["x"], row["p"])), 500)
    assert qui


async def test_une_page_du_flux_se_lit_par_son_index_sans_trier_le_journal(journal: Database) -> None:
    """A sort would read the whole journal for each page: seconds, past a million events."""
    store = carnet.open_store(journal)
    await fill(store, carnets=200, notes=50)
    async with journal.raw() as connection:
        await connection.execute("analyze events")
        plan = await connection.fetch("explain " + PAGE_SQL, 0, 0, 500)
    steps = "\n".join(row[0] for row in plan)
    assert "Index Scan using events_feed" in steps
    assert "Sort" not in steps


async def test_une_projection_qui_doit_s_arreter_n_avance_pas_sans_son_fait(journal: Database) -> None:
    await create_table(journal)
    store = carnet.open_store(journal)
    [refused] = await fill(store, carnets=1, notes=3)
    projector = Projector(journal, Capricious(refused), FeedSource(store, "carnets"), attempts=2, halts=True)
    with pytest.raises(Halted):
        await projector.run()
    async with journal.raw() as connection:
        assert await connection.fetchval("select count(*) from parked") == 0
    # What comes before the event is taken, and it is the next one still.
    assert await rows_of(journal) == {refused: (1, 1)}
    [following] = await store.page((await read_checkpoint(journal, projector.name)).position, 1)
    assert following.version == 2


async def test_un_fait_d_un_code_plus_neuf_n_est_pas_mis_de_cote(journal: Database) -> None:
    """Older code stops at it, and newer code goes on from there: nothing was set aside meanwhile."""
    await create_table(journal)
    store = carnet.open_store(journal)
    [qui] = await fill(store, carnets=1, notes=2)
    await store.append(f"carnet-{qui}", 2, [carnet.CarnetFerme(CarnetId(qui))], CONTEXT)
    older = Store(journal, Codec[Any](carnet.NoteAjoutee), Vault(journal, carnet.MASTER_KEYS))
    projector = Projector(journal, carnet, FeedSource(older, "carnets"), attempts=2)
    with pytest.raises(UnknownEventType, match="CarnetFerme"):
        await projector.run()
    async with journal.raw() as connection:
        assert await connection.fetchval("select count(*) from parked") == 0
    newer = Projector(journal, carnet, FeedSource(store, "carnets"))
    while await newer.step():
        pass
    assert await rows_of(journal) == {qui: (2, 3)}


async def test_un_commit_reveille_les_lecteurs_des_autres_processus(
    journal: Database, database_url: str
) -> None:
    """Each `Database` is a process as far as PostgreSQL knows."""
    reader = Database(database_url)
    try:
        known = reader.wakeup.commits
        waiting = asyncio.create_task(reader.wakeup.wait(60, known))
        async with asyncio.timeout(60):
            while reader.wakeup.commits == known:
                journal.wakeup.committed()
                await asyncio.sleep(0.05)
            await waiting
    finally:
        await reader.close()


async def test_un_fait_que_la_projection_ne_lit_pas_ne_lui_parvient_pas(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = CarnetId(uuid4())

    class Attentive:
        table = carnet.table
        reads = NoteAjoutee

        def key(self, event: NoteAjoutee) -> UUID:
            assert isinstance(event, NoteAjoutee)
            return event.carnet_id

        def project(self, row: Row | None, event: NoteAjoutee) -> Row | None:
            return carnet.project(row, event)

    await create_table(journal)
    await store.execute(CARNET(qui), AjouterNotes(qui, ("a",)), CONTEXT)
    fin = await store.execute(CARNET(qui), FermerCarnet(qui), CONTEXT)
    projector = Projector(journal, Attentive(), FeedSource(store, "carnets"))
    while await projector.step():
        pass
    assert (await read_checkpoint(journal, carnet.table.name)).position == fin.position
