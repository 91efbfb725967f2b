"""Le serveur NATS tué, puis relancé : le relais et le lecteur, restés en vie, reprennent où ils étaient."""

import asyncio
from collections import Counter
from pathlib import Path

import carnet
import nats
from carnet import NoteAjouteeV1
from events.bus.reader import BusSource
from events.bus.relay import Relay
from events.ops.servers import start_nats
from events.postgres.database import Database
from events.projection.projection import Projector
from events.store.store import Store
from test_bus import add_carnets, add_notes, stop, until
from test_coupures import published


async def test_nats_tue_et_relance_rien_n_est_perdu_ni_double_ni_ecrit_sans_lui_refuse(
    journal: Database, tmp_path: Path
) -> None:
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    store: Store[carnet.Event] = carnet.open_store(journal)
    server = await asyncio.to_thread(start_nats, tmp_path / "nats")
    bus = await nats.connect(server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    tasks: list[asyncio.Task[None]] = []
    try:
        await add_carnets(bus)
        reader = Projector(journal, carnet, BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-carnets"))
        relay = Relay(store, bus, "carnets", carnet.to_contract)
        tasks = [asyncio.create_task(relay.run()), asyncio.create_task(reader.run())]
        ids = await add_notes(store, 20, 3)
        await until(journal, dict.fromkeys(ids, (3, 6)))
        for _ in range(2):
            server.kill()
            # The journal does not need the bus.
            ids += await add_notes(store, 20, 3)
            server = await asyncio.to_thread(start_nats, tmp_path / "nats", port=server.port)
            ids += await add_notes(store, 20, 3)
            await until(journal, dict.fromkeys(ids, (3, 6)))
        assert Counter(await published(bus)) == Counter((f"carnet-{i}", n) for i in ids for n in (1, 2, 3))
    finally:
        await stop(*tasks)
        await bus.close()
        server.stop()
