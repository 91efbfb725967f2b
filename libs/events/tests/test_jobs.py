"""Les passages réguliers : un seul à la fois, à l'heure de l'horloge, une ligne fautive n'arrête qu'elle."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from carnet import CarnetDejaFerme
from events.jobs import DONE, MINUTES_5, Job, Runner, Tally, ask, each
from events.postgres.database import Database

MIDI = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


class Banc:
    """Copies of a service that has one job."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = MIDI
        self.passages = 0

    def copie(self, work: Callable[[], Awaitable[Tally]] | None = None) -> Runner[None]:
        async def rien(_: None) -> Tally:
            raise AssertionError("the runner is given its work bound")

        return Runner(self.database, Job("essai", MINUTES_5, rien), work or self.passer, lambda: self.now)

    async def passer(self) -> Tally:
        self.passages += 1
        return Tally(done=2)

    async def etat(self) -> Any:
        async with self.database.raw() as connection:
            return await connection.fetchrow("select * from jobs where name = 'essai'")


@pytest.fixture
def banc(journal: Database) -> Banc:
    return Banc(journal)


async def test_un_passage_attend_son_heure(banc: Banc) -> None:
    assert await banc.copie().step()
    assert not await banc.copie().step()
    banc.now = MIDI + MINUTES_5 - dt.timedelta(microseconds=1)
    assert not await banc.copie().step()
    banc.now = MIDI + MINUTES_5
    assert await banc.copie().step()
    etat = await banc.etat()
    assert (banc.passages, etat["outcome"], etat["done"], etat["refused"]) == (2, DONE, 2, 0)
    assert etat["next_run"] == MIDI + 2 * MINUTES_5


async def test_une_seule_copie_passe_a_la_fois(banc: Banc) -> None:
    commence, finir = asyncio.Event(), asyncio.Event()

    async def long() -> Tally:
        commence.set()
        await finir.wait()
        return await banc.passer()

    premiere = asyncio.create_task(banc.copie(long).step())
    await commence.wait()
    assert not await banc.copie().step()
    finir.set()
    assert await premiere
    assert not await banc.copie().step()
    assert banc.passages == 1


async def test_le_tour_d_une_copie_morte_est_rendu(banc: Banc) -> None:
    commence = asyncio.Event()

    async def long() -> Tally:
        commence.set()
        await asyncio.Event().wait()
        return Tally()

    morte = asyncio.create_task(banc.copie(long).step())
    await commence.wait()
    morte.cancel()
    await asyncio.gather(morte, return_exceptions=True)
    async with asyncio.timeout(60):
        while not await banc.copie().step():
            await asyncio.sleep(0.01)
    assert banc.passages == 1


async def test_un_passage_qui_tombe_le_dit_et_recommence_plus_tot(banc: Banc) -> None:
    async def tomber() -> Tally:
        raise KeyError("Zoé Canari")

    assert await banc.copie(tomber).step()
    etat = await banc.etat()
    assert etat["outcome"].startswith("KeyError test_jobs.py:")
    assert "Canari" not in str(dict(etat))
    banc.now = MIDI + dt.timedelta(minutes=1)
    assert await banc.copie().step()
    assert (await banc.etat())["outcome"] == DONE


async def test_un_passage_demande_se_fait_aussitot(banc: Banc) -> None:
    await banc.copie().step()
    async with banc.database.raw() as connection:
        assert await ask(connection, "essai") == (await banc.etat())["ended_at"]
    assert await banc.copie().step()
    assert banc.passages == 2


async def test_une_ligne_fautive_n_arrete_pas_les_autres(banc: Banc) -> None:
    faites: list[int] = []

    async def faire(ligne: int) -> bool:
        if ligne == 2:
            raise CarnetDejaFerme
        faites.append(ligne)
        return ligne != 3

    assert await each("essai", [1, 2, 3, 4], faire) == Tally(done=2, refused=1)
    assert faites == [1, 3, 4]


async def test_un_serveur_parti_n_est_la_faute_d_aucune_ligne(banc: Banc) -> None:
    async def faire(ligne: int) -> bool:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await each("essai", [1, 2], faire)
