"""Une réponse gardée l'est pour tous, jamais d'avant ce que l'on a vu, et ne se perd pas en route."""

import asyncio
from typing import Any

from activites.api.gardes import Gardes
from events.types import Position


def a(position: int) -> dict[str, Any]:
    return {"position": f"activites:1-{position}"}


async def test_une_question_plus_longue_que_sa_garde_se_compte_une_fois_et_ne_se_perd_pas() -> None:
    gardes, ouvrir, comptees = Gardes(0.0), asyncio.Event(), list[str]()

    def compter(cle: str, position: int) -> Any:
        async def lente() -> dict[str, Any]:
            comptees.append(cle)
            await ouvrir.wait()
            return a(position)

        return lente

    longue = [asyncio.create_task(gardes.lire("longue", compter("longue", 1))) for _ in range(3)]
    await asyncio.sleep(0)
    exigeant = asyncio.create_task(
        gardes.lire("longue", compter("longue, plus tard", 2), apres=Position(1, 2))
    )
    autre = asyncio.create_task(gardes.lire("autre", compter("autre", 1)))
    while len(comptees) < 2:
        await asyncio.sleep(0)
    assert comptees == ["longue", "autre"]
    ouvrir.set()
    assert [await une for une in longue] == [a(1)] * 3
    assert (await exigeant, await autre) == (a(2), a(1))
    # Over at once: whoever asks again has it counted again.
    await gardes.lire("longue", compter("longue, encore", 3))
    assert comptees[2:] == ["longue, plus tard", "longue, encore"]
