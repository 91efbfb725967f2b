"""The journal: optimistic concurrency, idempotence, all or nothing, claims, coalescing."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import carnet
import pytest
import uuid_utils.compat as uuid_utils
from carnet import CARNET, AjouterNotes, CarnetDejaFerme, CarnetFerme, CarnetId, FermerCarnet, NoteAjoutee
from events.postgres.database import Database
from events.store.store import (
    Claim,
    ClaimTaken,
    Conflict,
    Context,
    Intent,
    SomeRefused,
    Written,
)

CONTEXT = Context("test", "requete-de-test")


def note(carnet_id: UUID, rang: int, texte: str | None = None) -> NoteAjoutee:
    return NoteAjoutee(CarnetId(carnet_id), rang, f"note {rang}", texte)


async def test_les_faits_se_relisent_dans_leur_ordre(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = uuid4()
    await store.append("carnet-a", 0, [note(qui, 1), note(qui, 2, "secret")], CONTEXT)
    written = await store.append("carnet-a", 2, [CarnetFerme(CarnetId(qui))], CONTEXT)
    assert written.version == 3
    relus = await store.load("carnet-a")
    assert [r.event for r in relus] == [note(qui, 1), note(qui, 2, "secret"), CarnetFerme(CarnetId(qui))]
    assert [r.version for r in relus] == [1, 2, 3]
    assert relus[-1].position == written.position
    assert relus[0].metadata["author"] == "test"


async def test_les_derniers_faits_de_plusieurs_flux_se_lisent_par_pages(journal: Database) -> None:
    store = carnet.open_store(journal)
    a, b, autre = (CARNET(uuid4()) for _ in range(3))
    for rang, flux in enumerate((a, b, autre, a, b)):
        version = len(await store.load(flux))
        await store.append(flux, version, [note(UUID(flux.key), rang, "secret")], CONTEXT)
    lus, avant = list[int](), None
    while page := await store.latest([a, b], 3, avant):
        assert len(page) <= 3
        lus += [r.event.rang for r in page if isinstance(r.event, NoteAjoutee)]
        avant = page[-1].position
    assert lus == [4, 3, 1, 0]


async def test_une_version_deja_ecrite_est_refusee(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = uuid4()
    await store.append("carnet-a", 0, [note(qui, 1)], CONTEXT)
    with pytest.raises(Conflict):
        await store.append("carnet-a", 0, [note(qui, 1)], CONTEXT)
    assert len(await store.load("carnet-a")) == 1


async def test_une_version_trop_avancee_ne_laisse_pas_de_trou(journal: Database) -> None:
    store = carnet.open_store(journal)
    with pytest.raises(Conflict):
        await store.append("carnet-a", 4, [note(uuid4(), 5)], CONTEXT)
    assert await store.load("carnet-a") == []


async def test_le_meme_ajout_deux_fois_repond_la_meme_position(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui, ids = uuid4(), [uuid_utils.uuid7(), uuid_utils.uuid7()]
    faits = [note(qui, 1), note(qui, 2)]
    premier = await store.append("carnet-a", 0, faits, CONTEXT, ids=ids)
    encore = await store.append("carnet-a", 0, faits, CONTEXT, ids=ids)
    assert encore.position == premier.position
    assert len(await store.load("carnet-a")) == 2


async def test_un_ajout_de_plusieurs_faits_est_tout_ou_rien(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = uuid4()
    # Two writers leave from version 1: the second one's first version is taken, its second is free.
    await store.append("carnet-a", 0, [note(qui, 1)], CONTEXT)
    resultats = await asyncio.gather(
        store.append("carnet-a", 1, [note(qui, 2)], CONTEXT),
        store.append("carnet-a", 1, [note(qui, 2), note(qui, 3)], CONTEXT),
        store.append("carnet-b", 0, [note(qui, 1), note(qui, 2)], CONTEXT),
        return_exceptions=True,
    )
    assert sum(isinstance(r, Conflict) for r in resultats) == 1
    assert not isinstance(resultats[2], BaseException)
    versions = [r.version for r in await store.load("carnet-a")]
    assert versions in ([1, 2], [1, 2, 3])
    assert len(await store.load("carnet-b")) == 2


async def test_deux_cents_appelants_ont_chacun_leur_reponse(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = uuid4()
    resultats = await asyncio.gather(
        *(store.append(f"carnet-{n % 100}", 0, [note(qui, 1)], CONTEXT) for n in range(200)),
        return_exceptions=True,
    )
    ecrits = [r for r in resultats if not isinstance(r, BaseException)]
    assert len(ecrits) == 100
    assert all(isinstance(r, Conflict) for r in resultats if isinstance(r, BaseException))
    assert len({r.position for r in ecrits}) == 100


async def test_une_commande_est_redecidee_quand_le_flux_a_bouge(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = CarnetId(uuid4())
    await asyncio.gather(
        *(store.execute(CARNET(qui), AjouterNotes(qui, (f"note {n}",)), CONTEXT) for n in range(6))
    )
    rangs = [r.event.rang for r in await store.load(f"carnet-{qui}") if isinstance(r.event, NoteAjoutee)]
    assert rangs == [1, 2, 3, 4, 5, 6]


async def test_une_version_attendue_perimee_est_refusee(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = CarnetId(uuid4())
    await store.execute(CARNET("a"), AjouterNotes(qui, ("un",)), CONTEXT, expected=0)
    with pytest.raises(Conflict):
        await store.execute(CARNET("a"), AjouterNotes(qui, ("deux",)), CONTEXT, expected=0)


async def test_une_commande_repetee_ne_change_rien(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = CarnetId(uuid4())
    premier = await store.execute(CARNET("a"), FermerCarnet(qui), CONTEXT)
    encore = await store.execute(CARNET("a"), FermerCarnet(qui), CONTEXT)
    assert (premier.changed, encore.changed) == (True, False)
    assert encore.position == premier.position
    with pytest.raises(CarnetDejaFerme):
        await store.execute(CARNET("a"), AjouterNotes(qui, ("tard",)), CONTEXT)


async def test_ce_qui_est_unique_ne_se_prend_qu_une_fois(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui, claim = uuid4(), Claim("titre", b"unique")
    resultats = await asyncio.gather(
        *(store.append(f"carnet-{n}", 0, [note(qui, 1)], CONTEXT, claims=[claim]) for n in range(8)),
        return_exceptions=True,
    )
    assert sum(isinstance(r, ClaimTaken) for r in resultats) == 7
    histoires = [await store.load(f"carnet-{n}") for n in range(8)]
    assert sum(len(h) for h in histoires) == 1
    [tenant] = [h[0].stream for h in histoires if h]
    await store.append(tenant, 1, [note(qui, 2)], CONTEXT, releases=[claim])
    await store.append("carnet-z", 0, [note(qui, 1)], CONTEXT, claims=[claim])


async def test_l_import_en_masse_ecrit_tout(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = uuid4()
    ecrits = await store.append_bulk(
        ((f"carnet-{n}", 0, [note(qui, 1), note(qui, 2)]) for n in range(1500)), CONTEXT
    )
    assert ecrits == 3000
    async with journal.raw() as connection:
        assert await connection.fetchval("select count(*) from events") == 3000


async def test_une_valeur_que_postgresql_refuse_n_echoue_que_pour_son_appelant(journal: Database) -> None:
    store = carnet.open_store(journal)
    ids = [CarnetId(uuid4()) for _ in range(6)]
    titres = ["bien", "bien", "mauvais \x00 octet", "bien", "bien", "bien"]
    outcomes = await asyncio.gather(
        *(
            store.execute(CARNET(c), AjouterNotes(c, (titre,)), CONTEXT)
            for c, titre in zip(ids, titres, strict=True)
        ),
        return_exceptions=True,
    )
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [
        False,
        False,
        True,
        False,
        False,
        False,
    ]
    for carnet_id, titre in zip(ids, titres, strict=True):
        assert len(await store.load(f"carnet-{carnet_id}")) == (titre == "bien")


async def test_un_ajout_dechire_n_echoue_que_pour_son_appelant(journal: Database, database_url: str) -> None:
    """Two of its three events were free; the others of the batch are written, with a single connection."""
    qui = uuid4()
    await carnet.open_store(journal).append("carnet-pris", 0, [note(qui, 1)], CONTEXT)
    async with journal.raw() as connection:
        # An import that stopped half-way: versions 1 and 3, never seen by the guard.
        await connection.execute("update events set version = 3 where stream = 'carnet-pris'")
    database = Database(database_url, pool_size=1)
    store = carnet.open_store(database)
    try:
        await store.load("carnet-pris")
        three = [note(qui, n) for n in (1, 2, 3)]
        appends = [store.append(f"carnet-{n}", 0, [note(qui, 1), note(qui, 2)], CONTEXT) for n in range(30)]
        async with asyncio.timeout(30):
            torn, *others = await asyncio.gather(
                store.append("carnet-pris", 0, three, CONTEXT), *appends, return_exceptions=True
            )
        assert isinstance(torn, Conflict)
        assert [other.version for other in others if not isinstance(other, BaseException)] == [2] * 30
        assert len(await store.load("carnet-pris")) == 1
    finally:
        await database.close()


async def test_deux_processus_qui_se_disputent_les_memes_flux_ne_se_bloquent_pas(
    journal: Database, database_url: str
) -> None:
    """Each gives them in an order of its own: a row that the other is writing is waited for."""
    databases = [Database(database_url) for _ in range(2)]
    stores = [carnet.open_store(database) for database in databases]
    qui = uuid4()
    try:
        for version in range(40):
            streams = [f"carnet-{n}" for n in range(20)]
            outcomes = await asyncio.gather(
                *(stores[0].append(s, version, [note(qui, version + 1)], CONTEXT) for s in streams),
                *(stores[1].append(s, version, [note(qui, version + 1)], CONTEXT) for s in streams[::-1]),
                return_exceptions=True,
            )
            assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 20
    finally:
        for database in databases:
            await database.close()
    async with journal.raw() as connection:
        deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
        assert await connection.fetchval(deadlocks) == 0


async def test_l_import_en_masse_ne_laisse_pas_de_trou(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui = uuid4()
    with pytest.raises(Conflict):
        await store.append_bulk([("carnet-a", 0, [note(qui, 1)]), ("carnet-a", 4, [note(qui, 5)])], CONTEXT)
    assert await store.load("carnet-a") == []
    assert await store.append_bulk([("carnet-a", 0, [])], CONTEXT) == 0


async def test_plusieurs_commandes_se_decident_ensemble_chacune_avec_sa_reponse(journal: Database) -> None:
    store = carnet.open_store(journal)
    un, deux = CarnetId(uuid4()), CarnetId(uuid4())
    await store.execute(CARNET(deux), FermerCarnet(deux), CONTEXT)
    reponses = await store.execute_many(
        [
            Intent(CARNET(un), AjouterNotes(un, ("a", "b"))),
            Intent(CARNET(deux), AjouterNotes(deux, ("refusée",))),
            Intent(CARNET(un), AjouterNotes(un, ("c",))),
            Intent(CARNET(deux), FermerCarnet(deux)),
        ],
        CONTEXT,
    )
    match reponses:
        case [
            Written(version=2, changed=True),
            CarnetDejaFerme(),
            Written(version=3),
            Written(changed=False),
        ]:
            pass
        case autre:
            pytest.fail(f"{autre}")
    assert (await store.state(CARNET(un)))[0].notes == 3


async def test_des_commandes_ensemble_face_a_un_autre_ecrivain_ne_perdent_rien(journal: Database) -> None:
    store = carnet.open_store(journal)
    ids = [CarnetId(uuid4()) for _ in range(20)]

    async def ecrire(nom: str) -> None:
        intents = [Intent(CARNET(c), AjouterNotes(c, (f"{nom} {n}",))) for n in range(5) for c in ids]
        for reponse in await store.execute_many(intents, CONTEXT):
            assert isinstance(reponse, Written)

    await asyncio.gather(ecrire("un"), ecrire("deux"), ecrire("trois"))
    assert [(await store.state(CARNET(c)))[0].notes for c in ids] == [15] * 20


async def test_toutes_ou_aucune_une_commande_refusee_n_en_laisse_passer_aucune(journal: Database) -> None:
    store = carnet.open_store(journal)
    un, deux = CarnetId(uuid4()), CarnetId(uuid4())
    await store.execute(CARNET(deux), FermerCarnet(deux), CONTEXT)
    ensemble = [
        Intent(CARNET(un), AjouterNotes(un, ("a",))),
        Intent(CARNET(deux), AjouterNotes(deux, ("refusée",))),
    ]
    with pytest.raises(SomeRefused) as refus:
        await store.execute_whole(ensemble, CONTEXT)
    assert list(refus.value.refusals) == [1]
    assert await store.load(f"carnet-{un}") == []
    [ecrit] = await store.execute_whole(ensemble[:1], CONTEXT)
    assert (ecrit.version, ecrit.changed) == (1, True)
    # Made from what one of them said then: it is not decided again on what it says now.
    perimee = replace(ensemble[0], expected=0)
    with pytest.raises(Conflict):
        await store.execute_whole([perimee], CONTEXT)
    [apart] = await store.execute_many([perimee], CONTEXT)
    assert isinstance(apart, Conflict)
    [suite] = await store.execute_whole([replace(perimee, expected=1)], CONTEXT)
    assert suite.version == 2


async def test_toutes_ou_aucune_face_a_un_autre_ecrivain_reste_entier(journal: Database) -> None:
    """Whoever comes second finds the notebook closed: none of his notes is anywhere."""
    store = carnet.open_store(journal)
    ids = [CarnetId(uuid4()) for _ in range(30)]

    async def ecrire(nom: str) -> bool:
        notes = [Intent(CARNET(c), AjouterNotes(c, (nom,))) for c in ids]
        fermetures = [Intent(CARNET(c), FermerCarnet(c)) for c in ids]
        try:
            await store.execute_whole([*notes, *fermetures], CONTEXT)
        except SomeRefused:
            return False
        return True

    passes = await asyncio.gather(*(ecrire(nom) for nom in ("un", "deux", "trois")))
    assert passes.count(True) == 1
    assert [(await store.state(CARNET(c)))[0].notes for c in ids] == [1] * 30


async def test_les_flux_qui_portent_un_fait_se_retrouvent_par_ses_champs(journal: Database) -> None:
    store = carnet.open_store(journal)
    un, deux = CarnetId(uuid4()), CarnetId(uuid4())
    for carnet_id in (un, deux):
        await store.execute(CARNET(carnet_id), AjouterNotes(carnet_id, ("a", "b")), CONTEXT)
    assert await store.streams_with(CARNET, NoteAjoutee, carnet_id=un) == [CARNET(un)]
    assert await store.streams_with(CARNET, NoteAjoutee, titre="b") == [CARNET(un), CARNET(deux)]
    assert await store.streams_with(CARNET, NoteAjoutee, titre="' or true --") == []


async def test_qui_tient_ce_qui_est_unique_se_lit_dans_le_journal(journal: Database) -> None:
    store = carnet.open_store(journal)
    qui, cle = CarnetId(uuid4()), Claim("titre", b"unique")
    await store.execute(CARNET(qui), AjouterNotes(qui, ("a",)), CONTEXT, claims=[cle])
    assert await store.holder(cle) == CARNET(qui).name
    assert await store.held(CARNET(qui), ["titre", "autre"]) == [cle]
    assert await store.holder(Claim("titre", b"libre")) is None


async def test_un_flux_tenu_par_une_transaction_ne_fait_attendre_que_lui(
    journal: Database, database_url: str
) -> None:
    """Another process has written to it, and neither committed nor gone: for as long as it likes."""
    store, qui = carnet.open_store(journal), uuid4()
    other = Database(database_url)
    async with other.raw() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            """insert into events (id, stream, version, type, schema_version, data, metadata)
               values (gen_random_uuid(), 'carnet-tenu', 1, 'CarnetFerme', 1, '{}', '{}')"""
        )
        held = [
            asyncio.create_task(store.append("carnet-tenu", 0, [note(qui, 1)], CONTEXT)) for _ in range(3)
        ]
        # Each round would wait for the whole time that a statement has.
        async with asyncio.timeout(45):
            for round_ in range(30):
                await asyncio.gather(
                    *(store.append(f"carnet-{round_}-{n}", 0, [note(qui, 1)], CONTEXT) for n in range(5))
                )
        assert not any(task.done() for task in held)
        await transaction.rollback()
    outcomes = await asyncio.gather(*held, return_exceptions=True)
    assert sum(isinstance(outcome, Written) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2
    await other.close()


async def test_un_identifiant_deja_pris_par_un_autre_fait_est_un_conflit(journal: Database) -> None:
    store, qui = carnet.open_store(journal), uuid4()
    event_id = uuid_utils.uuid7()

    async def write(stream: str, expected: int, rang: int) -> Written:
        return await store.append(stream, expected, [note(qui, rang)], CONTEXT, ids=[event_id])

    first = await write("carnet-a", 0, 1)
    assert (await write("carnet-a", 0, 1)).position == first.position
    for stream, expected, rang in (("carnet-a", 0, 2), ("carnet-b", 0, 1), ("carnet-a", 1, 1)):
        with pytest.raises(Conflict):
            await write(stream, expected, rang)
    assert len(await store.load("carnet-a")) == 1


async def test_le_meme_identifiant_sur_deux_flux_a_la_fois_n_en_ecrit_qu_un(journal: Database) -> None:
    """In one batch; and the same append twice in it, which is a repeat."""
    store, qui = carnet.open_store(journal), uuid4()
    event_id = uuid_utils.uuid7()
    outcomes = await asyncio.gather(
        *(
            store.append(stream, 0, [note(qui, 1)], CONTEXT, ids=[event_id])
            for stream in ("carnet-a", "carnet-b", "carnet-a")
        ),
        return_exceptions=True,
    )
    written = [outcome for outcome in outcomes if isinstance(outcome, Written)]
    assert [type(outcome) for outcome in outcomes] == [Written, Conflict, Written]
    assert written[0].position == written[1].position
    assert len(await store.load("carnet-a")) == 1
    assert await store.load("carnet-b") == []


async def test_personne_n_est_repondu_avant_le_commit(journal: Database) -> None:
    """What the commit refuses was not written: whoever asked for it is told so."""
    async with journal.raw() as connection:
        await connection.execute(
            """create function refus() returns trigger language plpgsql as
                 $$ begin raise exception 'au commit'; end $$;
               create constraint trigger refus after insert on events deferrable initially deferred
                 for each row execute function refus()"""
        )
    store, qui = carnet.open_store(journal), CarnetId(uuid4())
    facts: list[carnet.Event] = [NoteAjoutee(qui, n, "note") for n in (1, 2, 3)]
    for count in (1, 3):
        with pytest.raises(asyncpg.RaiseError):
            await store.append(f"carnet-{qui}", 0, facts[:count], CONTEXT)
    assert await store.load(f"carnet-{qui}") == []


async def test_un_ajout_entier_prend_et_rend_ce_qui_est_unique(journal: Database) -> None:
    store = carnet.open_store(journal)
    un, deux, cle = CarnetId(uuid4()), CarnetId(uuid4()), Claim("titre", b"entier")
    ajout = [Intent(CARNET(un), AjouterNotes(un, ("a",)))]
    await store.execute_whole(ajout, CONTEXT, claims=[cle])
    with pytest.raises(ClaimTaken):
        await store.execute_whole([Intent(CARNET(deux), AjouterNotes(deux, ("b",)))], CONTEXT, claims=[cle])
    await store.execute_whole(ajout, CONTEXT, releases=[cle])
    assert await store.holder(cle) is None
