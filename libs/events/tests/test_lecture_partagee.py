"""Une lecture pour toutes les projections d'un processus : un fait lu une fois, nul n'attend les autres."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import carnet
import pytest
import sqlalchemy as sa
from carnet import CarnetFerme, CarnetId, Event, NoteAjoutee, NoteAjouteeV1
from events.bus import relay as relay_module
from events.bus.readings import Heard, Readings
from events.bus.relay import Relay
from events.contract import Contract
from events.postgres.database import Database
from events.projection import shared
from events.projection.projection import Projector
from events.projection.readmodel import Row
from events.projection.shared import Shared, Tap
from events.projection.source import Checkpoint, Delivery, FeedSource
from events.store.store import Context, Store
from events.types import ERASED, Recorded
from nats.aio.client import Client
from test_bus import add_carnets

CONTEXT = Context("test", "requete-de-test")


class Copie:
    """The projection of notebooks, in a table of its own."""

    reads = carnet.reads

    def __init__(self, name: str) -> None:
        self.table = carnet.table.to_metadata(sa.MetaData(), name=name)
        self.refused = False

    def key(self, event: Any) -> UUID:
        return event.carnet_id

    def project(self, row: Row | None, event: Any) -> Row | None:
        if self.refused:
            raise ValueError("illisible")
        return carnet.project(row, event)


class Counted(FeedSource[Event]):
    """Counts what the journal was asked for, by all the readings of a test."""

    def __init__(self, store: Store[Event], counts: dict[str, int]) -> None:
        super().__init__(store, "carnets")
        self._counts = counts

    async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
        page = await super().page(after, limit)
        self._counts["lus"] += len(page)
        return page

    async def recorded(self, deliveries: Sequence[Delivery]) -> list[Recorded[Event]]:
        self._counts["decodes"] += len(deliveries)
        return await super().recorded(deliveries)


class Banc:
    """Several projections on one reading."""

    def __init__(self, database: Database, count: int) -> None:
        self.database = database
        self.store = carnet.open_store(database)
        self.counts = {"lus": 0, "decodes": 0}
        self.shared: Shared[Event] = Shared(Counted(self.store, self.counts))
        self.copies = [Copie(f"carnets_{n}") for n in range(count)]

    def tap(self) -> Tap[Event]:
        return self.shared.tap(lambda: Counted(self.store, self.counts))

    def projector(self, copie: Copie) -> Projector:
        return Projector(self.database, copie, self.tap(), attempts=1)

    async def write(self, count: int) -> None:
        for _ in range(count):
            qui = CarnetId(uuid4())
            await self.store.append(f"carnet-{qui}", 0, [NoteAjoutee(qui, 1, "note")], CONTEXT)

    async def rows(self, copie: Copie) -> int:
        async with self.database.engine.connect() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(copie.table)) or 0

    async def until(self, count: int, *copies: Copie) -> None:
        """Until each of these tables (all of them by default) has so many rows."""
        await wait_for(lambda: self._all(count, copies or tuple(self.copies)))

    async def _all(self, count: int, copies: Sequence[Copie]) -> bool:
        return [await self.rows(copie) for copie in copies] == [count] * len(copies)

    async def together(self, count: int) -> None:
        """Until so many read together."""

        async def joined() -> bool:
            return len(self.shared.joined) == count

        await wait_for(joined)


async def wait_for(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def at_work(*projectors: Projector) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(projector.run()) for projector in projectors]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def banc(journal: Database) -> Banc:
    banc = Banc(journal, 10)
    async with journal.engine.begin() as connection:
        for copie in banc.copies:
            await connection.run_sync(copie.table.create)
    return banc


async def parked(database: Database) -> set[str]:
    async with database.raw() as connection:
        return {row["projection"] for row in await connection.fetch("select projection from parked")}


async def test_chaque_fait_est_lu_et_decode_une_fois_pour_toutes_les_projections(banc: Banc) -> None:
    await banc.write(3)
    async with at_work(*map(banc.projector, banc.copies)):
        await banc.until(3)
        await banc.together(10)
        banc.counts.update(lus=0, decodes=0)
        await banc.write(40)
        await banc.until(43)
    assert banc.counts == {"lus": 40, "decodes": 40}


async def test_une_projection_en_retard_rattrape_seule_puis_lit_avec_les_autres(banc: Banc) -> None:
    *others, late = banc.copies
    async with at_work(*map(banc.projector, others)):
        await banc.write(30)
        await banc.until(30, *others)
        await banc.together(9)
        async with at_work(banc.projector(late)):
            await banc.until(30)
            await banc.together(10)
            banc.counts.update(lus=0, decodes=0)
            await banc.write(5)
            await banc.until(35)
    assert banc.counts == {"lus": 5, "decodes": 5}


async def test_une_table_videe_et_ramenee_au_debut_se_refait_sans_gener_les_autres(banc: Banc) -> None:
    one = banc.copies[0].table.name
    async with at_work(*map(banc.projector, banc.copies)):
        await banc.write(20)
        await banc.until(20)
        async with banc.database.raw() as connection:
            await connection.execute(
                f"""with again as (update checkpoints set xid = 0, number = 0 where projection = '{one}')
                    delete from {one}"""
            )
        await banc.write(1)
        await banc.until(21)
    assert await parked(banc.database) == set()


async def test_un_fait_qu_une_projection_refuse_passe_dans_les_autres(banc: Banc) -> None:
    refusing, *others = banc.copies
    refusing.refused = True
    async with at_work(*map(banc.projector, banc.copies)):
        await banc.write(10)
        await banc.until(10, *others)

        async def refused() -> bool:
            return await parked(banc.database) == {refusing.table.name}

        await wait_for(refused)
        refusing.refused = False
        await banc.write(1)
        await banc.until(11, *others)


async def test_une_projection_retenue_n_en_retient_aucune_et_ne_perd_rien(
    banc: Banc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "PAGE", 50)
    monkeypatch.setattr(shared, "_KEPT", 200)
    held, *others = banc.copies
    async with at_work(*map(banc.projector, banc.copies)):
        await banc.write(1)
        await banc.until(1)
        async with banc.database.raw() as connection, connection.transaction():
            # However slow the machine is.
            await connection.execute(
                "set local idle_in_transaction_session_timeout = 0; set local transaction_timeout = 0"
            )
            await connection.execute(f"lock table {held.table.name} in exclusive mode")
            # More than what is kept for those that are behind.
            faits = [(f"carnet-{n}", 0, [NoteAjoutee(CarnetId(uuid4()), 1, "note")]) for n in range(300)]
            await banc.store.append_bulk(faits, CONTEXT)
            # An open write transaction would hold the feed back: this one has written nothing.
            await banc.until(301, *others)
            assert await banc.rows(others[0]) == 301
        await banc.until(301)
        await banc.together(10)


async def test_un_texte_dont_la_cle_vient_d_etre_detruite_n_est_pas_rendu_de_memoire(banc: Banc) -> None:
    first, second = banc.tap(), banc.tap()
    start = Checkpoint()
    # The first one alone, up to the end: what it reads from here on is shared.
    assert await first.page(start, 10) == []
    qui = CarnetId(uuid4())
    await banc.store.append(f"carnet-{qui}", 0, [NoteAjoutee(qui, 1, "note", "de Jeanne Canari")], CONTEXT)

    async def texts(tap: Tap[Event]) -> list[str | None]:
        async with asyncio.timeout(60):
            while not (page := await tap.page(start, 10)):
                await tap.wait()
        return [event.texte for event in await tap.decode(page) if isinstance(event, NoteAjoutee)]

    assert await texts(first) == ["de Jeanne Canari"]
    read = banc.counts["lus"]
    assert banc.store.vault is not None
    await banc.store.vault.destroy("carnet", qui, "demande")
    assert await texts(second) == [ERASED]
    assert banc.counts["lus"] == read, "the second one was to read the same page, kept in memory"


# --- Le bus ---


class CarnetFermeV1(Contract):
    """Un carnet est fermé."""

    carnet_id: UUID


def to_contract(event: Event) -> Contract | None:
    match event:
        case NoteAjoutee(titre="privée"):
            return None
        case NoteAjoutee():
            return NoteAjouteeV1(carnet_id=event.carnet_id, rang=event.rang)
        case CarnetFerme():
            return CarnetFermeV1(carnet_id=event.carnet_id)


class Fermes(Copie):
    """Another contract of the same stream."""

    reads = CarnetFermeV1

    def project(self, row: Row | None, event: Any) -> Row | None:
        before = row or {"notes": 0, "somme": 0}
        return {"carnet_id": event.carnet_id, "notes": before["notes"] + 1, "somme": 0}


async def test_deux_projections_d_un_flux_le_lisent_ensemble_chacune_ses_contrats(
    journal: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And both put aside the message that nobody of the service wrote."""
    monkeypatch.setattr(relay_module, "_LOOK_SECONDS", 0.2)
    await add_carnets(bus)
    banc = Banc(journal, 0)
    notes, fermes = banc.copies = [Copie("bus_notes"), Fermes("bus_fermes")]
    async with journal.engine.begin() as connection:
        for copie in banc.copies:
            await connection.run_sync(copie.table.create)
    heard = [Heard("notes", "carnets", [NoteAjouteeV1]), Heard("fermes", "carnets", [CarnetFermeV1])]
    readings = Readings(banc.store, bus, "lecteur", own=0, heard=heard)
    projectors = [
        Projector(journal, copie, readings.of(one)) for copie, one in zip(banc.copies, heard, strict=True)
    ]
    relay = asyncio.create_task(Relay(banc.store, bus, "carnets", to_contract).run())
    try:
        async with at_work(*projectors):
            await banc.write(20)
            await banc.until(20, notes)
            for _ in range(5):
                qui = CarnetId(uuid4())
                await banc.store.append(f"carnet-{qui}", 0, [CarnetFerme(qui)], CONTEXT)
            await banc.until(5, fermes)
            await bus.jetstream().publish("carnets.NoteAjoutee.v1.0._", b"{}")

            async def both_parked() -> bool:
                return await parked(journal) == {"bus_notes", "bus_fermes"}

            await wait_for(both_parked)
            await banc.write(7)
            await banc.until(27, notes)
        # Stopped and started again, they go on from their own checkpoints.
        await banc.write(3)
        async with at_work(*projectors):
            await banc.until(30, notes)
            assert await banc.rows(fermes) == 5
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
