"""Several projectors on one table, each with its share of the streams."""

import asyncio

import carnet
import pytest
import sqlalchemy as sa
from carnet import NoteAjouteeV1
from events.bus.reader import BusSource, Share
from events.bus.relay import Relay
from events.postgres.database import Database
from events.projection.checkpoints import SharesChanged, read_checkpoint
from events.projection.projection import Projector
from events.projection.rebuild import rebuild
from events.store.store import Store
from nats.aio.client import Client
from test_bus import add_carnets, add_notes, rows_of, stop, until


def projector(journal: Database, bus: Client, share: Share) -> Projector:
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-carnets", share)
    return Projector(journal, carnet, source, name=share.name("carnets"))


async def published(journal: Database, bus: Client) -> tuple[Store[carnet.Event], asyncio.Task[None]]:
    """A journal, its relay at work, and an empty table to keep."""
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    await add_carnets(bus)
    store = carnet.open_store(journal)
    return store, asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())


async def test_des_projecteurs_qui_se_partagent_les_flux_font_la_meme_table(
    journal: Database, bus: Client
) -> None:
    store, relay = await published(journal, bus)
    shares = [Share(index, 3) for index in range(3)]
    tasks = [asyncio.create_task(projector(journal, bus, share).run()) for share in shares]
    ids = await add_notes(store, 60, 4)
    await asyncio.sleep(0.05)
    # One of them dies somewhere in its work; another takes its share from its checkpoint.
    await stop(tasks[1])
    tasks[1] = asyncio.create_task(projector(journal, bus, shares[1]).run())
    more = await add_notes(store, 40, 2)
    await until(journal, dict.fromkeys(ids, (4, 10)) | dict.fromkeys(more, (2, 3)))
    await stop(relay, *tasks)
    assert len(await rows_of(journal)) == 100
    # Each did a part of it.
    for share in shares:
        assert (await read_checkpoint(journal, share.name("carnets"))).sequence > 0
    async with journal.engine.connect() as connection:
        found = await connection.scalar(
            sa.text("select count(*) from checkpoints where projection = 'carnets'")
        )
    assert found == 0


async def test_changer_le_nombre_de_parts_sans_repartir_de_zero_est_refuse(
    journal: Database, bus: Client
) -> None:
    """A share of four begins at the first message: what two had counted would be counted again."""
    store, relay = await published(journal, bus)
    tasks = [asyncio.create_task(projector(journal, bus, Share(index, 2)).run()) for index in range(2)]
    ids = await add_notes(store, 20, 3)
    await until(journal, dict.fromkeys(ids, (3, 6)))
    await stop(relay, *tasks)
    for share in (Share(2, 4), Share()):
        with pytest.raises(SharesChanged):
            await projector(journal, bus, share).run()
    assert await rows_of(journal) == dict.fromkeys(ids, (3, 6))


async def test_une_table_tenue_par_plusieurs_projecteurs_se_refait_pendant_qu_ils_travaillent(
    journal: Database, bus: Client
) -> None:
    store, relay = await published(journal, bus)
    tasks = [asyncio.create_task(projector(journal, bus, Share(index, 2)).run()) for index in range(2)]
    ids = await add_notes(store, 40, 3)
    await until(journal, dict.fromkeys(ids, (3, 6)))
    async with journal.raw() as connection:
        await connection.execute("update carnets set somme = -1")
    writing = asyncio.create_task(add_notes(store, 40, 5))
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "refaire")
    await rebuild(journal, carnet, lambda: source)
    more = await writing
    await until(journal, dict.fromkeys(ids, (3, 6)) | dict.fromkeys(more, (5, 15)))
    await stop(relay, *tasks)
    await source.close()


async def test_toutes_les_parts_ensemble_couvrent_chaque_partition_une_fois() -> None:
    for count in (2, 3, 8):
        tokens = [p for index in range(count) for p in Share(index, count).partitions()]
        assert sorted(tokens) == [str(p) for p in range(8)]
