"""What ops read of a journal, measured from its tables."""

import carnet
from events import metrics
from events.postgres.database import Database
from events.projection.checkpoints import advance
from events.projection.projection import Projector
from events.projection.source import Checkpoint, FeedSource
from events.store.search import end
from events.store.watch import Watch
from events.types import Position
from prometheus_client import REGISTRY
from test_bus import add_notes


def measured(name: str, projection: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"projection": projection})


def watermark_age() -> float:
    return REGISTRY.get_sample_value("events_watermark_age_seconds") or 0.0


def relay_lag() -> float:
    return REGISTRY.get_sample_value("events_relay_lag_seconds", {"service": "carnets"}) or 0.0


async def test_une_ecriture_ouverte_qui_retient_le_flux_se_mesure(journal: Database) -> None:
    store = carnet.open_store(journal)
    async with journal.raw() as other, other.transaction():
        await other.execute("insert into claims values ('essai', 'x', 'autre')")
        await add_notes(store, 1, 1)
        await Watch(store, "carnets").look()
        assert watermark_age() > 0
    await Watch(store, "carnets").look()
    assert watermark_age() == 0


async def test_un_fait_que_le_bus_absent_ne_prend_pas_vieillit_a_vue(journal: Database) -> None:
    """No relay runs: what it has not published yet is measured all the same, and an alert can fire."""
    store, watch = carnet.open_store(journal), Watch(carnet.open_store(journal), "carnets")
    await watch.look()
    assert relay_lag() == 0
    await add_notes(store, 2, 1)
    await watch.look()
    before = relay_lag()
    assert before > 0
    await watch.look()
    assert relay_lag() > before
    async with journal.raw() as connection:
        await advance(connection, "relay", "carnets", Checkpoint(), Checkpoint(await end(journal)))
    await watch.look()
    assert relay_lag() == 0


async def test_un_repere_au_dela_du_journal_est_une_faute_qui_se_voit(journal: Database) -> None:
    """Whatever is written next would be skipped, until the positions have passed it."""
    store = carnet.open_store(journal)
    await add_notes(store, 1, 1)
    async with journal.raw() as connection:
        await advance(connection, "carnets", "carnets", Checkpoint(), Checkpoint(Position(2**60, 1)))
    watch = Watch(store, "carnets")
    await watch.look()
    assert metrics.faults() == ["carnets:ahead"]
    async with journal.raw() as connection:
        await connection.execute("delete from checkpoints")
        await advance(connection, "carnets", "carnets", Checkpoint(), Checkpoint(await end(journal)))
    await watch.look()
    assert metrics.faults() == []


async def test_les_mesures_disent_le_retard_le_rebut_et_une_reconstruction(journal: Database) -> None:
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    store = carnet.open_store(journal)
    await add_notes(store, 10, 1)
    projector = Projector(journal, carnet, FeedSource(store, "carnets"))
    assert await projector.step() == 10
    await Watch(store, "carnets").look()
    assert measured("events_feed_lag", "carnets") == 0
    assert watermark_age() == 0

    await add_notes(store, 5, 1)
    async with journal.raw() as connection:
        # A rebuild half-way, and an event put aside.
        await connection.execute(
            """insert into checkpoints (projection, source, xid, number)
               select 'carnets__rebuild', source, xid, number / 2 from checkpoints
               where projection = 'carnets'"""
        )
        await connection.execute(
            """insert into parked (projection, source, event_id, stream, version, type, xid, number, sequence,
                                   attempts, error)
               select 'carnets', 'carnets', id, stream, version, type, 1, 1, 0, 5, 'ValueError' from events
               limit 1"""
        )
    await Watch(store, "carnets").look()
    assert measured("events_feed_lag", "carnets") == 5
    assert measured("events_parked_waiting", "carnets") == 1
    assert measured("events_rebuild_progress_ratio", "carnets") == 0.5

    async with journal.raw() as connection:
        await connection.execute("delete from parked")
        await connection.execute("delete from checkpoints where projection = 'carnets__rebuild'")
    await Watch(store, "carnets").look()
    assert measured("events_parked_waiting", "carnets") is None
    assert measured("events_rebuild_progress_ratio", "carnets") is None
