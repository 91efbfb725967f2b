"""A stream that lost messages, or was made again: seen, named, read by nobody past the hole, filled."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

import carnet
import pytest
from carnet import CarnetId, NoteAjouteeV1
from events import metrics
from events.bus import relay as relay_module
from events.bus.reader import BusSource
from events.bus.relay import NAME, Relay
from events.bus.repair import remove
from events.postgres.database import Database
from events.projection.checkpoints import hold_checkpoint, put_back, read_checkpoint
from events.projection.contractfeed import ContractFeed
from events.projection.projection import Projector
from events.projection.rebuild import rebuild
from events.projection.source import Checkpoint
from nats.aio.client import Client
from prometheus_client import REGISTRY
from test_bus import CONTEXT, add_carnets, add_notes, rows_of, stop, until


@asynccontextmanager
async def relay(journal: Database, bus: Client) -> AsyncGenerator[None]:
    task = asyncio.create_task(Relay(carnet.open_store(journal), bus, "carnets", carnet.to_contract).run())
    try:
        yield
        assert not task.done()
    finally:
        await stop(task)


@asynccontextmanager
async def reader(journal: Database, bus: Client) -> AsyncGenerator[None]:
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-troue")
    task = asyncio.create_task(Projector(journal, carnet, source).run())
    try:
        yield
        assert not task.done()
    finally:
        await stop(task)
        await source.close()


async def prepared(journal: Database, bus: Client) -> list[CarnetId]:
    """A notebook of thirty notes, published; and an empty table."""
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    await add_carnets(bus)
    ids = await add_notes(carnet.open_store(journal), 1, 30)
    async with relay(journal, bus):
        await arrived(journal, 30)
    return ids


async def arrived(journal: Database, sequence: int) -> None:
    async with asyncio.timeout(60):
        while (await read_checkpoint(journal, NAME)).sequence < sequence:
            await asyncio.sleep(0.02)


async def lose(bus: Client, sequences: Iterable[int]) -> None:
    """What the loss of a block on disk does: the messages are gone, the others keep their numbers."""
    await remove(bus, "carnets", list(sequences))


async def republish(journal: Database, bus: Client) -> None:
    """What `coop relais republier --depuis 0-0` does."""
    async with journal.raw() as connection, connection.transaction():
        await hold_checkpoint(connection, NAME)
        mark = await bus.jetstream().publish("carnets.Marque.v0.0._", b"")
        await bus.jetstream().purge_stream("CARNETS")
        await put_back(connection, NAME, Checkpoint(sequence=mark.seq))


async def until_fault(name: str, reader: str, value: int) -> None:
    async with asyncio.timeout(60):
        while REGISTRY.get_sample_value("events_bus_fault", {"reader": reader, "fault": name}) != value:
            await asyncio.sleep(0.05)


async def test_un_bloc_perdu_arrete_les_lecteurs_jusqu_a_ce_qu_il_soit_comble(
    journal: Database, bus: Client
) -> None:
    ids = await prepared(journal, bus)
    await lose(bus, range(11, 21))
    async with relay(journal, bus), reader(journal, bus):
        await until_fault("hole", "carnets-relay", 1)
        await until_fault("hole", "lecteur-troue", 1)
        assert sorted(metrics.faults()) == ["carnets-relay:hole", "lecteur-troue:hole"]
        # Whatever precedes the hole is taken; nothing after it, even what is new.
        more = await add_notes(carnet.open_store(journal), 1, 2)
        await arrived(journal, 32)
        await until(journal, {ids[0]: (10, 55)})
        await republish(journal, bus)
        await until(journal, {ids[0]: (30, 465), more[0]: (2, 3)})
        await until_fault("hole", "carnets-relay", 0)
        await until_fault("hole", "lecteur-troue", 0)


async def test_ce_qui_fut_retire_puis_republie_ne_retient_personne(journal: Database, bus: Client) -> None:
    """Numbers are missing, no fact is: a stream published again, from the middle too."""
    ids = await prepared(journal, bus)
    async with relay(journal, bus):
        await republish(journal, bus)
        await arrived(journal, 61)
    await lose(bus, range(42, 62))
    async with relay(journal, bus), reader(journal, bus):
        await until(journal, {ids[0]: (30, 465)})
    assert metrics.faults() == []


async def test_ce_que_jetstream_prend_pour_une_repetition_est_publie_des_qu_il_l_oublie(
    journal: Database, bus: Client
) -> None:
    """It acknowledges what it remembers, removed since, and stores nothing."""
    await prepared(journal, bus)
    config = (await bus.jetstream().stream_info("CARNETS")).config
    config.duplicate_window = 8
    await bus.jetstream().update_stream(config)
    await add_notes(carnet.open_store(journal), 1, 30)
    async with relay(journal, bus):
        await arrived(journal, 60)
        await republish(journal, bus)
        await arrived(journal, 121)
    state = (await bus.jetstream().stream_info("CARNETS")).state
    assert (state.messages, state.last_seq) == (60, 121)


async def test_retirer_ce_qui_n_est_pas_la_ne_retire_rien_d_autre(journal: Database, bus: Client) -> None:
    """Never stored, removed already, or swept away with all that precedes it."""
    await prepared(journal, bus)
    await bus.jetstream().purge_stream("CARNETS", seq=5)
    await lose(bus, [20])
    await lose(bus, [2, 20, 99])
    state = (await bus.jetstream().stream_info("CARNETS")).state
    assert (state.messages, state.first_seq, state.last_seq) == (25, 5, 30)


async def test_des_faits_perdus_a_la_fin_sont_republies_au_demarrage(journal: Database, bus: Client) -> None:
    """The stream kept its last sequence, which is the relay's: that number alone says that all is well."""
    ids = await prepared(journal, bus)
    await lose(bus, range(26, 31))
    async with relay(journal, bus), reader(journal, bus):
        await until(journal, {ids[0]: (30, 465)})


async def test_un_lecteur_qu_une_retention_a_depasse_attend_au_lieu_de_sauter(
    journal: Database, bus: Client
) -> None:
    ids = await prepared(journal, bus)
    await bus.jetstream().purge_stream("CARNETS", seq=21)
    async with relay(journal, bus), reader(journal, bus):
        await until_fault("hole", "lecteur-troue", 1)
        assert await rows_of(journal) == {}
        await republish(journal, bus)
        await until(journal, {ids[0]: (30, 465)})


@pytest.mark.parametrize("again", [True, False], ids=["refait", "troue"])
async def test_un_relais_au_repos_voit_un_flux_refait_ou_troue(
    journal: Database, bus: Client, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    monkeypatch.setattr(relay_module, "_LOOK_SECONDS", 0.2)
    ids = await prepared(journal, bus)
    async with relay(journal, bus):
        if again:
            await bus.jetstream().delete_stream("CARNETS")
            await add_carnets(bus)
            async with reader(journal, bus):
                await until(journal, {ids[0]: (30, 465)})
        else:
            await lose(bus, [12])
            await until_fault("hole", "carnets-relay", 1)


async def test_un_flux_qui_oublie_avec_l_age_se_dit_aussitot_et_se_tait_une_fois_rendu(
    journal: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "_LOOK_SECONDS", 0.2)
    await prepared(journal, bus)
    jetstream = bus.jetstream()
    config = (await jetstream.stream_info("CARNETS")).config
    async with relay(journal, bus):
        for age, fault in ((3600.0, 1), (0.0, 0)):
            config.max_age = age
            await jetstream.update_stream(config)
            await until_fault("max_age", "carnets-relay", fault)


async def test_une_table_se_refait_depuis_le_journal_quoi_que_dise_le_flux(
    journal: Database, bus: Client
) -> None:
    """At once after everything was taken out of the stream to be published again."""
    ids = await prepared(journal, bus)
    store = carnet.open_store(journal)
    async with relay(journal, bus), reader(journal, bus):
        await until(journal, {ids[0]: (30, 465)})
    await republish(journal, bus)
    await store.execute(carnet.CARNET(ids[0]), carnet.AjouterNotes(ids[0], ("encore",)), CONTEXT)
    feed = ContractFeed(store, "carnets", carnet.to_contract, [NoteAjouteeV1])
    assert await rebuild(journal, carnet, lambda: feed) == 31
    assert await rows_of(journal) == {ids[0]: (31, 496)}
    # What is published again afterwards is no news.
    async with relay(journal, bus), reader(journal, bus):
        more = await add_notes(store, 1, 1)
        await until(journal, {ids[0]: (31, 496), more[0]: (1, 1)})
    assert metrics.faults() == []


async def test_une_table_refaite_depuis_le_flux_attend_la_fin_de_la_republication(
    journal: Database, bus: Client
) -> None:
    ids = await prepared(journal, bus)
    async with relay(journal, bus), reader(journal, bus):
        await until(journal, {ids[0]: (30, 465)})
    await republish(journal, bus)
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "refait")
    made = asyncio.create_task(rebuild(journal, carnet, lambda: source))
    async with relay(journal, bus):
        assert await made == 30
    assert await rows_of(journal) == {ids[0]: (30, 465)}
    await source.close()
