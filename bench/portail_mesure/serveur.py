"""Le temps du portail lui-même, au-delà des réponses de l'API, et ce qu'un processus rend par seconde."""

import asyncio
import re
import statistics
import time

import httpx2

_TEMPS = re.compile(r"api;desc=\"(\d+)\";dur=([\d.]+), page;dur=([\d.]+)")
TOURS = 120
_CHAUFFE = 15
_ENSEMBLE = 8


async def mesurer(http: httpx2.AsyncClient, chemin: str) -> dict[str, float]:
    """Millisecondes, l'une après l'autre ; puis pages par seconde, huit à la fois."""
    propres: list[float] = []
    api: list[float] = []
    appels = 0
    for tour in range(TOURS + _CHAUFFE):
        lus = _TEMPS.search((await _lire(http, chemin)).headers["server-timing"])
        assert lus is not None, "le portail ne dit plus ce que coûte une page"
        if tour >= _CHAUFFE:
            appels = max(appels, int(lus[1]))
            api.append(float(lus[2]))
            propres.append(float(lus[3]))
    debut = time.perf_counter()
    for _ in range(0, TOURS, _ENSEMBLE):
        await asyncio.gather(*(_lire(http, chemin) for _ in range(_ENSEMBLE)))
    return {
        "propre_p50_ms": round(statistics.median(propres), 1),
        "propre_p95_ms": round(statistics.quantiles(propres, n=20)[-1], 1),
        "api_p50_ms": round(statistics.median(api), 1),
        "appels": appels,
        "pages_par_s": round(TOURS / (time.perf_counter() - debut), 1),
    }


async def _lire(http: httpx2.AsyncClient, chemin: str) -> httpx2.Response:
    reponse = await http.get(chemin)
    if reponse.status_code != 200:
        raise SystemExit(f"{chemin} : {reponse.status_code}")
    return reponse
