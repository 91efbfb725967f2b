"""Messages that no relay wrote, in a stream that is read: nothing stops, nothing is silent."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import carnet
import pytest
from carnet import CarnetId, NoteAjouteeV1
from events.bus import reader as reader_module
from events.bus import word
from events.bus.reader import BusSource
from events.bus.relay import Relay
from events.metrics import bus_fault
from events.postgres.database import Database
from events.projection.checkpoints import advance
from events.projection.projection import Projector
from events.projection.source import Checkpoint
from events.types import Position
from nats.aio.client import Client
from prometheus_client import REGISTRY
from test_bus import add_carnets, add_notes, stop, until

SUBJECT = "carnets.NoteAjoutee.v1.0._"
AHEAD = "4611686018427387904-1"


def headers(**changes: str | None) -> dict[str, str]:
    """Those of a plausible fact, changed; None removes one."""
    good = {
        "ce-id": str(uuid4()),
        "ce-subject": f"carnet-{uuid4()}",
        "ce-type": "carnets.NoteAjoutee.v1",
        "ce-time": dt.datetime.now(dt.UTC).isoformat(),
        "coop-position": AHEAD,
        "coop-version": "1",
    }
    wanted = good | {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in wanted.items() if value is not None}


HOSTILE: dict[str, tuple[dict[str, str] | None, bytes]] = {
    "sans en-tête": (None, b"{}"),
    "corps vide et statut inventé": ({"Status": "503"}, b""),
    "sans position": (headers(coop_position=None), b"{}"),
    "position illisible": (headers(coop_position="demain"), b"{}"),
    "position trop grande pour la base": (headers(coop_position="9" * 19 + "-1"), b"{}"),
    "position au-delà du journal": (headers(), b"{}"),
    "identifiant illisible": (headers(ce_id="moi"), b"{}"),
    "version nulle": (headers(coop_version="0"), b"{}"),
    "date sans fuseau": (headers(ce_time="2026-01-01"), b"{}"),
    "flux au caractère nul": (headers(ce_subject="a\x00b"), b"{}"),
    "type d'un autre sujet": (headers(ce_type="carnets.CarnetFerme.v1"), b"{}"),
    "type absent": (headers(ce_type=None), b"{}"),
    "séquence inventée": (headers(coop_position=None, Nats_Sequence="1"), b"{}"),
}


async def parked(journal: Database) -> list[tuple[str, str]]:
    async with journal.raw() as connection:
        rows = await connection.fetch("select projection, error from parked order by id")
    return [(row["projection"], row["error"]) for row in rows]


@asynccontextmanager
async def chain(journal: Database, bus: Client) -> AsyncGenerator[None]:
    """Relay, stream, projected table, all at work."""
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    await add_carnets(bus)
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-carnets")
    tasks = [
        asyncio.create_task(Relay(carnet.open_store(journal), bus, "carnets", carnet.to_contract).run()),
        asyncio.create_task(Projector(journal, carnet, source, halts=True).run()),
    ]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        await stop(*tasks)


async def strike(journal: Database, blows: Mapping[str, Callable[[], Awaitable[Any]]]) -> None:
    """Publish these messages in turn, each at the end of a stream that was read whole: it is put aside, and
    the facts that follow it arrive before the next one."""
    store, known = carnet.open_store(journal), dict[CarnetId, tuple[int, int]]()

    async def facts_arrive() -> None:
        known.update(dict.fromkeys(await add_notes(store, 3, 2), (2, 3)))
        await until(journal, known)

    await facts_arrive()
    for count, (name, publish) in enumerate(blows.items(), start=1):
        before = rejected()
        await publish()
        await facts_arrive()
        aside = await parked(journal)
        assert (len(aside), rejected()) == (count, before + 1), name
        projection, error = aside[-1]
        assert projection == "carnets", name
        assert error.startswith("Rejected : "), name


def rejected() -> float:
    return REGISTRY.get_sample_value("events_rejected_total", {"reader": "lecteur-carnets"}) or 0


async def test_un_message_hostile_est_mis_de_cote_et_les_faits_suivants_arrivent(
    journal: Database, bus: Client
) -> None:
    """Even in a projection that stops at a fact that it cannot take: this is no fact."""
    js = bus.jetstream()
    blows = {
        name: partial(js.publish, SUBJECT, body, headers=lines) for name, (lines, body) in HOSTILE.items()
    }
    async with chain(journal, bus):
        await strike(journal, blows)


async def test_une_position_que_le_relais_n_a_pas_dite_n_est_pas_crue(
    journal: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plausible, and in everything else a fact: believed, it would have the facts that follow refused."""
    monkeypatch.setattr(word, "FRESH_SECONDS", 600.0)
    async with chain(journal, bus):
        known = await add_notes(carnet.open_store(journal), 2, 2)
        await until(journal, dict.fromkeys(known, (2, 3)))
        body = NoteAjouteeV1(carnet_id=uuid4(), rang=1).model_dump_json().encode()
        # Further than what a database that went back in time could have lost.
        await bus.jetstream().publish(SUBJECT, body, headers=headers(coop_position=f"{10**10}-1"))
        more = await add_notes(carnet.open_store(journal), 2, 3)
        await until(journal, dict.fromkeys(known, (2, 3)) | dict.fromkeys(more, (3, 6)))
    assert await parked(journal) == [("carnets", "Rejected : coop-position au-delà du journal")]


RAW = {
    "statut qui n'est pas du texte": b"NATS/1.0 \xff\xfe\xfd\r\n\r\n",
    "statut d'un serveur": b"NATS/1.0 503\r\n\r\n",
    "statut suivi d'un texte abîmé": b"NATS/1.0 200 \xe9\r\nA: b\r\n\r\n",
    "version inconnue": b"NATS/1.0garbage\r\n\r\n",
    "ligne sans nom": b"NATS/1.0\r\nnocolon\r\n\r\n",
    "octets": b"NATS/1.0\r\n\xff: \xfe\r\n\r\n",
}


async def publish_raw(url: str, lines: bytes) -> None:
    """As no library would write it."""
    port = int(url.rsplit(":", 1)[-1].strip("/"))
    answers, to_server = await asyncio.open_connection("127.0.0.1", port)
    await answers.readline()
    body = f"HPUB {SUBJECT} {len(lines)} {len(lines) + 2}\r\n".encode() + lines + b"{}\r\n"
    to_server.write(b'CONNECT {"headers":true,"verbose":false,"pedantic":false}\r\n' + body + b"PING\r\n")
    while await answers.readline() != b"PONG\r\n":
        pass
    to_server.close()
    await to_server.wait_closed()


@pytest.mark.parametrize("name", RAW)
async def test_des_en_tetes_que_la_bibliotheque_ne_lit_pas_ne_rendent_pas_sourd(
    journal: Database, bus: Client, nats_url: str, name: str
) -> None:
    async with chain(journal, bus):
        await strike(journal, {name: partial(publish_raw, nats_url, RAW[name])})


async def test_un_intrus_sans_en_tete_a_la_fin_du_flux_n_arrete_pas_un_relais_qui_repart(
    journal: Database, bus: Client
) -> None:
    store = carnet.open_store(journal)
    foreign = {"service": "carnets"}
    before = REGISTRY.get_sample_value("events_foreign_total", foreign) or 0
    async with chain(journal, bus):
        known = await add_notes(store, 2, 2)
        await until(journal, dict.fromkeys(known, (2, 3)))
    await bus.jetstream().publish(SUBJECT, b"")
    await bus.jetstream().publish(SUBJECT, b"{}", headers=headers())
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-carnets")
    tasks = [
        asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run()),
        asyncio.create_task(Projector(journal, carnet, source).run()),
    ]
    more = await add_notes(store, 2, 4)
    await until(journal, dict.fromkeys(known, (2, 3)) | dict.fromkeys(more, (4, 10)))
    await stop(*tasks)
    assert len(await parked(journal)) == 2
    assert REGISTRY.get_sample_value("events_foreign_total", foreign) == before + 2


async def test_un_lecteur_en_avance_sur_le_journal_le_dit(
    journal: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restored journal, or a false message believed while the relay was away."""
    monkeypatch.setattr(reader_module, "_LOOK_SECONDS", 0.2)
    async with journal.engine.begin() as connection:
        await connection.run_sync(carnet.metadata.create_all)
    await add_carnets(bus)
    store = carnet.open_store(journal)
    await add_notes(store, 1, 1)
    async with journal.raw() as connection:
        await advance(connection, "carnets", "carnets", Checkpoint(), Checkpoint(Position.parse(AHEAD), 1))
    source = BusSource(bus, "carnets", [NoteAjouteeV1], "lecteur-en-avance")
    relay = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    reader = asyncio.create_task(Projector(journal, carnet, source).run())
    fault = {"reader": "lecteur-en-avance", "fault": "ahead"}
    async with asyncio.timeout(60):
        while REGISTRY.get_sample_value("events_bus_fault", fault) != 1:
            await asyncio.sleep(0.05)
    await stop(relay, reader)
    await source.close()
    # The figure is the process's: the tests that follow start from a sound bus.
    bus_fault.labels(**fault).set(0)
