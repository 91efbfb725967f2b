"""Le fait d'effacer et la mort des clés ne font qu'un ; le registre, gardé à part, efface de nouveau."""

import datetime as dt
from uuid import UUID, uuid4

import pytest
from carnet import MASTER_KEYS, CarnetFerme, CarnetId, Event, NoteAjoutee
from events.codec import Codec
from events.postgres.database import Database
from events.store.store import Conflict, Context, Erasure, Store
from events.types import ERASED
from events.vault import erasure
from events.vault.vault import PersonErased, Vault

CONTEXT = Context("test", "requete-de-test")
LE = dt.datetime(2026, 2, 3, 4, 5, 6, tzinfo=dt.UTC)


def store_of(database: Database) -> Store[Event]:
    return Store(database, Codec[Event](Event), Vault(database, MASTER_KEYS))


def vault_of(store: Store[Event]) -> Vault:
    assert store.vault is not None
    return store.vault


async def write(store: Store[Event], qui: UUID, rang: int = 1) -> None:
    note = NoteAjoutee(CarnetId(qui), rang, "note", f"texte de {qui}")
    await store.append(f"carnet-{qui}", rang - 1, [note], CONTEXT)


async def read(store: Store[Event], qui: UUID) -> list[str | None]:
    return [r.event.texte for r in await store.load(f"carnet-{qui}") if isinstance(r.event, NoteAjoutee)]


async def lines(vault: Vault) -> list[tuple[str, UUID, dt.datetime]]:
    return [line async for line in vault.ledger()]


async def ciphertexts(database: Database) -> int:
    async with database.raw() as connection:
        found = await connection.fetch(
            "select from events e, jsonb_array_elements(e.personal) i where i->>'c' is not null"
        )
    return len(found)


async def vacuums(database: Database) -> dict[str, int]:
    async with database.raw() as connection:
        rows = await connection.fetch(
            "select relname, vacuum_count from pg_stat_user_tables where relname = any($1)",
            ["events", "cles", "lisible"],
        )
    return {row["relname"]: row["vacuum_count"] for row in rows}


async def test_les_cles_meurent_avec_le_fait_qui_le_dit(journal: Database) -> None:
    store, qui, autre = store_of(journal), uuid4(), uuid4()
    await write(store, qui)
    await write(store, autre)
    erasures = [Erasure("carnet", qui, "demande")]
    await store.append(f"carnet-{qui}", 1, [CarnetFerme(CarnetId(qui))], CONTEXT, erasures=erasures)
    for reader in (store, store_of(journal)):
        assert await read(reader, qui) == [ERASED]
        assert await read(reader, autre) == [f"texte de {autre}"]
        with pytest.raises(PersonErased):
            await write(reader, qui, 3)
    [(kind, person, _)] = await lines(vault_of(store))
    assert (kind, person) == ("carnet", qui)


async def test_un_fait_refuse_ne_detruit_aucune_cle(journal: Database) -> None:
    store, qui = store_of(journal), uuid4()
    await write(store, qui)
    erasures = [Erasure("carnet", qui, "demande")]
    with pytest.raises(Conflict):
        await store.append(f"carnet-{qui}", 0, [CarnetFerme(CarnetId(qui))], CONTEXT, erasures=erasures)
    assert await read(store_of(journal), qui) == [f"texte de {qui}"]
    assert await lines(vault_of(store)) == []


async def test_le_registre_efface_de_nouveau_apres_une_restauration(journal: Database) -> None:
    """The restored database knows nothing of the erasures: some keys live again, others do not exist yet."""
    store, erased, unknown, alive = store_of(journal), uuid4(), uuid4(), uuid4()
    await write(store, erased)
    await write(store, alive)
    ledger = [("carnet", erased, LE), ("carnet", unknown, LE + dt.timedelta(days=1))]
    assert await vault_of(store).apply_ledger(ledger) == 2
    for reader in (store, store_of(journal)):
        assert await read(reader, erased) == [ERASED]
        assert await read(reader, alive) == [f"texte de {alive}"]
        with pytest.raises(PersonErased):
            await write(reader, unknown)
    # With their own dates, and no ciphertext left.
    assert sorted(await lines(vault_of(store))) == sorted(ledger)
    assert await ciphertexts(journal) == 1
    async with journal.raw() as connection:
        dates = await connection.fetch(
            "select distinct destroyed_at d from coffre.cles where wrapped is null"
        )
    assert {row["d"] for row in dates} == {LE, LE + dt.timedelta(days=1)}
    assert await vault_of(store).apply_ledger(ledger) == 0


async def test_le_registre_entier_s_applique_par_pages_et_en_desordre(journal: Database) -> None:
    store = store_of(journal)
    ids = [uuid4() for _ in range(2300)]
    ledger = [("carnet", qui, LE + dt.timedelta(seconds=n)) for n, qui in enumerate(ids)]
    await write(store, ids[7])
    # The same person twice: the earliest date is the true one.
    again = [("carnet", ids[3], LE + dt.timedelta(days=9)), *ledger, ("carnet", ids[5], LE)]
    assert await vault_of(store).apply_ledger(iter(again)) >= 2300
    found = {person: at for _, person, at in await lines(vault_of(store))}
    assert len(found) == 2300
    assert found[ids[3]] == LE + dt.timedelta(seconds=3)
    assert found[ids[5]] == LE
    assert found[ids[2299]] == LE + dt.timedelta(seconds=2299)
    assert await read(store, ids[7]) == [ERASED]
    assert await vault_of(store).apply_ledger(ledger) == 0


async def test_le_blanchiment_parcourt_tout_le_journal_page_apres_page(journal: Database) -> None:
    store, ids = store_of(journal), [uuid4() for _ in range(9)]
    for qui in ids:
        await write(store, qui)
        await write(store, qui, 2)
    for qui in ids[::2]:
        await vault_of(store).destroy("carnet", qui, "demande")
    async with journal.raw() as connection:
        # A read model, where a name was written in clear, then erased.
        await connection.execute("create table lisible (nom text)")
        await connection.execute("insert into lisible values ('Zoé')")
        await connection.execute("update lisible set nom = null")
    assert await erasure.blank(journal, scanned=3) == 10
    assert await ciphertexts(journal) == 8
    assert await erasure.blank(journal, scanned=3) == 0
    # What the old rows held does not wait for the server's own housekeeping.
    assert await vacuums(journal) == {"events": 2, "cles": 2, "lisible": 2}
    for n, qui in enumerate(ids):
        assert await read(store_of(journal), qui) == [ERASED if n % 2 == 0 else f"texte de {qui}"] * 2


async def test_un_vacuum_qui_n_aboutit_pas_ne_fait_rien_echouer_et_revient_au_passage_suivant(
    journal: Database, database_url: str
) -> None:
    store, qui = store_of(journal), uuid4()
    await write(store, qui)
    await vault_of(store).destroy("carnet", qui, "demande")
    async with journal.raw() as connection:
        name = database_url.rsplit("/", 1)[-1]
        await connection.execute(f"alter database {name} set lock_timeout = '200ms'")
    hurried = Database(database_url)
    try:
        async with journal.raw() as connection, connection.transaction():
            # Readers and writers pass, a vacuum does not.
            await connection.execute("lock table events in share update exclusive mode")
            assert await erasure.blank(hurried) == 1
        assert await vacuums(journal) == {"events": 0, "cles": 1}
        assert await erasure.blank(hurried) == 0
        assert await vacuums(journal) == {"events": 1, "cles": 2}
    finally:
        await hurried.close()
    assert await ciphertexts(journal) == 0


async def test_une_date_du_registre_sans_fuseau_est_refusee(journal: Database) -> None:
    naive = LE.replace(tzinfo=None)
    with pytest.raises(ValueError, match="fuseau"):
        await vault_of(store_of(journal)).apply_ledger([("carnet", uuid4(), naive)])


async def test_ce_qu_un_processus_en_retard_chiffre_apres_l_effacement_est_blanchi(
    journal: Database,
) -> None:
    store, late, qui = store_of(journal), store_of(journal), uuid4()
    await write(late, qui)
    await vault_of(store).destroy("carnet", qui, "demande")
    # It still has the key, for a minute at most: nobody will read what it writes.
    await write(late, qui, 2)
    assert await read(store_of(journal), qui) == [ERASED, ERASED]
    assert await vault_of(store).blank() == 2
    assert await ciphertexts(journal) == 0
    assert await read(store_of(journal), qui) == [ERASED, ERASED]
