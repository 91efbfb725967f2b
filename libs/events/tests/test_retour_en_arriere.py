"""PostgreSQL restarted from a copy that lags: positions are given twice, nobody is to believe them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import carnet
import pytest
from carnet import NoteAjouteeV1
from events import metrics
from events.bus import repair
from events.bus.owned import JournalBehind
from events.bus.reader import BusSource
from events.bus.relay import Relay
from events.ops.servers import free_port, start_postgres
from events.postgres.database import Database
from events.postgres.schema import SCHEMA_SQL
from events.projection.projection import Projector
from nats.aio.client import Client
from test_bus import add_carnets, add_notes, stop, until
from test_trous import arrived


class Lagging:
    """A server whose data can be kept, then put back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = folder.with_name("copie")
        self._port = free_port()
        self._server = start_postgres(folder, port=self._port)
        self.url = self._server.url

    def keep(self) -> None:
        self._server.stop()
        shutil.copytree(self._folder / "pgdata", self._kept, symlinks=True)
        self._server = start_postgres(self._folder, port=self._port)

    def go_back(self) -> None:
        self._server.stop()
        shutil.rmtree(self._folder / "pgdata")
        self._kept.rename(self._folder / "pgdata")
        self._server = start_postgres(self._folder, port=self._port)

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
async def lagging(tmp_path: Path) -> AsyncIterator[Lagging]:
    server = await asyncio.to_thread(Lagging, tmp_path / "postgres")
    yield server
    await asyncio.to_thread(server.stop)


@pytest.mark.parametrize("running", [True, False], ids=["relais en marche", "relais arrete"])
async def test_un_journal_revenu_en_arriere_arrete_le_relais_avant_qu_il_publie(
    journal: Database, lagging: Lagging, bus: Client, *, running: bool
) -> None:
    """journal : of the service that reads, on a server that nothing happens to."""
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    await add_carnets(bus)
    database = Database(lagging.url)
    async with database.raw() as connection:
        for statement in SCHEMA_SQL:
            await connection.execute(statement)
    store = carnet.open_store(database)
    kept = await add_notes(store, 10, 1)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    await arrived(database, 10)
    await asyncio.to_thread(lagging.keep)
    await add_notes(store, 20, 1)
    await arrived(database, 30)
    if not running:
        await stop(relay)
    await asyncio.to_thread(lagging.go_back)
    # As many facts as were lost: the same numbers, and the same transactions or nearly.
    more = await add_notes(store, 20, 1)
    if not running:
        relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    with pytest.raises(JournalBehind, match="carnets"):
        async with asyncio.timeout(60):
            await relay
    assert metrics.faults() == ["carnets-relay:behind"]
    assert (await bus.jetstream().stream_info("CARNETS")).state.last_seq == 30
    # Once an operator has removed what the journal does not know any more, it all goes out.
    lost = await repair.unknown(bus, "carnets", database, None)
    assert lost == list(range(11, 31))
    await repair.remove(bus, "carnets", lost)
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-neuf")
    tasks = [
        asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run()),
        asyncio.create_task(Projector(journal, carnet, source).run()),
    ]
    await until(journal, dict.fromkeys(kept + more, (1, 1)))
    await stop(*tasks)
    await source.close()
    await database.close()
    assert metrics.faults() == []
