"""Sauvegarde d'un service, et restauration sur un serveur dont le compteur de transactions est plus bas."""

import asyncio
import datetime as dt
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import carnet
import orjson
import pytest
from carnet import CARNET, AjouterNotes, CarnetId, NoteAjoutee
from events.bus import repair as stream
from events.bus.relay import Relay
from events.ops import ledger
from events.ops.backup import (
    MANIFEST,
    BackupFailed,
    backup,
    read_manifest,
    run_tool,
)
from events.ops.restore import Restored, RestoreRefused, restore
from events.ops.servers import start_postgres
from events.postgres.database import Database
from events.projection.checkpoints import read_checkpoint
from events.projection.projection import Projector
from events.service import Service
from events.store.store import (
    PAGE_SQL,
    Context,
    RawEvent,
    Store,
)
from events.testing import add_stream
from events.types import ERASED, START, Position
from events.vault import erasure
from events.vault.vault import Vault
from nats.aio.client import Client

CONTEXT = Context("test", "requete-de-test")
NOUVELLE = carnet.MASTER_KEYS | {2: bytes(reversed(range(32)))}
CANARI = "canari-7f3a, ne doit sortir en clair d'aucune sauvegarde"
CARNETS: Service[carnet.Event] = Service(
    name="carnets",
    aggregates=(CARNET,),
    migrations=Path(__file__).parent / "migrations",
    to_contract=carnet.to_contract,
    own=(carnet,),
)


@dataclass(frozen=True)
class Base:
    """Where the service's database is, or will be, on one server."""

    url: str
    admin: str

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


@pytest.fixture(scope="module")
def neuf_url(servers_folder: Path) -> Iterator[str]:
    """A second server: younger, so its transaction counter is far below the first one's."""
    server = start_postgres(servers_folder / "postgres-neuf")
    yield server.url
    server.stop()


async def sql(url: str, *statements: str) -> None:
    connection: Any = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def ancien(postgres_url: str) -> AsyncIterator[Base]:
    """The service's database on the old server, migrated."""
    base = await _base(postgres_url)
    # Thousands of transactions, so that this counter is above the new server's.
    await sql(
        postgres_url,
        f"create database {base.name}",
        "do $$ begin for i in 1..3000 loop perform pg_current_xact_id(); commit; end loop; end $$",
    )
    await asyncio.to_thread(CARNETS.migrate, base.url)
    yield base
    await sql(postgres_url, f"drop database if exists {base.name} with (force)")


@pytest.fixture
async def neuf(neuf_url: str, ancien: Base) -> AsyncIterator[Base]:
    """Its place on the new server: nothing yet."""
    base = Base(f"{neuf_url.rsplit('/', 1)[0]}/{ancien.name}", neuf_url)
    yield base
    await sql(neuf_url, f"drop database if exists {base.name} with (force)")


async def _base(admin: str) -> Base:
    return Base(f"{admin.rsplit('/', 1)[0]}/carnets_{uuid4().hex}", admin)


@pytest.fixture
async def js(bus: Client) -> Client:
    await add_stream(bus, "carnets")
    return bus


class Ouvert:
    """A store opened for the time of a block, so that its database is free afterwards."""

    def __init__(self, base: Base, keys: Mapping[int, bytes] = carnet.MASTER_KEYS) -> None:
        self._database = Database(base.url)
        self._keys = keys

    async def __aenter__(self) -> Store[carnet.Event]:
        return CARNETS.store(self._database, self._keys)

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()


async def noter(store: Store[carnet.Event], *, texte: str | None = None, notes: int = 3) -> UUID:
    carnet_id = CarnetId(uuid4())
    command = AjouterNotes(carnet_id, tuple(f"titre {n}" for n in range(notes)), texte)
    await store.execute(CARNET(carnet_id), command, CONTEXT)
    return carnet_id


async def textes(store: Store[carnet.Event], carnet_id: UUID) -> list[str | None]:
    notes = await store.load(f"carnet-{carnet_id}")
    return [n.event.texte for n in notes if isinstance(n.event, NoteAjoutee)]


async def flux(store: Store[Any], after: Position = START) -> list[RawEvent]:
    found: list[RawEvent] = []
    while page := await store.page(after, 50):
        found += page
        after = page[-1].position
    return found


async def publier(store: Store[carnet.Event], bus: Client) -> None:
    """The relay, until everything is published."""
    end = (await flux(store))[-1].position
    task = asyncio.create_task(Relay(store, bus, "carnets", carnet.to_contract).run())
    try:
        while (await read_checkpoint(store.database, "relay")).position < end:
            await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def projeter(store: Store[carnet.Event]) -> dict[UUID, int]:
    projector = Projector(store.database, carnet, CARNETS.feed(store))
    while await projector.step():
        pass
    async with store.database.raw() as connection:
        rows = await connection.fetch("select carnet_id, notes from carnets")
    return {UUID(bytes=row["carnet_id"].bytes): row["notes"] for row in rows}


async def restaurer(
    folder: Path,
    base: Base,
    bus: Client,
    *,
    service: Service[Any] = CARNETS,
    keys: Mapping[int, bytes] = carnet.MASTER_KEYS,
    apart: Path | None = None,
    replace: bool = False,
) -> Restored:
    return await restore(
        service,
        folder,
        database_url=base.url,
        admin_url=base.admin,
        bus=bus,
        master_keys=keys,
        apart=apart,
        replace=replace,
    )


async def bases(base: Base) -> list[str]:
    """The databases of this name or that begin with it."""
    connection: Any = await asyncpg.connect(base.admin)
    try:
        rows = await connection.fetch(
            "select datname from pg_database where datname like $1", base.name + "%"
        )
    finally:
        await connection.close()
    return [row["datname"] for row in rows]


def positions(raws: Sequence[RawEvent]) -> list[tuple[UUID, Position]]:
    return [(raw.id, raw.position) for raw in raws]


async def test_le_flux_restaure_est_entier_et_continue_au_dessus_de_l_ancien(
    ancien: Base, neuf: Base, js: Client, tmp_path: Path
) -> None:
    async with Ouvert(ancien) as store:
        carnets = [await noter(store, texte=CANARI) for _ in range(40)]
        await publier(store, js)
        before = await projeter(store)
        sauve = await flux(store)
        manifest = await backup(CARNETS, ancien.url, tmp_path)
        assert (manifest.events, manifest.end) == (120, sauve[-1].position)
        perdus = [await noter(store) for _ in range(10)]
        await publier(store, js)
        lost = (await flux(store, sauve[-1].position))[-1].position

    done = await restaurer(tmp_path, neuf, js)
    assert done.offset > lost.xid
    async with Ouvert(neuf) as store:
        # Every event once, in the same order and at the same positions.
        assert positions(await flux(store)) == positions(sauve)
        assert await store.load(f"carnet-{perdus[0]}") == []
        # The read model, left out of the backup, comes back from the first fact.
        assert await projeter(store) == before == dict.fromkeys(carnets, 3)
        # A reader whose cursor is on a lost fact goes on with the next one.
        new = await noter(store, notes=1)
        suite = await flux(store, lost)
        assert [raw.stream for raw in suite] == [f"carnet-{new}"]
        assert (await store.load(f"carnet-{new}"))[0].position > lost
        assert await store.hidden_seconds() == 0
        # What the stream says and the journal no longer knows is found, and nothing else.
        orphans = await stream.unknown(js, "carnets", store.database, manifest.taken_at)
        assert len(orphans) == 30
        await stream.remove(js, "carnets", orphans)
        assert await stream.unknown(js, "carnets", store.database, None) == []
        assert await stream.last_position(js, "carnets") == sauve[-1].position
        await publier(store, js)
        assert await stream.last_position(js, "carnets") == suite[-1].position


async def test_sous_charge_un_lecteur_de_la_base_restauree_ne_saute_rien(
    ancien: Base, neuf: Base, js: Client, tmp_path: Path
) -> None:
    async with Ouvert(ancien) as store:
        await noter(store)
        await backup(CARNETS, ancien.url, tmp_path)
    await restaurer(tmp_path, neuf, js)
    # Restored again from its own backup: offsets add up.
    async with Ouvert(neuf) as store:
        await noter(store)
    again = tmp_path / "encore"
    await backup(CARNETS, neuf.url, again)
    await restaurer(again, neuf, js, replace=True)
    async with Ouvert(neuf) as store:
        at = (await flux(store))[-1].position
        seen: list[RawEvent] = []

        async def write() -> None:
            for _ in range(60):
                await noter(store, notes=1)

        async def read() -> None:
            after = at
            while len(seen) < 480:
                page = await store.page(after, 50)
                seen.extend(page)
                after = page[-1].position if page else after
                await asyncio.sleep(0.001)

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(read())
            for _ in range(8):
                group.create_task(write())
        assert len({raw.id for raw in seen}) == 480
        assert [raw.position for raw in seen] == sorted(raw.position for raw in seen)
        assert positions(await flux(store, at)) == positions(seen)


async def test_le_flux_restaure_se_lit_toujours_par_son_index(
    ancien: Base, neuf: Base, js: Client, tmp_path: Path
) -> None:
    async with Ouvert(ancien) as store:
        await store.append_bulk(
            (
                (f"carnet-{c}", 0, [NoteAjoutee(CarnetId(c), 1, "note")])
                for c in (uuid4() for _ in range(5000))
            ),
            CONTEXT,
        )
        await backup(CARNETS, ancien.url, tmp_path)
    await restaurer(tmp_path, neuf, js)
    async with Ouvert(neuf) as store, store.database.raw() as connection:
        await connection.execute(f"prepare page as {PAGE_SQL}")
        rows = await connection.fetch("explain execute page('0', '0', '500')")
        await connection.execute("deallocate page")
    plan = "\n".join(row[0] for row in rows)
    assert "Index" in plan
    assert "events_feed" in plan
    assert "Sort" not in plan
    assert "Filter" not in plan


async def test_qui_est_efface_apres_la_sauvegarde_le_reste_apres_la_restauration(
    ancien: Base, neuf: Base, js: Client, tmp_path: Path
) -> None:
    apart = ledger.ledger_file(tmp_path / "registre", "carnets")
    async with Ouvert(ancien) as store:
        assert store.vault is not None
        avant, apres, reste = [await noter(store, texte=CANARI) for _ in range(3)]
        await store.vault.destroy("carnet", avant, "demande")
        await backup(CARNETS, ancien.url, tmp_path)
        await store.vault.destroy("carnet", apres, "demande")
        ledger.merge(apart, [entry async for entry in erasure.ledger(store.database)])
    done = await restaurer(tmp_path, neuf, js, apart=apart)
    assert done.erased == 1
    async with Ouvert(neuf) as store:
        for carnet_id, texte in ((avant, ERASED), (apres, ERASED), (reste, CANARI)):
            assert await textes(store, carnet_id) == [texte] * 3
        async with store.database.raw() as connection:
            blank = await connection.fetchval(
                "select count(*) from events where personal::text like '%null%'"
            )
        assert blank == 6
    # The present base's ledger counts as well, when it is what is replaced.
    async with Ouvert(neuf) as store:
        assert store.vault is not None
        await store.vault.destroy("carnet", reste, "demande")
    await restaurer(tmp_path, neuf, js, replace=True)
    async with Ouvert(neuf) as store:
        assert await textes(store, reste) == [ERASED] * 3


async def test_une_sauvegarde_ne_porte_ni_texte_personnel_en_clair_ni_table_de_lecture(
    ancien: Base, tmp_path: Path
) -> None:
    async with Ouvert(ancien) as store:
        await noter(store, texte=CANARI)
        assert await projeter(store)
        await sql(ancien.url, "create table carnets__rebuild (like carnets)")
        await backup(CARNETS, ancien.url, tmp_path)
    text = await run_tool("pg_restore", ["--file=-", str(tmp_path / "carnets.dump")], ancien.url)
    assert "COPY public.events" in text
    assert "CREATE TABLE public.carnets (" in text
    assert "COPY public.carnets" not in text
    assert "carnets__rebuild" not in text
    assert CANARI not in text
    for file in tmp_path.iterdir():
        assert CANARI.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("abimer", "dit"),
    [("tronquer", "tronqué"), ("alterer", "sha256"), ("manifeste", "la base restaurée compte")],
)
async def test_une_sauvegarde_abimee_est_refusee_et_la_base_reste_telle_quelle(
    abimer: str, dit: str, ancien: Base, js: Client, tmp_path: Path
) -> None:
    async with Ouvert(ancien) as store:
        await noter(store)
        await backup(CARNETS, ancien.url, tmp_path)
        await noter(store)
        before = positions(await flux(store))
    dump, manifest = tmp_path / "carnets.dump", tmp_path / MANIFEST
    content = dump.read_bytes()
    match abimer:
        case "tronquer":
            dump.write_bytes(content[:-100])
        case "alterer":
            dump.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])
        case _:
            # Everything is restored beside, then found to lack an event.
            told = orjson.loads(manifest.read_bytes())
            told["services"]["carnets"]["evenements"] += 1
            manifest.write_bytes(orjson.dumps(told))
    with pytest.raises(BackupFailed, match=dit):
        await restaurer(tmp_path, ancien, js, replace=True)
    async with Ouvert(ancien) as store:
        assert positions(await flux(store)) == before
    assert await bases(ancien) == [ancien.name]


@pytest.mark.parametrize(
    ("cles", "dit"),
    [
        ({2: NOUVELLE[2]}, r"version 1 n'est pas configurée \(versions connues : 2\)"),
        (NOUVELLE | {1: bytes(32)}, "version 1 n'est pas celle qui a servi"),
    ],
    ids=["detruite", "fausse"],
)
async def test_une_sauvegarde_que_les_cles_maitresses_n_ouvrent_plus_ne_remplace_rien(
    cles: dict[int, bytes], dit: str, ancien: Base, js: Client, tmp_path: Path
) -> None:
    async with Ouvert(ancien) as store:
        carnet_id = await noter(store, texte=CANARI)
        await backup(CARNETS, ancien.url, tmp_path)
        await Vault(store.database, NOUVELLE).rewrap()
    with pytest.raises(RestoreRefused, match=dit):
        await restaurer(tmp_path, ancien, js, keys=cles, replace=True)
    assert await bases(ancien) == [ancien.name]
    async with Ouvert(ancien, {2: NOUVELLE[2]}) as store:
        assert await textes(store, carnet_id) == [CANARI] * 3
    await restaurer(tmp_path, ancien, js, keys=NOUVELLE, replace=True)
    async with Ouvert(ancien, NOUVELLE) as store:
        assert await textes(store, carnet_id) == [CANARI] * 3


async def test_les_personnes_effacees_depuis_ne_demandent_pas_l_ancienne_cle_maitresse(
    ancien: Base, js: Client, tmp_path: Path
) -> None:
    async with Ouvert(ancien) as store:
        carnet_id = await noter(store, texte=CANARI)
        await backup(CARNETS, ancien.url, tmp_path)
        await Vault(store.database, NOUVELLE).destroy("carnet", carnet_id, "demande")
    await restaurer(tmp_path, ancien, js, keys={2: NOUVELLE[2]}, replace=True)
    async with Ouvert(ancien, {2: NOUVELLE[2]}) as store:
        assert await textes(store, carnet_id) == [ERASED] * 3


class Lent(Service[carnet.Event]):
    """Whose restored journal cannot be read for some seconds, as if it were very large."""

    def migrate(self, database_url: str) -> None:
        super().migrate(database_url)
        name = database_url.rsplit("/", 1)[-1]
        asyncio.run(sql(database_url, f"alter database {name} set transaction_timeout = '2s'"))
        locked = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._hold(database_url, locked))).start()
        assert locked.wait(10)

    async def _hold(self, database_url: str, locked: threading.Event) -> None:
        connection: Any = await asyncpg.connect(database_url)
        await connection.execute("set transaction_timeout = 0; begin; lock table events")
        locked.set()
        await asyncio.sleep(3)
        await connection.close()


async def test_un_journal_long_a_lire_se_restaure(
    ancien: Base, neuf: Base, js: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Ouvert(ancien) as store:
        carnet_id = await noter(store, texte=CANARI)
    await backup(CARNETS, ancien.url, tmp_path)
    service = Lent(CARNETS.name, CARNETS.aggregates, CARNETS.migrations, carnet.to_contract, own=CARNETS.own)
    monkeypatch.setattr("events.postgres.database._CONNECT", {"timeout": 5, "command_timeout": 2})
    await restaurer(tmp_path, neuf, js, service=service)
    async with Ouvert(neuf) as store:
        assert await textes(store, carnet_id) == [CANARI] * 3


async def test_un_retrait_coupe_en_route_laisse_un_debut_du_flux(
    js: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = js.jetstream()
    for n in range(400):
        await bus.publish(f"carnets.note.V1.0.{n}", b"")
    request, asked = js.request, 0

    async def cut(subject: str, *arguments: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > 60:
            raise ConnectionResetError
        return await request(subject, *arguments, **options)

    monkeypatch.setattr(js, "request", cut)
    with pytest.raises(ConnectionResetError):
        await stream.remove(js, "carnets", list(range(101, 401)))
    monkeypatch.undo()
    state = (await bus.stream_info("CARNETS", subjects_filter=">")).state
    assert state.messages == 340
    assert (await bus.get_last_msg("CARNETS", "carnets.>")).seq == state.messages


async def test_une_base_utilisee_ou_pleine_n_est_pas_remplacee(
    ancien: Base, js: Client, tmp_path: Path
) -> None:
    async with Ouvert(ancien) as store:
        await noter(store)
        await backup(CARNETS, ancien.url, tmp_path)
        with pytest.raises(RestoreRefused, match="utilisée"):
            await restaurer(tmp_path, ancien, js, replace=True)
    with pytest.raises(RestoreRefused, match="remplacer"):
        await restaurer(tmp_path, ancien, js)
    done = await restaurer(tmp_path, ancien, js, replace=True)
    assert done.manifest == read_manifest(tmp_path, "carnets")


async def test_une_sauvegarde_n_en_remplace_pas_une_autre(ancien: Base, tmp_path: Path) -> None:
    await backup(CARNETS, ancien.url, tmp_path)
    kept = (tmp_path / "carnets.dump").read_bytes()
    with pytest.raises(BackupFailed, match="existe déjà"):
        await backup(CARNETS, ancien.url, tmp_path)
    assert (tmp_path / "carnets.dump").read_bytes() == kept


def test_un_registre_abime_arrete_tout_mais_pas_une_ligne_coupee_par_une_panne(tmp_path: Path) -> None:
    path = ledger.ledger_file(tmp_path, "carnets")
    person, moment = uuid4(), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert ledger.merge(path, [("carnet", person, moment)]) == 1
    # The first date stays.
    assert ledger.merge(path, [("carnet", person, moment + dt.timedelta(days=1))]) == 1
    assert ledger.read(path) == {("carnet", person): moment}
    path.write_bytes(path.read_bytes() + b'{"kind": "car')
    assert ledger.read(path) == {("carnet", person): moment}
    path.write_bytes(b'{"kind": "car\n' + path.read_bytes())
    with pytest.raises(ledger.LedgerDamaged):
        ledger.read(path)


def test_plusieurs_commandes_a_la_fois_n_oublient_personne_au_registre(tmp_path: Path) -> None:
    path, moment = ledger.ledger_file(tmp_path, "carnets"), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    persons = {uuid4() for _ in range(80)}

    def inscribe(person: UUID) -> int:
        return ledger.merge(path, [("carnet", person, moment)])

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(inscribe, persons)) == 80
    assert {person for _, person in ledger.read(path)} == persons
    assert {file.name for file in tmp_path.iterdir()} == {path.name, path.name + ".verrou"}
