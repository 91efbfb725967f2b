"""A rebuild whose rows the server copies gives what the fold of every fact gives."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

import carnet
import pytest
import sqlalchemy as sa
from events.codec import Codec
from events.postgres.database import Database
from events.projection import copied as copied_module
from events.projection.projection import Projector
from events.projection.readmodel import Row, row_of
from events.projection.rebuild import rebuild
from events.projection.source import FeedSource
from events.store.store import Context, Store
from events.types import ERASED, Personal, Public
from events.vault.vault import Vault
from sqlalchemy.dialects.postgresql import ARRAY
from structlog.testing import capture_logs

CONTEXT = Context("test", "requete-de-test")
JOUR = dt.datetime(2026, 3, 2, 9, 30, 0, 123456, dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FicheOuverte:
    """Une fiche existe."""

    fiche_id: UUID
    sorte: Public
    mots: tuple[Public, ...] = ("aucun",)
    nom: Annotated[str | None, Personal("fiche", "fiche_id")] = None
    notes: Annotated[str | None, Personal("fiche", "fiche_id")] = None
    ouverte_le: dt.datetime


@dataclass(frozen=True, slots=True)
class FicheChangee:
    """Sa sorte n'est plus la même."""

    fiche_id: UUID
    sorte: Public
    changee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class FicheRetiree:
    """Elle n'est plus montrée."""

    fiche_id: UUID


type Event = FicheOuverte | FicheChangee | FicheRetiree


class Fiches:
    """One row per file, its sealed name shown and its sealed notes left out."""

    reads = Event
    copied = FicheOuverte
    table = sa.Table(
        "fiches",
        sa.MetaData(),
        sa.Column("fiche_id", sa.Uuid, primary_key=True),
        sa.Column("sorte", sa.Text, nullable=False),
        sa.Column("mots", ARRAY(sa.Text), nullable=False),
        sa.Column("nom", sa.Text),
        sa.Column("ouverte_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changee_le", sa.DateTime(timezone=True)),
        sa.Index(
            "fiches_ordre", "sorte", sa.text("ouverte_le desc"), postgresql_where=sa.text("sorte <> ''")
        ),
        sa.UniqueConstraint("ouverte_le", "fiche_id", name="fiches_une_fois"),
    )

    def key(self, event: Event) -> UUID:
        return event.fiche_id

    def project(self, row: Row | None, event: Event) -> Row | None:
        match event:
            case FicheOuverte():
                return row_of(self.table, event, changee_le=None)
            case FicheChangee():
                return row and row | {"sorte": event.sorte, "changee_le": event.changee_le}
            case FicheRetiree():
                return None


def _sorte(fields: dict[str, Any]) -> dict[str, Any]:
    """Its name was another one."""
    return fields | {"sorte": fields.get("genre", "")}


@pytest.fixture
async def store(journal: Database) -> Store[Event]:
    async with journal.engine.begin() as connection:
        await connection.run_sync(Fiches.table.create)
    return Store(
        journal,
        Codec[Event](Event, {("FicheOuverte", 1): _sorte}),
        Vault(journal, carnet.MASTER_KEYS),
    )


async def ouvrir(store: Store[Event], count: int, **fields: Any) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    facts = [FicheOuverte(fiche_id=one, sorte="verte", ouverte_le=JOUR, **fields) for one in ids]
    await store.append_bulk(((f"fiche-{f.fiche_id}", 0, [f]) for f in facts), CONTEXT, batch=5)
    return ids


async def suivre(store: Store[Event], one: UUID, fact: Event) -> None:
    await store.append(f"fiche-{one}", 1, [fact], CONTEXT)


async def rewrite(store: Store[Event], one: UUID, form: int, expression: str) -> None:
    """What older code has left in the journal."""
    async with store.database.raw() as connection:
        await connection.execute(
            f"update events set schema_version = $2, data = {expression} where stream = $1",
            f"fiche-{one}",
            form,
        )


async def rows(store: Store[Event]) -> dict[UUID, Row]:
    async with store.database.engine.connect() as connection:
        found = await connection.execute(sa.select(Fiches.table))
        return {row["fiche_id"]: dict(row) for row in found.mappings()}


async def shape(store: Store[Event]) -> set[tuple[str, str | None]]:
    """Indexes and what they constrain."""
    async with store.database.raw() as connection:
        found = await connection.fetch(
            """select pg_get_indexdef(i.indexrelid) as definition, c.contype::text as kind
               from pg_index i left join pg_constraint c on c.conindid = i.indexrelid
               where i.indrelid = 'fiches'::regclass and i.indisvalid"""
        )
        return {(row["definition"], row["kind"]) for row in found}


async def fold(store: Store[Event]) -> None:
    live = Projector(store.database, Fiches(), FeedSource(store, "fiches"), attempts=1)
    while await live.step():
        pass


@pytest.mark.parametrize("slice_size", [3, 10_000])
async def test_la_table_dont_le_serveur_copie_les_lignes_est_celle_que_donnent_les_faits(
    store: Store[Event], monkeypatch: pytest.MonkeyPatch, slice_size: int
) -> None:
    """First facts, and all that is not copied: sealed, of an older form, changed since, taken away."""
    monkeypatch.setattr(copied_module, "SLICE", slice_size)
    plain = await ouvrir(store, 12, mots=("un", 'de"ux', ""))
    named = await ouvrir(store, 3, nom="Jeanne Canari", notes="rien")
    await ouvrir(store, 3, notes="rien")
    [older, silent, *_] = await ouvrir(store, 3)
    await rewrite(store, older, 1, """data - 'sorte' || '{"genre": "bleue"}'""")
    await rewrite(store, silent, 2, "data - 'mots'")
    for one in (plain[0], named[0], older):
        await suivre(store, one, FicheChangee(one, "rouge", JOUR))
    for one in (plain[1], named[1]):
        await suivre(store, one, FicheRetiree(one))
    assert store.vault is not None
    await store.vault.destroy("fiche", named[2], "demande")
    await fold(store)
    before, indexes = await rows(store), await shape(store)
    told: list[int] = []
    count = await rebuild(store.database, Fiches(), lambda: FeedSource(store, "fiches"), progress=told.append)
    assert await rows(store) == before
    assert len(before) == 19
    assert (before[named[0]]["nom"], before[named[2]]["nom"]) == ("Jeanne Canari", ERASED)
    assert before[silent]["mots"] == ["aucun"]
    assert before[older]["sorte"] == "rouge"
    assert await shape(store) == indexes
    assert told[-1] == count == 26
    # A projector goes on from there, and so does another rebuild.
    await ouvrir(store, 2)
    await fold(store)
    before = await rows(store)
    await rebuild(store.database, Fiches(), lambda: FeedSource(store, "fiches"))
    assert await rows(store) == before
    assert len(before) == 21


async def test_un_fait_dont_le_serveur_ne_sait_pas_faire_la_ligne_est_juge_comme_d_habitude(
    store: Store[Event],
) -> None:
    [wrong, *_] = await ouvrir(store, 8)
    await rewrite(store, wrong, 2, "data - 'sorte'")
    await fold(store)
    before = await rows(store)
    with capture_logs() as logs:
        await rebuild(store.database, Fiches(), lambda: FeedSource(store, "fiches"))
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == [
        "rebuild_copies_nothing",
        "projection_failed",
    ]
    assert await rows(store) == before
    assert len(before) == 7
    async with store.database.raw() as connection:
        assert await connection.fetchval("select count(*) from parked where projection = 'fiches'") == 1


async def test_les_faits_ecrits_pendant_la_copie_sont_dans_la_table(
    store: Store[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied_module, "SLICE", 20)
    first = await ouvrir(store, 200)
    projecting = asyncio.create_task(Projector(store.database, Fiches(), FeedSource(store, "fiches")).run())
    written: list[UUID] = []

    async def write() -> None:
        for one in first:
            written.extend(await ouvrir(store, 1))
            await suivre(store, one, FicheRetiree(one))

    writing = asyncio.create_task(write())
    while not writing.done():
        await rebuild(store.database, Fiches(), lambda: FeedSource(store, "fiches"))
    await writing
    async with asyncio.timeout(60):
        while set(await rows(store)) != set(written):
            await asyncio.sleep(0.02)
    projecting.cancel()
    await asyncio.gather(projecting, return_exceptions=True)
