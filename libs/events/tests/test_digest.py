"""A rebuild computed by the server gives what the fold of every event gives."""

import asyncio
from typing import Any
from uuid import UUID

import carnet
import pytest
import sqlalchemy as sa
from carnet import CARNET, AjouterNotes, CarnetId, FermerCarnet
from events.postgres.database import Database
from events.projection import digest as digest_module
from events.projection.checkpoints import read_checkpoint
from events.projection.digest import Digest, journal
from events.projection.projection import Projector
from events.projection.rebuild import rebuild
from events.projection.source import FeedSource
from test_bus import CONTEXT, add_notes, rows_of

_rang = sa.cast(journal.c.data["rang"].astext, sa.BigInteger)


class Resumes:
    """The read model of `carnet`, with a form for the server."""

    table = carnet.table
    reads = carnet.reads
    digest = Digest(
        sa.select(
            sa.cast(journal.c.data["carnet_id"].astext, sa.Uuid).label("carnet_id"),
            sa.cast(sa.func.count(), sa.Integer).label("notes"),
            sa.cast(sa.func.sum(_rang), sa.BigInteger).label("somme"),
        )
        .where(journal.c.type == "NoteAjoutee")
        .group_by(sa.literal_column("1")),
        lambda one, two: one | {name: one[name] + two[name] for name in ("notes", "somme")},
    )

    def key(self, event: Any) -> UUID:
        return carnet.key(event)

    def project(self, row: dict[str, Any] | None, event: Any) -> dict[str, Any] | None:
        return carnet.project(row, event)


@pytest.mark.parametrize("slice_size", [7, 1_000_000])
async def test_la_reconstruction_par_le_serveur_rend_la_meme_table(
    database: Database, monkeypatch: pytest.MonkeyPatch, slice_size: int
) -> None:
    monkeypatch.setattr(digest_module, "SLICE", slice_size)
    store = carnet.open_store(database)
    ids = await add_notes(store, 20, 3)
    await store.execute(CARNET(ids[0]), FermerCarnet(ids[0]), CONTEXT)
    live = Projector(database, Resumes(), FeedSource(store, "carnets"))
    while await live.step():
        pass
    told: list[int] = []
    count = await rebuild(database, Resumes(), lambda: FeedSource(store, "carnets"), progress=told.append)
    assert await rows_of(database) == dict.fromkeys(ids, (3, 6))
    assert told[-1] == count == 60
    # A projector goes on from there.
    live = Projector(database, Resumes(), FeedSource(store, "carnets"))
    more = await add_notes(store, 5, 2)
    while await live.step():
        pass
    assert await rows_of(database) == dict.fromkeys(ids, (3, 6)) | dict.fromkeys(more, (2, 3))


async def test_les_faits_ecrits_pendant_le_calcul_du_serveur_sont_dans_la_table(database: Database) -> None:
    store = carnet.open_store(database)
    ids = await add_notes(store, 50, 10)
    live = Projector(database, Resumes(), FeedSource(store, "carnets"))
    projecting = asyncio.create_task(live.run())
    writing = True

    async def write(n: int) -> tuple[CarnetId, int]:
        added = 10
        while writing:
            await store.execute(CARNET(ids[n]), AjouterNotes(ids[n], ("encore",)), CONTEXT)
            added += 1
        return ids[n], added

    writers = [asyncio.create_task(write(n)) for n in range(4)]
    for _ in range(3):
        await rebuild(database, Resumes(), lambda: FeedSource(store, "carnets"))
    writing = False
    added = dict(await asyncio.gather(*writers))
    expected = {c: added.get(c, 10) for c in ids}
    async with asyncio.timeout(60):
        while {c: n for c, (n, _) in (await rows_of(database)).items()} != expected:
            await asyncio.sleep(0.02)
    projecting.cancel()
    await asyncio.gather(projecting, return_exceptions=True)
    assert {c: s for c, (_, s) in (await rows_of(database)).items()} == {
        c: n * (n + 1) // 2 for c, n in expected.items()
    }
    assert (await read_checkpoint(database, "carnets")).position.number > 0


async def test_un_fait_plus_ancien_valide_apres_le_calcul_du_serveur_n_est_pas_saute(
    database: Database,
) -> None:
    """Its transaction began before those that the server has read, and ends after the exchange."""
    store = carnet.open_store(database)
    [early] = await add_notes(store, 1, 1)
    async with database.raw() as connection:
        late = connection.transaction()
        await late.start()
        await connection.execute(
            """insert into events (id, stream, version, type, schema_version, data, metadata)
               select gen_random_uuid(), stream, 2, type, schema_version, data || '{"rang": 2}', metadata
               from events where stream = $1""",
            f"carnet-{early}",
        )
        others = await add_notes(store, 5, 3)
        await rebuild(database, Resumes(), lambda: FeedSource(store, "carnets"))
        await late.commit()
    live = Projector(database, Resumes(), FeedSource(store, "carnets"))
    async with asyncio.timeout(30):
        while await rows_of(database) != {early: (2, 3), **dict.fromkeys(others, (3, 6))}:
            await live.step()
            await asyncio.sleep(0.01)


@pytest.fixture
async def database(journal: Database) -> Database:
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    return journal
