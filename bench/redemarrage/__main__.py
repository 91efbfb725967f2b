"""Combien de temps un service tué (kill -9) met à répondre de nouveau, par la vraie passerelle.

`make bench-redemarrage`, ou `PYTHONPATH=bench .venv/bin/python -m redemarrage [TOURS]`. À côté, dans la même
exécution et en alternance : `python -c pass`, la limite de tout redémarrage, et les imports du service seuls.
Écrit bench/redemarrage.json.
"""

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
from embedded import mesures
from embedded.journal import Journal
from embedded.probe import http_ready
from embedded.process import STABLE_SECONDS
from embedded.runtime import Platform
from embedded.settings import SERVICES, from_environment

TOURS = 5
RESULTAT = Path(__file__).parents[1] / "redemarrage.json"
LECTURES = {
    "identity": ("/auth/session", 401),
    "activites": ("/statistiques/publiques", 200),
    "equipes": ("/equipes/nomenclatures", 200),
    "cartographie": ("/lieux/comptage", 200),
}
"""Ce que n'importe qui lit de chaque service, et le statut qui dit qu'il a répondu lui-même."""


async def main(tours: int) -> None:
    with tempfile.TemporaryDirectory(prefix="coop-redemarrage-") as dossier:
        reglages = from_environment({"COOP_PORTS": "libres", "COOP_DONNEES": dossier})
        journal = Journal(reglages.folder / "journaux", verbose=False, out=sys.stderr)
        platform = Platform(reglages, journal)
        platform.open()
        try:
            await platform.start()
            mesurees = {service: await _mesurer(platform, service, tours) for service in SERVICES}
        finally:
            await platform.stop()
            journal.close()
    objet = {"machine": mesures.machine(), "tours": tours, "charge": os.getloadavg()[0], "services": mesurees}
    RESULTAT.write_text(json.dumps(objet, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for service, m in mesurees.items():
        print(f"{service:14}{m['pret_s']:6.2f} s   {m['rapport_a_python']:5.1f} × python -c pass")


async def _mesurer(platform: Platform, service: str, tours: int) -> dict[str, Any]:
    """Médianes, en secondes, de la mort à la première réponse par la passerelle."""
    prets: list[float] = []
    nus: list[float] = []
    imports: list[float] = []
    for _ in range(tours):
        nus.append(await _duree("-c", "pass"))
        imports.append(await _duree("-c", f"import {service}.app"))
        prets.append(await _tuer(platform, service))
    pret, nu = statistics.median(prets), statistics.median(nus)
    return {
        "pret_s": round(pret, 2),
        "pire_s": round(max(prets), 2),
        "imports_s": round(statistics.median(imports), 2),
        "python_s": round(nu, 3),
        "rapport_a_python": round(pret / nu, 1),
    }


async def _tuer(platform: Platform, service: str) -> float:
    """La pause du superviseur double à chaque mort rapprochée : on en attend une loin de la précédente."""
    await asyncio.sleep(STABLE_SECONDS + 1)
    chemin, voulu = LECTURES[service]
    pid = platform.pid(service)
    assert pid is not None, f"{service} n'est pas en marche"
    async with httpx2.AsyncClient(base_url=platform.settings.public_url, timeout=10) as http:
        os.kill(pid, signal.SIGKILL)
        debut = time.perf_counter()

        async def repond() -> bool:
            return platform.pid(service) not in {None, pid} and (await http.get(chemin)).status_code == voulu

        await _jusqu_a(repond)
        duree = time.perf_counter() - debut
    # Ready for those who watch it as well, before the next one falls.
    await _jusqu_a(lambda: http_ready(platform.settings.ports[service], "/sante/pret"))
    return duree


async def _jusqu_a(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.01)


async def _duree(*arguments: str) -> float:
    debut = time.perf_counter()
    await asyncio.to_thread(subprocess.run, [sys.executable, *arguments], check=True)
    return time.perf_counter() - debut


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else TOURS))
