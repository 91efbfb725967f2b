"""Une réponse perdue ou tardive, une connexion coupée : rien n'est écrit deux fois, rien ne revient."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import carnet
import nats
import pytest
from carnet import CarnetId, NoteAjoutee
from events.bus import relay as relay_module
from events.bus.direct import DirectReader
from events.bus.relay import NAME, Relay
from events.codec import Codec
from events.postgres.database import Database
from events.projection.checkpoints import read_checkpoint
from events.store.store import Context, Store
from events.types import ERASED, START
from events.vault.vault import Vault
from nats.aio.client import Client
from passage import Passage, through
from test_bus import add_carnets, add_notes, stop

CONTEXT = Context("test", "requete-de-test")
OLD, NEW = {1: bytes(range(32))}, {2: bytes(reversed(range(32)))}
SECRET = "Jeanne Canari"


@pytest.fixture
async def passage(database_url: str) -> AsyncIterator[Passage]:
    async with through(database_url) as opened:
        yield opened


@pytest.fixture
async def lointaine(journal: Database, passage: Passage) -> AsyncIterator[Database]:
    """The same database, as a process sees it whose answers may be lost or late."""
    database = Database(passage.url)
    yield database
    await database.close()


def note(qui: CarnetId, texte: str | None = None) -> NoteAjoutee:
    return NoteAjoutee(qui, 1, "note", texte)


def store_of(database: Database, keys: dict[int, bytes]) -> tuple[Store[carnet.Event], Vault]:
    vault = Vault(database, keys)
    return Store(database, Codec[carnet.Event](carnet.Event), vault), vault


async def texts(store: Store[carnet.Event], stream: str) -> list[Any]:
    return [r.event.texte for r in await store.load(stream) if isinstance(r.event, NoteAjoutee)]


async def published(bus: Client) -> list[tuple[str, int]]:
    """(stream, version) of each message that is there, in the order of the bus."""
    reader = DirectReader(bus, "carnets")
    found = [message.headers or {} for message in await reader.read(0)]
    await reader.close()
    return [(h["ce-subject"], int(h["coop-version"])) for h in found]


async def test_un_ajout_dont_la_reponse_est_perdue_n_est_ecrit_qu_une_fois(
    journal: Database, lointaine: Database, passage: Passage
) -> None:
    """The server has committed, the connection dies before it says so: its caller has an answer."""
    qui = CarnetId(uuid4())
    stream = f"carnet-{qui}"
    passage.lose(stream.encode())
    async with asyncio.timeout(30):
        written = await carnet.open_store(lointaine).append(stream, 0, [note(qui)], CONTEXT)
    assert passage.caught.is_set()
    [found] = await carnet.open_store(journal).load(stream)
    assert (written.version, written.position) == (1, found.position)


async def test_une_cle_detruite_ne_revient_pas_par_une_reponse_tardive(
    journal: Database, lointaine: Database, passage: Passage
) -> None:
    """Asked for before the erasure, the key arrives after it, in the process that erased the person."""
    qui = CarnetId(uuid4())
    stream = f"carnet-{qui}"
    await store_of(journal, OLD)[0].append(stream, 0, [note(qui, SECRET)], CONTEXT)
    store, vault = store_of(lointaine, OLD)
    [raw] = await store.page(START, 10)
    passage.hold(qui.bytes)
    reading = asyncio.create_task(store.decode([raw]))
    async with asyncio.timeout(30):
        await passage.caught.wait()
        await vault.destroy("carnet", qui, "demande")
    passage.release()
    [recorded] = await reading
    assert isinstance(recorded.event, NoteAjoutee)
    assert recorded.event.texte == ERASED
    assert await texts(store, stream) == [ERASED]


async def test_une_rotation_n_ecrase_pas_ce_qui_change_pendant_qu_elle_lit(
    journal: Database, lointaine: Database, passage: Passage
) -> None:
    """Read before the erasure, the key would be written again after it."""
    qui = CarnetId(uuid4())
    stream = f"carnet-{qui}"
    store, vault = store_of(journal, OLD)
    await store.append(stream, 0, [note(qui, SECRET)], CONTEXT)
    passage.hold(qui.bytes)
    rotating = asyncio.create_task(Vault(lointaine, OLD | NEW).rewrap())
    async with asyncio.timeout(30):
        await passage.caught.wait()
        await vault.destroy("carnet", qui, "demande")
    passage.release()
    assert (await rotating).count == 0
    async with journal.raw() as connection:
        assert await connection.fetchval("select count(*) from coffre.cles where wrapped is not null") == 0
    assert await texts(store_of(journal, OLD | NEW)[0], stream) == [ERASED]


async def test_un_relais_dont_la_connexion_revient_regarde_la_fin_du_flux(
    journal: Database, bus: Client, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server acknowledges before its disk has written: what it lost in a crash is published again at once,
    with no fact to come and without waiting for the next look at an idle stream."""
    monkeypatch.setattr(relay_module, "_LOOK_SECONDS", float("inf"))
    await add_carnets(bus)
    store = carnet.open_store(journal)
    [qui] = await add_notes(store, 1, 5)
    async with through(nats_url) as passage:
        client = await nats.connect(passage.url, allow_reconnect=True, reconnect_time_wait=0.05)
        relay = asyncio.create_task(Relay(store, client, "carnets", carnet.to_contract).run())
        try:
            async with asyncio.timeout(30):
                while (await read_checkpoint(journal, NAME)).sequence < 5:
                    await asyncio.sleep(0.02)
                await bus.jetstream().delete_msg("CARNETS", 5)
                passage.cut()
                while len(versions := await published(bus)) < 5:
                    await asyncio.sleep(0.02)
        finally:
            await stop(relay)
            await client.close()
    assert versions == [(f"carnet-{qui}", version) for version in range(1, 6)]
