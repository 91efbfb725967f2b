"""Un modèle de lecture dans un fichier : nourri du journal, refait pendant qu'il répond, jamais à moitié."""

import asyncio
import datetime as dt
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import carnet
import notes_sqlite
import pytest
from carnet import CarnetFerme, CarnetId, Event, NoteAjoutee
from events.codec import Codec, Undecodable, UnknownEventType
from events.postgres.database import Database
from events.projection import filerows
from events.projection.fileprojector import FileProjector
from events.store.store import Context, Store
from events.types import START
from notes_sqlite import NotesFile
from structlog.testing import capture_logs

CONTEXT = Context("test", "requete-de-test")

type Notes = FileProjector[NotesFile]


@pytest.fixture
def store(journal: Database) -> Store[Event]:
    return carnet.open_store(journal)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.sqlite"


def projector(store: Store[Event], path: Path) -> Notes:
    return FileProjector(notes_sqlite, path, store, "carnets")


@asynccontextmanager
async def running(store: Store[Event], path: Path) -> AsyncGenerator[Notes]:
    found = projector(store, path)
    await found.open()
    task = asyncio.create_task(found.run())
    yield found
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await found.close()


async def write(store: Store[Event], *titres: str, texte: str | None = None) -> CarnetId:
    carnet_id = CarnetId(uuid4())
    faits = [NoteAjoutee(carnet_id, n + 1, titre, texte) for n, titre in enumerate(titres)]
    await store.append(f"carnet-{carnet_id}", 0, faits, CONTEXT)
    return carnet_id


async def count(found: Notes) -> int:
    [(number,)] = await found.ask(NotesFile.ask, "select count(*) from notes")
    return int(number)


async def until(found: Notes, expected: int) -> None:
    async with asyncio.timeout(60):
        while await count(found) != expected:
            await asyncio.sleep(0.01)


async def parked(journal: Database) -> list[tuple[str, str]]:
    async with journal.raw() as connection:
        rows = await connection.fetch("select projection, type from parked order by id")
    return [(row["projection"], row["type"]) for row in rows]


async def test_le_fichier_suit_le_journal_et_reprend_ou_il_en_etait(store: Store[Event], path: Path) -> None:
    await write(store, "avant")
    async with running(store, path) as found:
        assert await count(found) == 1
        carnet_id = CarnetId(uuid4())
        ecrit = await store.append(
            f"carnet-{carnet_id}", 0, [NoteAjoutee(carnet_id, 1, "pendant"), CarnetFerme(carnet_id)], CONTEXT
        )
        assert ecrit.position is not None
        assert await found.reached(ecrit.position, 10)
        assert await count(found) == 2
    await write(store, "ensuite", "encore")
    before = path.stat().st_ino
    async with running(store, path) as found:
        await until(found, 4)
    assert path.stat().st_ino == before


async def test_le_fichier_dit_jusqu_a_quand_il_est_entier_meme_quand_le_flux_est_retenu(
    store: Store[Event], path: Path
) -> None:
    async with running(store, path) as found:
        await write(store, "lu")
        await until(found, 1)
        # A transaction that is not over hides from the feed all that is written after it began.
        async with store.database.raw() as lente, lente.transaction():
            await lente.execute("select pg_current_xact_id()")
            await write(store, "caché")
            depuis = dt.datetime.now(dt.UTC)
            jusqu_a = await found.as_of()
            assert jusqu_a is not None
            assert jusqu_a <= depuis
        await until(found, 2)
        assert (await found.as_of() or depuis) > depuis


async def test_un_fait_que_le_modele_ne_lit_pas_ne_l_atteint_jamais(
    journal: Database, store: Store[Event], path: Path
) -> None:
    """Not even one that this code does not know."""
    await write(store, "une")
    async with journal.raw() as connection:
        await connection.execute(
            """insert into events (id, stream, version, type, schema_version, data, metadata)
               values (gen_random_uuid(), 'autre-1', 1, 'ToutAutreChose', 3, '{"titre": "refusée"}', '{}')"""
        )
    await write(store, "deux")
    async with running(store, path) as found:
        await until(found, 2)
        await filerows.ask_rebuild(journal, found.line)
        await rebuilt(journal, found)
        assert await count(found) == 2
    assert await parked(journal) == []


async def test_un_modele_ne_declare_que_des_faits_de_son_service(store: Store[Event], path: Path) -> None:
    autre: Store[Any] = Store(store.database, Codec[CarnetFerme](CarnetFerme))
    with pytest.raises(TypeError, match="NoteAjoutee"):
        FileProjector(notes_sqlite, path, autre, "carnets")


async def test_un_fait_refuse_est_mis_de_cote_et_les_autres_passent(
    journal: Database, store: Store[Event], path: Path
) -> None:
    async with running(store, path) as found:
        await write(store, "une", "refusée", "trois")
        await write(store, "quatre")
        await until(found, 3)
        assert await parked(journal) == [("notes", "NoteAjoutee")]
        # Made again, it is judged again, and is not there twice.
        await filerows.ask_rebuild(journal, found.line)
        await rebuilt(journal, found)
        assert await count(found) == 3
        assert await parked(journal) == [("notes", "NoteAjoutee")]
        async with journal.raw() as connection:
            await connection.execute("""update events set data = jsonb_set(data, '{titre}', '"acceptée"')""")
        await filerows.ask_rebuild(journal, found.line)
        await rebuilt(journal, found)
        assert await count(found) == 4
        assert await parked(journal) == []


async def test_un_disque_plein_n_accuse_personne_et_le_fichier_reprend(
    journal: Database, store: Store[Event], path: Path
) -> None:
    with capture_logs() as logs:
        async with running(store, path) as found:
            await found.ask(NotesFile.limit, 1)
            await write(store, *("longue" * 200 for _ in range(100)))
            async with asyncio.timeout(60):
                while not told(logs, "file_waits"):
                    await asyncio.sleep(0.01)
            assert await count(found) == 0
            await found.ask(NotesFile.limit, 10_000)
            await until(found, 100)
    assert told(logs, "file_waits") == 1
    assert await parked(journal) == []


def told(logs: Any, event: str) -> int:
    return sum(line["event"] == event for line in logs)


async def test_le_fichier_est_refait_pendant_qu_il_repond(
    journal: Database, store: Store[Event], path: Path
) -> None:
    await write(store, *("note" for _ in range(50)))
    async with running(store, path) as found:
        ask, answer = threading.Event(), threading.Event()

        def slow(file: NotesFile) -> int:
            ask.set()
            answer.wait(20)
            return len(file.ask("select * from notes"))

        question = asyncio.create_task(found.ask(slow))
        await asyncio.to_thread(ask.wait, 20)
        await filerows.ask_rebuild(journal, found.line)
        async with asyncio.timeout(60):
            while not path.with_name("rebuild-notes.sqlite").exists():
                await asyncio.sleep(0.01)
        # The file that answers stays until it has answered.
        answer.set()
        assert await question == 50
        await rebuilt(journal, found)
        await write(store, "après")
        await until(found, 51)
        assert {p.name for p in path.parent.iterdir()} == {"notes.sqlite"}


async def rebuilt(journal: Database, found: Notes) -> None:
    async with asyncio.timeout(60):
        while [row.rebuilding for row in await filerows.lines(journal, "notes")] != [False]:
            await asyncio.sleep(0.02)
    [row] = await filerows.lines(journal, "notes")
    assert (row.line, row.path, row.live) == (found.line, found.path, True)
    assert row.position != START


@pytest.mark.parametrize(
    "forme", ["abîmée", "ancienne", "sans trace dans la base", "plus loin que le journal"]
)
async def test_un_fichier_qui_n_est_pas_celui_de_ce_journal_est_refait_avant_de_repondre(
    journal: Database, store: Store[Event], path: Path, forme: str
) -> None:
    await write(store, "une", "deux")
    dernier = await write(store, "trois")
    async with running(store, path):
        pass
    reste = 3
    match forme:
        case "abîmée":
            await asyncio.to_thread(path.write_bytes, b"ceci n'est pas une base" * 1000)
        case "ancienne":
            await asyncio.to_thread(_age, path)
        case "sans trace dans la base":
            await filerows.ask_rebuild(journal, projector(store, path).line)
        case _:
            # As a database restored from before.
            reste = 2
            async with journal.raw() as connection:
                await connection.execute("delete from events where stream = $1", f"carnet-{dernier}")
    again = projector(store, path)
    await again.open()
    assert await count(again) == reste
    await again.close()


def _age(path: Path) -> None:
    old = NotesFile(path)
    old.ask("pragma user_version = 99")
    old.close()


async def test_un_texte_scelle_n_entre_pas_dans_le_fichier(store: Store[Event], path: Path) -> None:
    await write(store, "une", texte="Zuldravine")
    async with running(store, path) as found:
        assert await found.ask(NotesFile.ask, "select titre, texte from notes") == [("une", None)]
    assert b"Zuldravine" not in await asyncio.to_thread(path.read_bytes)


def test_une_ancienne_forme_est_lue_sous_la_presente() -> None:
    def renommer(fields: dict[str, Any]) -> dict[str, Any]:
        return {"titre": fields.pop("nom"), "texte": "d'un ancien code", **fields}

    codec: Codec[Event] = Codec(carnet.Event, {("NoteAjoutee", 1): renommer})
    assert codec.clear("NoteAjoutee", 1, '{"nom":"une","rang":1}') == '{"titre":"une","rang":1}'
    assert codec.clear("NoteAjoutee", 2, "tel quel") == "tel quel"
    with pytest.raises(Undecodable):
        codec.clear("NoteAjoutee", 1, "{}")
    with pytest.raises(UnknownEventType):
        codec.clear("NoteAjoutee", 3, "{}")
    with pytest.raises(UnknownEventType):
        codec.clear("ToutAutreChose", 1, "{}")
