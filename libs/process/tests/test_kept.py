"""Une valeur lue ailleurs : servie vieille, relue par une seule demande, ses échecs retenus."""

import asyncio

import pytest
from process.kept import Kept, Unread


class Source:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asked = 0
        self.failure: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def read(self) -> int:
        self.asked += 1
        number = self.asked
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        return number

    def kept(self) -> Kept[int]:
        return Kept("essai", self.read, fresh=600, usable=3600, monotonic=lambda: self.seconds)


async def test_sans_rien_a_servir_on_attend_et_une_seule_demande_est_faite() -> None:
    source = Source()
    source.open.clear()
    kept = source.kept()
    asked = [asyncio.create_task(kept.get()) for _ in range(5)]
    await asyncio.sleep(0.01)
    asked[0].cancel()
    source.open.set()
    assert await asyncio.gather(*asked[1:]) == [1] * 4
    assert source.asked == 1


async def test_une_vieille_valeur_est_servie_pendant_qu_une_seule_demande_la_relit() -> None:
    source = Source()
    kept = source.kept()
    assert await kept.get() == 1
    source.seconds = 601
    source.open.clear()
    assert [await kept.get() for _ in range(5)] == [1] * 5
    source.open.set()
    await kept.again()
    assert (await kept.get(), source.asked) == (2, 2)


async def test_un_echec_est_retenu_et_la_vieille_valeur_gardee_un_temps() -> None:
    source = Source()
    kept = source.kept()
    assert await kept.get() == 1
    source.failure = OSError()
    source.seconds = 601
    for _ in range(5):
        assert await kept.get() == 1
        await kept.again()
    assert source.asked == 2
    source.seconds = 632
    assert await kept.get() == 1
    await kept.again()
    assert source.asked == 3
    source.seconds = 3601
    with pytest.raises(Unread) as unread:
        await kept.get()
    assert unread.value.failure is source.failure


async def test_une_premiere_lecture_qui_echoue_est_retentee_de_plus_en_plus_rarement() -> None:
    source = Source()
    source.failure = OSError()
    kept = source.kept()
    asked_at: list[float] = []
    while source.seconds < 100:
        before = source.asked
        with pytest.raises(Unread):
            await kept.get()
        if source.asked > before:
            asked_at.append(source.seconds)
        source.seconds += 0.5
    assert asked_at == [0, 1, 3, 7, 15, 31, 61, 91]


async def test_ce_qui_est_oublie_ne_revient_pas_par_une_lecture_en_cours() -> None:
    source = Source()
    source.open.clear()
    kept = source.kept()
    late = asyncio.create_task(kept.get())
    await asyncio.sleep(0.01)
    kept.forget()
    source.open.set()
    with pytest.raises(Unread):
        await late
    assert await kept.get() == 2
    await kept.close()
