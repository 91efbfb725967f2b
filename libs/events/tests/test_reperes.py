"""Un repère n'avance qu'avec son effet, de là où il est, et une page ne répond qu'à sa question."""

import asyncio
from pathlib import Path

import asyncpg
import carnet
import pytest
import rappels
from carnet import CARNET, CarnetId, Event, NoteAjouteeV1
from events.bus.direct import DirectReader
from events.bus.gaps import sequence_of
from events.bus.reader import BusSource
from events.bus.relay import NAME, Relay
from events.postgres.database import Database
from events.projection.checkpoints import Overtaken, advance, read_checkpoint
from events.projection.manager import Reaction
from events.projection.projection import Projector
from events.projection.source import Checkpoint, Delivery, FeedSource
from events.service import Service
from events.store.store import Store
from events.types import Position
from nats.aio.client import Client
from test_bus import add_carnets, add_notes, rows_of, stop
from test_fautes import fail, heal


@pytest.fixture
async def store(journal: Database) -> Store[Event]:
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    return carnet.open_store(journal)


def at(number: int) -> Checkpoint:
    return Checkpoint(Position(1, number))


async def test_un_repere_ne_bouge_que_de_la_ou_il_est(journal: Database) -> None:
    """A copy that lags neither brings it back nor makes it skip what the other has not read."""
    async with journal.raw() as connection:
        await advance(connection, "carnets", "carnets", Checkpoint(), at(5))
        for late, wanted in ((Checkpoint(), at(2)), (at(4), at(9))):
            with pytest.raises(Overtaken):
                await advance(connection, "carnets", "carnets", late, wanted)
            assert await read_checkpoint(journal, "carnets") == at(5)
        await advance(connection, "carnets", "carnets", at(5), at(6))
    assert await read_checkpoint(journal, "carnets") == at(6)


def test_deux_lecteurs_d_un_service_ne_portent_pas_le_meme_nom() -> None:
    """Their checkpoint would be one: each would skip what the other has read."""
    homonyme = Reaction(carnet.table.name, rappels, rappels.READS, rappels.Ordre, rappels.Suivi)
    with pytest.raises(ValueError, match=r"plusieurs lecteurs du même nom : carnets$"):
        Service(
            name="carnets",
            aggregates=(CARNET,),
            migrations=Path("migrations"),
            to_contract=carnet.to_contract,
            own=(carnet,),
            reactions=(homonyme,),
        )


async def test_un_fait_dont_l_effet_n_est_pas_ecrit_reste_a_lire(
    journal: Database, store: Store[Event]
) -> None:
    ids = await add_notes(store, 2, 3)
    await fail(journal, "carnets", "true", "disk_full")
    with pytest.raises(asyncpg.DiskFullError):
        await Projector(journal, carnet, FeedSource(store, "carnets")).step()
    assert await read_checkpoint(journal, "carnets") == Checkpoint()
    await heal(journal)
    projector = Projector(journal, carnet, FeedSource(store, "carnets"))
    while await projector.step():
        pass
    assert await rows_of(journal) == dict.fromkeys(ids, (3, 6))


def ranks(page: list[Delivery]) -> list[int]:
    return [delivery.version for delivery in page]


async def test_une_page_lue_d_avance_ne_repond_qu_a_sa_question(store: Store[Event]) -> None:
    """While a page is worked on the next one is on its way; it may not be the one that is asked for."""
    await add_notes(store, 1, 9)
    source = FeedSource(store, "carnets")
    first = await source.page(Checkpoint(), 3)
    assert ranks(first) == [1, 2, 3]
    # One by one after a failure, then back to the start: a rebuild, or another copy, moved the checkpoint.
    assert ranks(await source.page(Checkpoint(), 1)) == [1]
    assert ranks(await source.page(Checkpoint(), 3)) == [1, 2, 3]
    assert ranks(await source.page(first[0].checkpoint, 3)) == [2, 3, 4]
    assert ranks(await source.page(first[0].checkpoint, 2)) == [2, 3]
    await source.retire()


@pytest.fixture
async def publies(journal: Database, store: Store[Event], bus: Client) -> list[CarnetId]:
    """More facts than a batch of the bus holds, and those of its second batch."""
    await add_carnets(bus)
    ids = await add_notes(store, 12, 60)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    async with asyncio.timeout(60):
        while (await read_checkpoint(journal, NAME)).sequence < 720:
            await asyncio.sleep(0.02)
    await stop(relay)
    return ids


@pytest.mark.usefixtures("publies")
async def test_un_lecteur_du_bus_ramene_en_arriere_relit_depuis_la(bus: Client) -> None:
    """The batch that was on its way follows the one of before."""
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-recule")
    first = await source.page(Checkpoint(), 500)
    assert [d.checkpoint.sequence for d in first] == list(range(1, 501))
    await source.taken(first[99])
    again = await source.page(Checkpoint(), 500)
    assert [d.checkpoint.sequence for d in again] == list(range(1, 501))
    await source.close()


@pytest.mark.usefixtures("publies")
async def test_la_reponse_tardive_d_une_lecture_abandonnee_n_entre_pas_dans_la_suivante(bus: Client) -> None:
    reader = DirectReader(bus, "carnets")
    await reader.last()
    abandoned = asyncio.create_task(reader.read(0, 5))
    # It asks, and is stopped before an answer can come.
    await asyncio.sleep(0)
    abandoned.cancel()
    await asyncio.gather(abandoned, return_exceptions=True)
    assert [sequence_of(message) for message in await reader.read(300, 5)] == [301, 302, 303, 304, 305]
    await reader.close()
