"""La clé maîtresse change chaque mois : tout se relit sans l'ancienne, et ses copies n'ouvrent plus rien."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import dossier
import pytest
from carnet import CarnetId, Event, NoteAjoutee
from events.codec import Codec
from events.postgres.database import Database
from events.projection.projection import Projector
from events.projection.source import FeedSource
from events.store.store import Context, Store
from events.types import ERASED, START
from events.vault.master import Rewrapped
from events.vault.vault import KeyDamaged, MasterKeyMissing, PersonErased, Vault

CONTEXT = Context("test", "requete-de-test")
OLD, NEW = {1: bytes(range(32))}, {2: bytes(reversed(range(32)))}
BOTH = OLD | NEW


def store_of(database: Database, keys: dict[int, bytes]) -> Store[Event]:
    return Store(database, Codec[Event](Event), Vault(database, keys))


def vault_of(store: Store[Any]) -> Vault:
    assert store.vault is not None
    return store.vault


async def write(store: Store[Event], qui: UUID, rang: int = 1) -> None:
    note = NoteAjoutee(CarnetId(qui), rang, "note", f"texte {rang} de {qui}")
    await store.append(f"carnet-{qui}", rang - 1, [note], CONTEXT)


async def texts(store: Store[Event], qui: UUID) -> list[str | None]:
    return [r.event.texte for r in await store.load(f"carnet-{qui}") if isinstance(r.event, NoteAjoutee)]


async def versions(database: Database) -> dict[int, int]:
    """Live keys by master version."""
    async with database.raw() as connection:
        rows = await connection.fetch(
            "select master_version v, count(*) n from coffre.cles where wrapped is not null group by 1"
        )
    return {row["v"]: row["n"] for row in rows}


async def test_la_rotation_sous_charge_ne_perd_rien_et_l_ancienne_cle_peut_partir(journal: Database) -> None:
    written: dict[UUID, int] = {uuid4(): 0 for _ in range(60)}
    erased: set[UUID] = set()
    late, store = store_of(journal, OLD), store_of(journal, BOTH)
    for qui in written:
        await write(late, qui)
        written[qui] = 1
    done = asyncio.Event()

    async def keep_writing(qui: UUID) -> None:
        while not done.is_set():
            try:
                await write(store, qui, written[qui] + 1)
                written[qui] += 1
            except PersonErased:
                return
            # Read by a process that starts, in the middle of it all.
            assert len(await texts(store_of(journal, BOTH), qui)) == written[qui]
            await asyncio.sleep(0)

    async def arrive_and_leave() -> None:
        # People come in through a process that only knows the old key, others are erased.
        for qui in list(written)[:10]:
            await vault_of(store).destroy("carnet", qui, "demande")
            erased.add(qui)
            newcomer = uuid4()
            try:
                await write(late, newcomer)
            except MasterKeyMissing:
                # The rotation took its key at once: it has to be written by one that has the new one.
                await write(store, newcomer)
            written[newcomer] = 1

    busy = [asyncio.create_task(keep_writing(qui)) for qui in list(written)[8:14]]
    moving = asyncio.create_task(arrive_and_leave())
    rewrapped = await asyncio.gather(*(vault_of(store_of(journal, BOTH)).rewrap(7) for _ in range(2)))
    await moving
    # Whoever came in through the old process after the last pass is taken by the next call.
    rewrapped.append(await vault_of(store).rewrap(7))
    done.set()
    await asyncio.gather(*busy)
    assert sum(r.count for r in rewrapped) >= 50
    assert (await vault_of(store).rewrap()).count == 0
    assert await versions(journal) == {2: len(written) - len(erased)}

    alone = store_of(journal, NEW)
    await vault_of(alone).check()
    for qui, count in written.items():
        lus = await texts(alone, qui)
        expected = [ERASED if qui in erased else f"texte {rang} de {qui}" for rang in range(1, count + 1)]
        assert lus == expected


async def test_une_rotation_coupee_en_route_se_reprend(journal: Database) -> None:
    store = store_of(journal, OLD)
    for _ in range(30):
        await write(store, uuid4())
    rotating = asyncio.create_task(Vault(journal, BOTH).rewrap(1))
    while (await versions(journal)).get(2, 0) < 5:
        await asyncio.sleep(0)
    rotating.cancel()
    await asyncio.gather(rotating, return_exceptions=True)
    before = await versions(journal)
    assert 0 < before[1] < 30
    assert await Vault(journal, BOTH).rewrap() == Rewrapped(before[1], ())
    assert await versions(journal) == {2: 30}


async def test_une_ancienne_copie_des_cles_ne_s_ouvre_plus_avec_la_nouvelle_cle_maitresse(
    journal: Database,
) -> None:
    qui = uuid4()
    await write(store_of(journal, OLD), qui)
    async with journal.raw() as connection:
        await connection.execute("create table copie as select * from coffre.cles")
        await Vault(journal, BOTH).rewrap()
        assert await texts(store_of(journal, NEW), qui) == [f"texte 1 de {qui}"]
        await connection.execute("delete from coffre.cles")
        await connection.execute("insert into coffre.cles select * from copie")
        with pytest.raises(MasterKeyMissing, match="version 1"):
            await texts(store_of(journal, NEW), qui)
        # Nor by pretending that it is the new one that wraps it.
        await connection.execute("update coffre.cles set master_version = 2")
    with pytest.raises(KeyDamaged):
        await texts(store_of(journal, NEW), qui)


async def test_une_cle_maitresse_absente_ou_fausse_se_nomme_au_demarrage(
    journal: Database,
) -> None:
    await Vault(journal, NEW).check()
    await write(store_of(journal, OLD), uuid4())
    await Vault(journal, BOTH).check()
    with pytest.raises(MasterKeyMissing, match=r"version 1 n'est pas configurée \(versions connues : 2\)"):
        await Vault(journal, NEW).check()
    with pytest.raises(MasterKeyMissing, match="version 1 n'est pas celle qui a servi"):
        await Vault(journal, {1: bytes(32)}).check()
    with pytest.raises(MasterKeyMissing, match="version 1"):
        await Vault(journal, NEW).rewrap()


@pytest.mark.parametrize(
    "damage", ["set_byte(wrapped, 20, 255 - get_byte(wrapped, 20))", "substr(wrapped, 1, 20)", "''"]
)
async def test_une_cle_abimee_n_arrete_ni_la_rotation_ni_le_demarrage(journal: Database, damage: str) -> None:
    store, ids = store_of(journal, OLD), sorted(uuid4() for _ in range(12))
    for qui in ids:
        await write(store, qui)
    bad = [ids[1], ids[11]]
    async with journal.raw() as connection:
        # Among the latest ones: the first that a process tries.
        await connection.execute(
            f"update coffre.cles set wrapped = {damage} where person = any($1)",
            bad,
        )
    await Vault(journal, BOTH).check()
    damaged = tuple(("carnet", qui, 1) for qui in bad)
    assert await Vault(journal, BOTH).rewrap(3) == Rewrapped(10, damaged)
    assert await versions(journal) == {1: 2, 2: 10}
    assert await Vault(journal, BOTH).rewrap(3) == Rewrapped(0, damaged)
    for qui in bad:
        with pytest.raises(KeyDamaged):
            await texts(store_of(journal, BOTH), qui)
    # Nothing else is under the old key: that it is the right one, no key says any more. They are named.
    with pytest.raises(MasterKeyMissing, match=rf"version 1 n'est pas celle qui a servi.*{ids[1]}"):
        await Vault(journal, BOTH).check()


async def test_les_cles_detruites_ne_demandent_pas_leur_cle_maitresse(journal: Database) -> None:
    store, qui = store_of(journal, OLD), uuid4()
    await write(store, qui)
    await vault_of(store).destroy("carnet", qui, "demande")
    await Vault(journal, NEW).check()
    assert await Vault(journal, NEW).rewrap() == Rewrapped(0, ())
    assert await texts(store_of(journal, NEW), qui) == [ERASED]


async def test_sans_sa_cle_maitresse_une_projection_attend_et_ne_met_rien_de_cote(journal: Database) -> None:
    async with journal.engine.begin() as connection:
        await connection.run_sync(dossier.metadata.create_all)
    writer = dossier.open_store(journal, OLD)
    command = dossier.Ecrire(dossier.DossierId(uuid4()), dossier.PersonneId(uuid4()), "Jeanne")
    await writer.append("dossier-1", 0, dossier.decide(command, dossier.initial), CONTEXT)
    reader = dossier.open_store(journal, NEW)
    model = dossier.READ_MODELS[0]
    task = asyncio.create_task(Projector(journal, model, FeedSource(reader, dossier.SERVICE)).run())
    try:
        await asyncio.sleep(0.3)
        assert not task.done()
        async with journal.raw() as connection:
            assert await connection.fetchval("select count(*) from parked") == 0
            assert await connection.fetchval("select count(*) from dossiers") == 0
        # The key is wrapped again elsewhere: the projection goes on by itself, and reads everything.
        await Vault(journal, BOTH).rewrap()
        async with asyncio.timeout(60), journal.raw() as connection:
            while await connection.fetchval("select derniere_note from dossiers") != "Jeanne":
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(await reader.page(START)) == 2
