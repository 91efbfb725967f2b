"""From the journal to another service's read model, through JetStream."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from uuid import UUID, uuid4

import carnet
import nats
import pytest
import sqlalchemy as sa
from carnet import CARNET, AjouterNotes, CarnetId, FermerCarnet, NoteAjouteeV1
from events import metrics
from events.bus.publisher import Message, Publisher
from events.bus.reader import BusSource
from events.bus.relay import Relay, message_of
from events.contract import Contract
from events.postgres.database import Database
from events.projection.checkpoints import advance, read_checkpoint
from events.projection.projection import Halted, Projector
from events.projection.source import Checkpoint, Rejected
from events.store.store import Context, Store
from events.testing import add_stream
from events.types import START, Position, Recorded
from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import REGISTRY
from pydantic import Field
from structlog.testing import capture_logs

CONTEXT = Context("test", "requete-de-test")


async def add_carnets(bus: Client) -> None:
    await add_stream(bus, "carnets", duplicate_window=0.1)


async def add_notes(store: Store[carnet.Event], carnets: int, notes: int) -> list[CarnetId]:
    ids = [CarnetId(uuid4()) for _ in range(carnets)]
    titres = tuple(f"note {n}" for n in range(notes))
    await asyncio.gather(*(store.execute(CARNET(c), AjouterNotes(c, titres), CONTEXT) for c in ids))
    return ids


async def rows_of(database: Database) -> dict[UUID, tuple[int, int]]:
    async with database.engine.connect() as connection:
        found = await connection.execute(sa.select(carnet.table))
        return {r.carnet_id: (r.notes, r.somme) for r in found}


async def until(database: Database, expected: Mapping[CarnetId, tuple[int, int]]) -> None:
    async with asyncio.timeout(120):
        while (await rows_of(database)) != expected:
            await asyncio.sleep(0.02)


@pytest.fixture
async def reader(journal: Database, bus: Client) -> Projector:
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    await add_carnets(bus)
    return Projector(journal, carnet, BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-carnets"))


async def stop(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_un_fait_enregistre_arrive_dans_le_modele_d_un_autre_service(
    journal: Database, bus: Client, reader: Projector
) -> None:
    store = carnet.open_store(journal)
    tasks = [
        asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run()),
        asyncio.create_task(reader.run()),
    ]
    ids = await add_notes(store, 300, 4)
    await store.execute(CARNET(ids[0]), FermerCarnet(ids[0]), CONTEXT)
    await until(journal, dict.fromkeys(ids, (4, 10)))
    await stop(*tasks)
    message = await bus.jetstream().get_msg("CARNETS", 1)
    headers = message.headers or {}
    assert headers["ce-type"] == "carnets.NoteAjoutee.v1"
    assert headers["ce-specversion"] == "1.0"
    assert headers["Nats-Msg-Id"] == headers["ce-id"]
    # The private event is not on the bus.
    info = await bus.jetstream().stream_info("CARNETS")
    # Nothing of the reading is on the server, that somebody else could pause.
    assert (info.state.messages, info.state.consumer_count) == (1200, 0)


async def test_un_message_redelivre_ne_compte_qu_une_fois(
    journal: Database, bus: Client, reader: Projector
) -> None:
    store = carnet.open_store(journal)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    ids = await add_notes(store, 20, 3)
    task = asyncio.create_task(reader.run())
    await until(journal, dict.fromkeys(ids, (3, 6)))
    await stop(task)
    # The relay loses its checkpoint and publishes everything again.
    await stop(relay)
    await bus.jetstream().purge_stream("CARNETS")
    async with journal.raw() as connection:
        await connection.execute("delete from checkpoints where projection = 'relay'")
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    # A new reader process, with a durable consumer that acknowledged nothing of this.
    again = Projector(journal, carnet, BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-carnets"))
    task = asyncio.create_task(again.run())
    [autre] = await add_notes(store, 1, 5)
    await until(journal, {**dict.fromkeys(ids, (3, 6)), autre: (5, 15)})
    await stop(task, relay)


async def test_le_relais_republie_ce_que_jetstream_a_perdu(
    journal: Database, bus: Client, reader: Projector
) -> None:
    store = carnet.open_store(journal)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    ids = await add_notes(store, 10, 2)
    async with asyncio.timeout(60):
        while (await bus.jetstream().stream_info("CARNETS")).state.messages < 20:
            await asyncio.sleep(0.02)
    await stop(relay)
    await bus.jetstream().delete_stream("CARNETS")
    await add_carnets(bus)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    task = asyncio.create_task(reader.run())
    await until(journal, dict.fromkeys(ids, (2, 3)))
    await stop(relay, task)


async def test_un_flux_absent_se_dit_une_fois_puis_revient(journal: Database, bus: Client) -> None:
    store, tries = carnet.open_store(journal), 0

    async def count(_: Msg) -> None:
        nonlocal tries
        tries += 1

    await bus.subscribe("$JS.API.STREAM.INFO.CARNETS", cb=count)
    await add_notes(store, 3, 1)
    with capture_logs() as lines:
        relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
        async with asyncio.timeout(60):
            while tries < 6:
                await asyncio.sleep(0.05)
            await add_carnets(bus)
            while (await read_checkpoint(journal, "relay")).sequence < 3:
                await asyncio.sleep(0.05)
        await stop(relay)
    told = [line for line in lines if line["log_level"] == "warning"]
    assert [(line["event"], line["error"].split()[0]) for line in told] == [("relay_waits", "NotFoundError")]


async def test_deux_relais_a_la_fois_un_seul_publie(journal: Database, bus: Client, nats_url: str) -> None:
    await add_carnets(bus)
    store = carnet.open_store(journal)
    other = await nats.connect(nats_url)
    relays = [
        asyncio.create_task(Relay(store, client, "carnets", carnet.to_contract).run())
        for client in (bus, other)
    ]
    await add_notes(store, 50, 2)
    async with asyncio.timeout(60):
        while (await bus.jetstream().stream_info("CARNETS")).state.messages < 100:
            await asyncio.sleep(0.02)
        while (await read_checkpoint(journal, "relay")).sequence < 100:
            await asyncio.sleep(0.02)
    await stop(*relays)
    await other.close()
    assert (await bus.jetstream().stream_info("CARNETS")).state.messages == 100


async def test_un_relais_annule_s_arrete(journal: Database, bus: Client) -> None:
    await add_carnets(bus)
    store = carnet.open_store(journal)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    await add_notes(store, 2, 1)
    async with asyncio.timeout(60):
        while (await read_checkpoint(journal, "relay")).sequence < 2:
            await asyncio.sleep(0.02)
        await stop(relay)


async def published(bus: Client) -> list[tuple[str, int]]:
    """(stream, version) of each message, in the order of the bus."""
    js = bus.jetstream()
    last = (await js.stream_info("CARNETS")).state.last_seq
    headers = [(await js.get_msg("CARNETS", n + 1)).headers or {} for n in range(last)]
    return [(h["ce-subject"], int(h["coop-version"])) for h in headers]


async def test_un_message_perdu_en_route_n_est_depasse_par_aucun_autre(
    journal: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cut connection does to messages on their way: none may be stored before the lost one."""
    await add_carnets(bus)
    store = carnet.open_store(journal)
    [carnet_id] = await add_notes(store, 1, 40)
    thief = await nats.connect(bus.connected_url.geturl() if bus.connected_url else "")
    send, sent = thief.publish, 0

    async def publish(subject: str, payload: bytes = b"", reply: str = "", headers: Any = None) -> None:
        nonlocal sent
        sent += subject.startswith("carnets.")
        if sent != 17 or not subject.startswith("carnets."):
            await send(subject, payload, reply, headers)

    monkeypatch.setattr(thief, "publish", publish)
    relay = asyncio.create_task(Relay(store, thief, "carnets", carnet.to_contract).run())
    async with asyncio.timeout(30):
        while (await bus.jetstream().stream_info("CARNETS")).state.messages < 40:
            await asyncio.sleep(0.02)
    await stop(relay)
    await thief.close()
    assert await published(bus) == [(f"carnet-{carnet_id}", n + 1) for n in range(40)]


async def test_un_flux_a_lots_atomiques_recoit_les_memes_messages(journal: Database, bus: Client) -> None:
    await bus.jetstream().add_stream(
        name="CARNETS",
        subjects=["carnets.*.*.*.*"],
        duplicate_window=0.1,
        allow_direct=True,
        allow_atomic=True,
    )
    store = carnet.open_store(journal)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    ids = await add_notes(store, 30, 50)
    async with asyncio.timeout(30):
        while (await bus.jetstream().stream_info("CARNETS")).state.messages < 1500:
            await asyncio.sleep(0.02)
    await stop(relay)
    found = await published(bus)
    assert len(found) == 1500
    for carnet_id in ids:
        assert [v for s, v in found if s == f"carnet-{carnet_id}"] == list(range(1, 51))
    assert "Nats-Batch-Id" in ((await bus.jetstream().get_msg("CARNETS", 2)).headers or {})


async def test_un_nom_de_flux_ne_peut_pas_forger_un_en_tete(journal: Database) -> None:
    note = NoteAjouteeV1(carnet_id=uuid4(), rang=1)
    recorded = Recorded(
        None, uuid4(), "carnet-1\r\nce-type: autre", 1, Position(1, 1), dt.datetime.now(dt.UTC)
    )
    with pytest.raises(Rejected, match="nom de flux"):
        message_of("carnets", note, recorded)


async def test_un_lecteur_depasse_par_une_republication_n_attend_pas_pour_toujours(
    journal: Database, bus: Client, reader: Projector
) -> None:
    """More messages that it already knows than JetStream leaves in flight (10 000), then a new one."""
    js = bus.jetstream()
    known = Position(1000, 1000)
    lines = {"ce-id": str(uuid4()), "ce-type": "carnets.NoteAjoutee.v1", "coop-version": "1"}
    lines |= {"ce-time": dt.datetime.now(dt.UTC).isoformat()}
    carnet_id = CarnetId(uuid4())
    note = NoteAjouteeV1(carnet_id=carnet_id, rang=7).model_dump_json().encode()

    async def publish(position: Position) -> None:
        headers = lines | {"coop-position": str(position), "ce-subject": f"carnet-{carnet_id}"}
        await bus.publish("carnets.NoteAjoutee.v1.0._", note, headers=headers)

    for number in range(12_000):
        await publish(Position(1, number))
    await publish(Position(1000, 1001))
    async with asyncio.timeout(30):
        while (await js.stream_info("CARNETS")).state.messages < 12_001:
            await asyncio.sleep(0.05)
    async with journal.raw() as connection:
        await advance(connection, "carnets", "carnets", Checkpoint(), Checkpoint(known, 0))
    task = asyncio.create_task(reader.run())
    await until(journal, {carnet_id: (1, 7)})
    await stop(task)


async def test_un_relais_au_repos_voit_qu_un_exploitant_a_recule_son_repere(
    journal: Database, bus: Client
) -> None:
    await add_carnets(bus)
    store = carnet.open_store(journal)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    await add_notes(store, 3, 2)
    async with asyncio.timeout(60):
        while (at := await read_checkpoint(journal, "relay")).sequence < 6:
            await asyncio.sleep(0.02)
        await bus.jetstream().purge_stream("CARNETS")
        async with journal.raw() as connection:
            await advance(connection, "relay", "carnets", at, Checkpoint())
        while (await bus.jetstream().stream_info("CARNETS")).state.messages < 6:
            await asyncio.sleep(0.05)
    await stop(relay)


async def test_un_flux_refait_plus_court_est_relu_sans_rien_sauter(
    journal: Database, bus: Client, reader: Projector
) -> None:
    """The reader stood at a sequence of the old stream that the new one reaches only later, or never."""
    store = carnet.open_store(journal)
    ids = await add_notes(store, 4, 5)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    async with asyncio.timeout(60):
        while (await bus.jetstream().stream_info("CARNETS")).state.messages < 20:
            await asyncio.sleep(0.02)
    first = await bus.jetstream().get_msg("CARNETS", 1)
    known = Position.parse((first.headers or {})["coop-position"])
    for sequence in (12, 500):
        async with journal.raw() as connection:
            await connection.execute(f"truncate {carnet.table.name}")
            await connection.execute("delete from checkpoints where projection <> 'relay'")
            await advance(connection, reader.name, "carnets", Checkpoint(), Checkpoint(known, sequence))
        source = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-neuf")
        task = asyncio.create_task(Projector(journal, carnet, source).run())
        async with asyncio.timeout(60):
            while sum(n for n, _ in (await rows_of(journal)).values()) < 19:
                await asyncio.sleep(0.05)
        await stop(task)
        await source.close()
    await stop(relay)
    assert set(await rows_of(journal)) <= set(ids)


class Delayed:
    """A connection whose server stores late messages just after it said where the stream ends."""

    def __init__(self, bus: Client, late: Callable[[], Awaitable[None]]) -> None:
        self._bus = bus
        self._late = late

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    def jetstream(self, **options: Any) -> Any:
        js: Any = self._bus.jetstream(**options)
        told = js.stream_info

        async def stream_info(name: str) -> Any:
            info = await told(name)
            await self._late()
            return info

        js.stream_info = stream_info
        return js


async def test_des_messages_ecrits_en_retard_ne_decalent_pas_la_chaine(
    journal: Database, bus: Client
) -> None:
    """NATS was frozen: what it had received before is stored while the relay asks where to go on from."""
    await add_carnets(bus)
    store = carnet.open_store(journal)
    ids = await add_notes(store, 1, 12)
    messages: list[Message] = []
    for recorded in await store.decode(await store.page(START)):
        contract = carnet.to_contract(recorded.event)
        assert contract is not None
        messages.append(message_of("carnets", contract, recorded))
    publisher = Publisher(bus)
    await publisher.acknowledged(await publisher.send_after(messages[:2], 0))
    late = [messages[2:5]]

    async def store_late() -> None:
        if late:
            await publisher.acknowledged(await publisher.send_after(late.pop(), 2))

    client: Any = Delayed(bus, store_late)
    relay = asyncio.create_task(Relay(store, client, "carnets", carnet.to_contract).run())
    async with asyncio.timeout(60):
        while (await read_checkpoint(journal, "relay")).sequence < 12:
            await asyncio.sleep(0.02)
    await stop(relay)
    assert await published(bus) == [(f"carnet-{ids[0]}", version) for version in range(1, 13)]


class NoteEntiereV1(Contract):
    """A contract whose size nobody has bounded."""

    carnet_id: UUID
    titre: str


def entiere(event: carnet.Event) -> Contract | None:
    match event:
        case carnet.NoteAjoutee():
            return NoteEntiereV1(carnet_id=event.carnet_id, titre=event.titre)
        case _:
            return None


async def test_un_fait_trop_gros_pour_le_bus_est_mis_au_rebut_et_les_autres_partent(
    journal: Database, bus: Client
) -> None:
    await add_carnets(bus)
    store, refused = carnet.open_store(journal), {"service": "carnets"}
    before = REGISTRY.get_sample_value("events_unpublished_total", refused) or 0
    carnet_id = CarnetId(uuid4())
    titres = ("un", "x" * 1_200_000, "trois")
    await store.execute(CARNET(carnet_id), AjouterNotes(carnet_id, titres), CONTEXT)
    for _ in range(2):
        # Again by another relay, which finds it aside already.
        relay = asyncio.create_task(Relay(store, bus, "carnets", entiere).run())
        async with asyncio.timeout(30):
            while (await read_checkpoint(journal, "relay")).sequence < 2:
                await asyncio.sleep(0.02)
        await stop(relay)
    assert await published(bus) == [(f"carnet-{carnet_id}", 1), (f"carnet-{carnet_id}", 3)]
    async with journal.raw() as connection:
        rows = await connection.fetch("select projection, version, error from parked")
    assert [tuple(row) for row in rows] == [("relay", 2, "Rejected : message trop grand")]
    assert REGISTRY.get_sample_value("events_unpublished_total", refused) == before + 1
    assert metrics.faults() == []


class NoteCourteV1(Contract):
    """What an older reader believes of NoteAjouteeV1: it cannot parse a high rank."""

    carnet_id: UUID
    rang: Annotated[int, Field(le=3)]

    @classmethod
    def event_name(cls) -> str:
        return "NoteAjoutee"


@pytest.mark.parametrize("halts", [True, False], ids=["s'arrete", "met de cote"])
async def test_un_message_illisible_est_mis_de_cote_ou_arrete_le_lecteur(
    journal: Database, bus: Client, reader: Projector, *, halts: bool
) -> None:
    """As its projection declares; the checkpoint never passes it in silence."""

    class Courtes:
        table, key = carnet.table, staticmethod(carnet.key)
        reads = NoteCourteV1

        @staticmethod
        def project(row: Any, event: Any) -> Any:
            return carnet.project(row, NoteAjouteeV1(carnet_id=event.carnet_id, rang=event.rang))

    store = carnet.open_store(journal)
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    [carnet_id] = await add_notes(store, 1, 4)
    [autre] = await add_notes(store, 1, 1)
    source = BusSource(bus, "carnets", [NoteCourteV1], "lecteur-ancien")
    task = asyncio.create_task(Projector(journal, Courtes(), source, halts=halts).run())
    if halts:
        with pytest.raises(Halted, match="NoteAjoutee"):
            async with asyncio.timeout(60):
                await task
        assert await rows_of(journal) == {carnet_id: (3, 6)}
    else:
        await until(journal, {carnet_id: (3, 6), autre: (1, 1)})
        async with journal.raw() as connection:
            assert await connection.fetchval("select count(*) from parked where version = 4") == 1
    await stop(task, relay)
    await source.close()
