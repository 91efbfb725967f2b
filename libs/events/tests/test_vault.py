"""The vault on a real server: nothing personal in clear, and an erasure that nothing brings back."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import carnet
import pytest
from carnet import CarnetId, Event, NoteAjoutee
from events.codec import Codec
from events.postgres.database import Database
from events.store.store import Context, Store
from events.types import ERASED, START, Recorded
from events.vault.vault import PersonErased, Vault
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CONTEXT = Context("test", "requete-de-test")
CANARY = "Jeanne Canari, 06 12 34 56 78"


def vault_of(database: Database, **options: Any) -> Vault:
    return Vault(database, carnet.MASTER_KEYS, **options)


def store_of(database: Database, vault: Vault | None = None) -> Store[Event]:
    return Store(database, Codec[Event](Event), vault or vault_of(database))


async def write(store: Store[Event], qui: UUID, rang: int = 1, texte: str | None = CANARY) -> None:
    await store.append(f"carnet-{qui}", rang - 1, [NoteAjoutee(CarnetId(qui), rang, "note", texte)], CONTEXT)


async def texts(store: Store[Event], qui: UUID) -> list[str | None]:
    history = await store.load(f"carnet-{qui}")
    return [r.event.texte for r in history if isinstance(r.event, NoteAjoutee)]


async def tamper(database: Database, qui: UUID, change: Callable[[str], Any]) -> None:
    """Rewrite the ciphertext of the person's first event."""
    async with database.raw() as connection:
        row = await connection.fetchrow(
            "select personal::text p from events where stream = $1", f"carnet-{qui}"
        )
        assert row is not None
        items = json.loads(row["p"])
        items[0]["c"] = change(items[0]["c"])
        await connection.execute(
            "update events set personal = $2::text::jsonb where stream = $1",
            f"carnet-{qui}",
            json.dumps(items),
        )


async def everything(database: Database) -> str:
    """Every row of every table of the engine, as text."""
    async with database.raw() as connection:
        tables = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) t from pg_tables"
            " where schemaname in ('public', 'coffre')"
        )
        rows = [await connection.fetch(f"select x::text from {t['t']} x") for t in tables]
    return "\n".join(row[0] for found in rows for row in found)


# --- Nothing in clear ---


async def test_une_donnee_personnelle_n_est_en_clair_dans_aucune_table(journal: Database) -> None:
    store, qui = store_of(journal), uuid4()
    await write(store, qui)
    assert await texts(store, qui) == [CANARY]
    stored = await everything(journal)
    assert str(qui) in stored
    assert not any(word in stored for word in ("Jeanne", "Canari", "06 12", CANARY.encode().hex()))


async def test_deux_ecritures_du_meme_texte_ne_se_ressemblent_pas(journal: Database) -> None:
    store, qui = store_of(journal), uuid4()
    await write(store, qui, 1)
    await write(store, qui, 2)
    async with journal.raw() as connection:
        rows = await connection.fetch("select personal->0->>'c' c from events")
    assert len({row["c"] for row in rows}) == 2


# --- Altered or moved: "effacé", never someone else's data ---


@pytest.mark.parametrize("same_person", [True, False], ids=["autre fait", "autre personne"])
async def test_un_chiffre_deplace_se_lit_efface(journal: Database, same_person: bool) -> None:
    store, qui, autre = store_of(journal), uuid4(), uuid4()
    await write(store, qui, 1)
    await write(store, qui, 2, "autre texte")
    await write(store, autre, 1, "texte d'une autre personne")
    source = (f"carnet-{qui}", 1)
    target = (f"carnet-{qui}", 2) if same_person else (f"carnet-{autre}", 1)
    async with journal.raw() as connection:
        await connection.execute(
            """update events set personal = (select personal from events where stream = $1 and version = $2)
               where stream = $3 and version = $4""",
            *source,
            *target,
        )
    assert await texts(store, qui) == [CANARY, ERASED if same_person else "autre texte"]
    assert await texts(store, autre) == ["texte d'une autre personne" if same_person else ERASED]


@pytest.mark.parametrize("place", [0, 12, -1], ids=["nonce", "texte", "sceau"])
async def test_un_bit_change_se_lit_efface(journal: Database, place: int) -> None:
    store, qui = store_of(journal), uuid4()
    await write(store, qui)

    def flip(cipher: str) -> str:
        blob = bytearray(b64decode(cipher))
        blob[place] ^= 1
        return b64encode(bytes(blob)).decode()

    await tamper(journal, qui, flip)
    assert await texts(store, qui) == [ERASED]


@pytest.mark.parametrize("damaged", ["", "AAAA", "A", "pas du base64 !"])
async def test_un_chiffre_tronque_se_lit_efface(journal: Database, damaged: str) -> None:
    store, qui = store_of(journal), uuid4()
    await write(store, qui)
    await tamper(journal, qui, lambda _: damaged)
    assert await texts(store, qui) == [ERASED]


# --- Erasure ---


async def test_une_personne_effacee_se_lit_effacee_partout(journal: Database) -> None:
    vault, qui, autre = vault_of(journal), uuid4(), uuid4()
    store = store_of(journal, vault)
    await write(store, qui)
    await write(store, autre, 1, "reste lisible")
    await vault.destroy("carnet", qui, "demande de la personne")
    assert await texts(store, qui) == [ERASED]
    # Another process, whose cache has never seen the key, or has let it expire.
    assert await texts(store_of(journal), qui) == [ERASED]
    assert await texts(store_of(journal), autre) == ["reste lisible"]


async def test_un_secret_est_a_une_personne_pour_un_usage_et_part_avec_sa_cle(journal: Database) -> None:
    vault, qui = vault_of(journal), uuid4()
    secret = await vault.secret("note", qui, "un usage")
    assert secret == await vault_of(journal).secret("note", qui, "un usage")
    autres = [await vault.secret("note", qui, "un autre"), await vault.secret("note", uuid4(), "un usage")]
    assert secret not in autres
    await vault.destroy("note", qui, "demande")
    with pytest.raises(PersonErased):
        await vault.secret("note", qui, "un usage")


async def test_un_autre_processus_oublie_la_cle_detruite_quand_son_cache_expire(journal: Database) -> None:
    other, qui = store_of(journal, vault_of(journal, cache_seconds=0.05)), uuid4()
    await write(other, qui)
    assert await texts(other, qui) == [CANARY]
    await vault_of(journal).destroy("carnet", qui, "demande de la personne")
    async with asyncio.timeout(60):
        while await texts(other, qui) != [ERASED]:
            await asyncio.sleep(0.01)


async def test_un_modele_de_lecture_ne_se_sert_pas_d_une_cle_qu_un_autre_processus_a_detruite(
    journal: Database,
) -> None:
    """Even a second after the key was read: once past the fact of the erasure, nothing may come after."""
    store, qui = store_of(journal), uuid4()
    await write(store, qui)
    page = await store.page(START, 10)

    async def projected() -> list[str | None]:
        return [r.event.texte for r in await store.decode(page) if isinstance(r.event, NoteAjoutee)]

    assert await projected() == [CANARY]
    await vault_of(journal).destroy("carnet", qui, "demande de la personne")
    assert await projected() == [ERASED]


async def test_l_effacement_est_inscrit_une_fois_au_registre(journal: Database) -> None:
    vault, qui = vault_of(journal), uuid4()
    await write(store_of(journal, vault), qui)
    await vault.destroy("carnet", qui, "demande de la personne")
    await vault.destroy("carnet", qui, "seconde demande")
    async with journal.raw() as connection:
        ledger = await connection.fetch("select kind, person from coffre.effacements")
        [cle] = await connection.fetch("select wrapped, destroyed_at, reason from coffre.cles")
    assert [(row["kind"], UUID(str(row["person"]))) for row in ledger] == [("carnet", qui)]
    assert cle["wrapped"] is None
    assert cle["destroyed_at"] is not None
    assert cle["reason"] == "demande de la personne"


async def test_on_n_ecrit_plus_rien_d_une_personne_effacee(journal: Database) -> None:
    vault, qui = vault_of(journal), uuid4()
    store = store_of(journal, vault)
    await write(store, qui)
    await vault.destroy("carnet", qui, "demande de la personne")
    for writer in (store, store_of(journal)):
        with pytest.raises(PersonErased):
            await write(writer, qui, 2)
    # What is not personal may still be written about the stream.
    await write(store, qui, 2, None)
    assert await texts(store, qui) == [ERASED, None]


async def test_une_personne_effacee_avant_sa_premiere_donnee_le_reste(journal: Database) -> None:
    vault, qui = vault_of(journal), uuid4()
    await vault.destroy("carnet", qui, "registre rejoué après une restauration")
    for writer in (store_of(journal, vault), store_of(journal)):
        with pytest.raises(PersonErased):
            await write(writer, qui)


async def test_une_premiere_ecriture_face_a_un_effacement_ne_laisse_pas_de_cle(journal: Database) -> None:
    for _ in range(15):
        vault, qui = vault_of(journal), uuid4()
        await asyncio.gather(
            write(store_of(journal), qui), vault.destroy("carnet", qui, "demande"), return_exceptions=True
        )
        assert await texts(store_of(journal), qui) in ([], [ERASED])
        with pytest.raises(PersonErased):
            await write(store_of(journal), qui, 5)


async def test_les_chiffres_d_une_personne_effacee_sont_retires_du_journal(journal: Database) -> None:
    vault, qui, autre = vault_of(journal), uuid4(), uuid4()
    store = store_of(journal, vault)
    for rang in (1, 2, 3):
        await write(store, qui, rang)
    await write(store, autre, 1, "reste lisible")
    assert await vault.blank() == 0
    await vault.destroy("carnet", qui, "demande de la personne")
    assert await vault.blank() == 3
    assert await vault.blank() == 0
    async with journal.raw() as connection:
        ciphers = await connection.fetch(
            "select personal->0->>'c' c from events where stream = $1", f"carnet-{qui}"
        )
    assert [row["c"] for row in ciphers] == [None, None, None]
    assert await texts(store, qui) == [ERASED, ERASED, ERASED]
    assert await texts(store_of(journal), autre) == ["reste lisible"]


# --- Keys ---


async def test_deux_premieres_ecritures_a_la_fois_prennent_une_seule_cle(journal: Database) -> None:
    qui = uuid4()
    stores = [store_of(journal) for _ in range(6)]
    notes = [NoteAjoutee(CarnetId(qui), 1, "note", f"texte {n}") for n in range(6)]
    await asyncio.gather(*(s.append(f"carnet-{n}", 0, [notes[n]], CONTEXT) for n, s in enumerate(stores)))
    async with journal.raw() as connection:
        assert await connection.fetchval("select count(*) from coffre.cles") == 1
    fresh = store_of(journal)
    lus: list[Recorded[Event]] = [(await fresh.load(f"carnet-{n}"))[0] for n in range(6)]
    assert [r.event for r in lus] == notes


async def test_deux_preparations_aux_memes_personnes_ne_se_bloquent_pas_l_une_l_autre(
    journal: Database,
) -> None:
    persons = [("carnet", uuid4()) for _ in range(7)]
    async with journal.raw() as connection:
        middle = connection.transaction()
        await middle.start()
        await connection.execute(
            """insert into coffre.cles (kind, person, version, wrapped, master_version)
               values ('carnet', $1, 1, '', 1)""",
            persons[3][1],
        )
        # Each from its own end, both stopped in the middle.
        tasks = [asyncio.create_task(vault_of(journal).prepare(order)) for order in (persons, persons[::-1])]
        while await waiting(journal) < 2:
            await asyncio.sleep(0.01)
        await middle.rollback()
    await asyncio.gather(*tasks)


async def waiting(database: Database) -> int:
    """How many statements wait for another transaction."""
    async with database.raw() as connection:
        rows = await connection.fetch(
            "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
    return len(rows)


async def test_la_cle_maitresse_change_et_les_anciens_textes_restent_lisibles(journal: Database) -> None:
    ancien, nouveau = uuid4(), uuid4()
    await write(store_of(journal), ancien, 1, "avant")
    rotated = {**carnet.MASTER_KEYS, 2: bytes(reversed(range(32)))}
    store = store_of(journal, Vault(journal, rotated))
    await write(store, ancien, 2, "après")
    await write(store, nouveau, 1, "nouveau")
    fresh = store_of(journal, Vault(journal, rotated))
    assert await texts(fresh, ancien) == ["avant", "après"]
    assert await texts(fresh, nouveau) == ["nouveau"]
    async with journal.raw() as connection:
        rows = await connection.fetch("select person, master_version v from coffre.cles")
    assert {UUID(str(row["person"])): row["v"] for row in rows} == {ancien: 1, nouveau: 2}


async def test_un_cache_plein_ne_fait_jamais_passer_une_personne_pour_effacee(journal: Database) -> None:
    """A page may need more keys than the cache holds, and other readers push them out meanwhile."""
    writer = store_of(journal)
    ids = [uuid4() for _ in range(30)]
    for qui in ids:
        await write(writer, qui, 1, f"texte de {qui}")
    small = store_of(journal, vault_of(journal, cache_size=5))
    pages = [await small.page(START, 30), *[await small.page(START, n) for n in (3, 7, 11)]]

    async def read(page: list[Any]) -> list[str | None]:
        found = await small.decode(page)
        return [r.event.texte for r in found if isinstance(r.event, NoteAjoutee)]

    for _ in range(5):
        for lus in await asyncio.gather(*(read(p) for p in (*pages, *pages))):
            assert lus == [f"texte de {qui}" for qui in ids[: len(lus)]]


# --- Any history, any erasure ---

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["ecrire", "ecrire", "effacer", "vider"]), st.integers(0, 2)),
    min_size=2,
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTIONS)
async def test_quel_que_soit_le_moment_de_l_effacement_le_rejeu_passe_et_rien_ne_revient(
    journal: Database, actions: list[tuple[str, int]]
) -> None:
    vault, ids = vault_of(journal), [uuid4() for _ in range(3)]
    store = store_of(journal, vault)
    written, erased = dict.fromkeys(ids, 0), set[UUID]()
    for action, n in actions:
        qui = ids[n]
        if action == "effacer":
            await vault.destroy("carnet", qui, "demande")
            erased.add(qui)
        elif action == "vider":
            await vault.blank()
        elif qui in erased:
            with pytest.raises(PersonErased):
                await write(store, qui, written[qui] + 1, f"canari {qui}")
        else:
            written[qui] += 1
            await write(store, qui, written[qui], f"canari {qui}")
    # Replayed from the first fact, by this process and by a new one.
    for reader in (store, store_of(journal)):
        seen = dict.fromkeys(ids, 0)
        at = START
        while page := await reader.page(at, 100):
            at = page[-1].position
            for recorded in await reader.decode(page):
                assert isinstance(recorded.event, NoteAjoutee)
                qui = recorded.event.carnet_id
                if qui in seen:
                    seen[qui] += 1
                    assert recorded.event.texte == (ERASED if qui in erased else f"canari {qui}")
        assert seen == written
    assert "canari" not in await everything(journal)
