"""Connexions par seconde : tout le parcours, par la passerelle et le faux ProConnect, plusieurs à la fois."""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from identite_mesure.plateforme import allumee, personne

A_LA_FOIS = 8
PERSONNES = 200


async def mesurer(dossier: Path, nombre: int) -> dict[str, Any]:
    """Chacune ouvre un compte. La machine porte aussi les navigateurs et le fournisseur : aucune barre."""
    durees: list[float] = []
    async with allumee(dossier / "plateforme") as platform, AsyncExitStack() as stack:
        a_venir = iter([await personne(platform, stack, f"mesure{n}") for n in range(min(nombre, PERSONNES))])

        async def guichet() -> None:
            for qui in a_venir:
                debut = time.perf_counter()
                await qui.sign_in()
                durees.append(time.perf_counter() - debut)

        depart = time.perf_counter()
        await asyncio.gather(*(guichet() for _ in range(A_LA_FOIS)))
        total = time.perf_counter() - depart
    centiles = statistics.quantiles(durees, n=100)
    return {
        "connexions": len(durees),
        "a_la_fois": A_LA_FOIS,
        "par_seconde": round(len(durees) / total, 1),
        "p50_ms": round(1e3 * centiles[49], 1),
        "p99_ms": round(1e3 * centiles[98], 1),
        "barres": {},
    }
