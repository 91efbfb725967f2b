"""Ce qui suit d'un fait : jamais à moitié, jamais deux fois, et un ordre qui échoue n'arrête que lui."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import carnet
import pytest
import rappels
from carnet import CarnetDejaFerme, CarnetFerme, CarnetId, NoteAjoutee
from events.postgres.database import Database
from events.projection import executor as module
from events.projection.executor import Asked, Executor, give_back, purge_ended
from events.projection.guilt import Impossible
from events.projection.manager import Manager, Reaction, order_codec
from events.projection.source import FeedSource
from events.store.appender import Overloaded
from events.store.store import Context
from rappels import MIDI, Compter, Ordre, Rappeler, Suivi

CONTEXT = Context("test", "requete-de-test")
REACTION = Reaction("rappels", rappels, rappels.READS, Ordre, rows=Suivi)


class Banc:
    """A journal, its process manager, and what its orders did."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = carnet.open_store(database)
        self.now = MIDI
        self.faits: list[Asked[Ordre]] = []

    def manager(self) -> Manager:
        """A copy of the service."""
        return Manager(self.database, FeedSource(self.store, "carnets"), REACTION)

    def executor(
        self, perform: Callable[[Asked[Ordre]], Awaitable[None]] | None = None, **options: Any
    ) -> Executor[Any]:
        return Executor(
            self.database,
            "rappels",
            order_codec(REACTION),
            partial(rappels.perform, perform or self.faire),
            author="carnets",
            now=lambda: self.now,
            **options,
        )

    async def faire(self, asked: Asked[Ordre]) -> None:
        self.faits.append(asked)

    async def notes(self, *titres: str) -> CarnetId:
        qui = CarnetId(uuid4())
        faits = [NoteAjoutee(qui, n + 1, titre) for n, titre in enumerate(titres)]
        await self.store.append(f"carnet-{qui}", 0, faits, CONTEXT)
        return qui

    async def fermer(self, qui: CarnetId, version: int) -> None:
        await self.store.append(f"carnet-{qui}", version, [CarnetFerme(qui)], CONTEXT)

    async def lire(self) -> None:
        manager = self.manager()
        while await manager.step():
            pass

    async def sql(self, query: str, *values: object) -> list[Any]:
        async with self.database.raw() as connection:
            return [tuple(row) for row in await connection.fetch(query, *values)]

    async def etats(self) -> dict[str, int]:
        return dict(await self.sql("select state, count(*) from orders group by 1"))


@pytest.fixture
def banc(journal: Database) -> Banc:
    return Banc(journal)


async def test_un_fait_donne_sa_ligne_ses_ordres_et_avance_d_un_coup(banc: Banc) -> None:
    qui = await banc.notes("a", "b")
    await banc.lire()
    assert await banc.sql("select key, data->'row'->>'somme' from reaction_rows") == [(str(qui), "3")]
    assert await banc.etats() == {"waiting": 4}
    while await banc.executor().step():
        pass
    assert {asked.order for asked in banc.faits} == {Compter(qui, "a"), Compter(qui, "b")}
    [premier] = {asked.context.author for asked in banc.faits}
    causes = {asked.context.causation for asked in banc.faits}
    assert (premier, causes) == ("carnets", {r.id for r in await banc.store.load(f"carnet-{qui}")})


async def test_un_ordre_fini_depuis_longtemps_s_oublie_et_ne_revient_pas(banc: Banc) -> None:
    """Those that wait, those that ended since, those whose fact is still to be read stay."""
    await banc.notes("a", "b")
    await banc.lire()
    while await banc.executor().step():
        pass
    assert await banc.etats() == {"done": 2, "waiting": 2}
    [(fini,)] = await banc.sql("select max(ended_at) from orders")
    assert await purge_ended(banc.database, fini - dt.timedelta(days=1)) == 0
    plus_tard = fini + dt.timedelta(days=1)
    await banc.sql("update checkpoints set xid = 0")
    assert await purge_ended(banc.database, plus_tard) == 0
    await banc.sql("update checkpoints set xid = 1::bigint << 60")
    assert await purge_ended(banc.database, plus_tard) == 2
    assert await banc.etats() == {"waiting": 2}


async def test_l_agenda_attend_son_heure(banc: Banc) -> None:
    qui = await banc.notes("a", "b")
    await banc.lire()
    for jours, rappel in ((1, Rappeler(qui, 1)), (2, Rappeler(qui, 2))):
        banc.now = MIDI + dt.timedelta(days=jours, microseconds=-1)
        while await banc.executor().step():
            pass
        banc.faits.clear()
        banc.now = MIDI + dt.timedelta(days=jours)
        assert await banc.executor().step() == 1
        assert [asked.order for asked in banc.faits] == [rappel]


@pytest.mark.parametrize("table", ["reaction_rows", "orders", "checkpoints"])
async def test_coupe_entre_deux_ecritures_rien_n_est_ecrit(banc: Banc, table: str) -> None:
    """Whichever table is written last, the failure of its write takes the others back."""
    qui = await banc.notes("a")
    await banc.lire()
    await banc.notes("b")
    await banc.fermer(qui, 1)
    avant = await _tout(banc)
    await banc.sql(
        "create function coupe() returns trigger language plpgsql as $$"
        " begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$"
    )
    await banc.sql(
        f"create trigger coupe before insert or update or delete on {table}"
        " for each row execute function coupe()"
    )
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, ConnectionError)):
        await banc.lire()
    assert await _tout(banc) == avant
    await banc.sql(f"drop trigger coupe on {table}")
    await banc.lire()
    assert await banc.etats() == {"waiting": 2, "withdrawn": 2}
    assert await banc.sql("select count(*) from reaction_rows") == [(1,)]


async def _tout(banc: Banc) -> list[Any]:
    return [
        await banc.sql(f"select * from {table} order by 1")
        for table in ("reaction_rows", "orders", "checkpoints")
    ]


async def test_une_relecture_depuis_le_debut_ne_donne_aucun_ordre_de_plus(banc: Banc) -> None:
    qui = await banc.notes("a", "b")
    await banc.lire()
    while await banc.executor().step():
        pass
    await banc.fermer(qui, 2)
    await banc.lire()
    attendu = {"done": 2, "withdrawn": 2}
    assert await banc.etats() == attendu
    await banc.sql("update checkpoints set xid = 0, number = 0")
    await banc.lire()
    assert await banc.etats() == attendu
    banc.now = MIDI + dt.timedelta(days=30)
    assert await banc.executor().step() == 0


async def test_un_vieux_retrait_rejoue_ne_retire_pas_ce_qui_l_a_suivi(banc: Banc) -> None:
    qui = await banc.notes("a")
    await banc.fermer(qui, 1)
    await banc.store.append(f"carnet-{qui}", 2, [NoteAjoutee(qui, 2, "b")], CONTEXT)
    await banc.lire()
    assert await banc.etats() == {"waiting": 2, "withdrawn": 2}
    await banc.sql("update checkpoints set xid = 0, number = 0")
    await banc.lire()
    assert await banc.etats() == {"waiting": 2, "withdrawn": 2}


async def test_deux_copies_lisent_ensemble_sans_rien_doubler(banc: Banc) -> None:
    for _ in range(30):
        await banc.notes("a", "b", "c")
    copies = [asyncio.create_task(banc.manager().run()) for _ in range(2)]
    try:
        async with asyncio.timeout(60):
            while (await banc.sql("select count(*) from orders"))[0][0] < 180:
                await asyncio.sleep(0.01)
    finally:
        await _arreter(copies)
    assert await banc.sql("select distinct data->'row'->>'somme' from reaction_rows") == [("6",)]
    assert await banc.etats() == {"waiting": 180}


async def test_un_fait_que_la_fonction_refuse_est_mis_de_cote_seul(banc: Banc) -> None:
    await banc.notes("a", "poison", "c")
    await banc.lire()
    assert await banc.sql("select projection, type, version from parked") == [("rappels", "NoteAjoutee", 2)]
    [(erreur,)] = await banc.sql("select error from parked")
    assert erreur.startswith("KeyError rappels.py:")
    assert await banc.etats() == {"waiting": 4}


async def test_un_ordre_empoisonne_n_arrete_que_lui(banc: Banc) -> None:
    await banc.notes("bon", "mauvais", "bon")

    async def faire(asked: Asked[Ordre]) -> None:
        if asked.order == Compter(asked.order.carnet_id, "mauvais"):
            raise CarnetDejaFerme
        await banc.faire(asked)

    await banc.lire()
    executor = banc.executor(faire)
    assert await executor.step() == 3
    assert len(banc.faits) == 2
    for essai in range(1, 5):
        assert await banc.sql("select attempts, blames from orders where error is not null") == [
            (essai, essai)
        ]
        # The back-off is over.
        await banc.sql("update orders set not_before = '-infinity'")
        assert await executor.step() == 1
    assert await banc.etats() == {"done": 2, "parked": 1, "waiting": 3}
    [(source, erreur, essais)] = await banc.sql("select source, error, attempts from parked")
    assert (source, essais) == ("ordre", 5)
    assert erreur.startswith("CarnetDejaFerme ")


@pytest.mark.parametrize(
    "erreur", [Overloaded(), ConnectionRefusedError(), RuntimeError("un bogue"), TimeoutError()]
)
async def test_une_panne_n_accuse_aucun_ordre_meme_longtemps(banc: Banc, erreur: Exception) -> None:
    await banc.notes("a")
    await banc.lire()

    async def faire(asked: Asked[Ordre]) -> None:
        raise erreur

    for _ in range(20):
        assert await banc.executor(faire).step() == 1
        await banc.sql("update orders set not_before = '-infinity'")
    assert await banc.sql("select attempts, blames, state from orders where attempts > 0") == [
        (20, 0, "waiting")
    ]
    [(dit,)] = await banc.sql("select error from orders where attempts > 0")
    assert dit.startswith(type(erreur).__name__)
    assert await banc.executor().step() == 1
    assert await banc.sql("select state, error from orders where attempts > 0") == [("done", None)]


async def test_l_impossible_est_mis_de_cote_aussitot_puis_rendu(banc: Banc) -> None:
    await banc.notes("a")
    await banc.lire()

    async def faire(asked: Asked[Ordre]) -> None:
        raise Impossible("550 5.1.1")

    assert await banc.executor(faire).step() == 1
    assert await banc.sql("select error from parked") == [("Impossible 550 5.1.1",)]
    assert await banc.executor().step() == 0
    [(numero,)] = await banc.sql("select event_id from parked")
    async with banc.database.raw() as connection:
        await give_back(connection, UUID(str(numero)))
    assert await banc.executor().step() == 1
    assert await banc.sql("select count(*) from parked") == [(0,)]


async def test_un_ordre_lent_ne_retient_pas_les_autres(banc: Banc) -> None:
    for _ in range(20):
        await banc.notes("vite")
    await banc.notes("lent")
    await banc.lire()
    jamais, fini = asyncio.Event(), asyncio.Event()

    async def faire(asked: Asked[Ordre]) -> None:
        if asked.order == Compter(asked.order.carnet_id, "lent"):
            await jamais.wait()
        await banc.faire(asked)
        if len(banc.faits) == 20:
            fini.set()

    tache = asyncio.create_task(banc.executor(faire).run())
    try:
        async with asyncio.timeout(60):
            await fini.wait()
    finally:
        await _arreter([tache])


async def test_deux_executeurs_se_partagent_les_ordres(banc: Banc) -> None:
    for _ in range(50):
        await banc.notes("a")
    await banc.lire()
    executeurs = [asyncio.create_task(banc.executor().run()) for _ in range(2)]
    try:
        async with asyncio.timeout(60):
            while (await banc.etats()).get("done") != 50:
                await asyncio.sleep(0.01)
    finally:
        await _arreter(executeurs)
    assert len({asked.id for asked in banc.faits}) == len(banc.faits) == 50


async def test_l_ordre_d_une_copie_morte_revient_a_l_autre(banc: Banc) -> None:
    await banc.notes("a")
    await banc.lire()
    pris = asyncio.Event()

    async def mourir(asked: Asked[Ordre]) -> None:
        pris.set()
        await asyncio.Event().wait()

    morte = asyncio.create_task(banc.executor(mourir, hold=dt.timedelta(milliseconds=300)).run())
    await pris.wait()
    await _arreter([morte])
    async with asyncio.timeout(60):
        while not banc.faits:
            await banc.executor().step()
            await asyncio.sleep(0.02)
    assert await banc.etats() == {"done": 1, "waiting": 1}


async def test_un_ordre_qui_ne_finit_pas_est_interrompu_avant_d_etre_repris(
    banc: Banc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    await banc.notes("a")
    await banc.lire()

    async def pendre(asked: Asked[Ordre]) -> None:
        await asyncio.Event().wait()

    assert await banc.executor(pendre).step() == 1
    assert await banc.sql("select attempts, blames from orders where error like 'TimeoutError%'") == [(1, 0)]


def test_un_ordre_ne_peut_porter_le_texte_d_une_personne() -> None:
    with pytest.raises(TypeError, match="NoteAjoutee"):
        order_codec(Reaction("rappels", rappels, rappels.READS, NoteAjoutee))


async def _arreter(taches: list[asyncio.Task[None]]) -> None:
    for tache in taches:
        tache.cancel()
    await asyncio.gather(*taches, return_exceptions=True)
