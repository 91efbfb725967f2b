"""p99 de forwardAuth (`/auth/verifier`) à 500 demandes par seconde, face à une application vide sur uvicorn.

Les deux reçoivent la même charge, en alternance, dans la même exécution : le rapport dit ce que coûte la
question, et non la machine. L'attente d'une demande qui n'a pas pu partir à l'heure compte dans sa durée.
"""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvicorn
from embedded.runtime import Platform
from events.ops.servers import free_port
from moteur.http import attendre
from moteur.processus import Cote, run

from identite_mesure.plateforme import allumee, personne

PAR_SECONDE = 500
SECONDES = 10
TOURS = 3
SESSIONS = 20
_CANAUX = 32
_CHAUFFE_SECONDES = 2


async def mesurer(dossier: Path, nombre: int) -> dict[str, Any]:
    """Médianes des tours. rapport_p99 : de la question à l'application vide.   nombre : sessions au plus."""
    async with allumee(dossier / "plateforme") as platform:
        return await _mesurer(platform, min(nombre, SESSIONS))


async def _mesurer(platform: Platform, sessions: int) -> dict[str, Any]:
    cookies = await _sessions(platform, sessions)
    question = "/auth/verifier?audience=activites"
    demandes = [_demande(question, f"Cookie: {c}\r\nX-Forwarded-Method: GET\r\n") for c in cookies]
    nu = free_port()
    vide = Cote(servir, nu)
    tours: list[dict[str, dict[str, float]]] = []
    try:
        await asyncio.to_thread(run, attendre, nu)
        cotes = {
            "vide": (nu, [_demande("/", "")]),
            "verifier": (platform.settings.ports["identity"], demandes),
        }
        for port, textes in cotes.values():
            await asyncio.to_thread(run, charger, port, textes, _CHAUFFE_SECONDES)
        for _ in range(TOURS):
            tours.append(
                {
                    nom: await asyncio.to_thread(run, charger, port, textes, SECONDES)
                    for nom, (port, textes) in cotes.items()
                }
            )
    finally:
        vide.end()
    mesure = {nom: _mediane([tour[nom] for tour in tours]) for nom in tours[0]}
    rapport = statistics.median(tour["verifier"]["p99_ms"] / tour["vide"]["p99_ms"] for tour in tours)
    return {
        "par_seconde": PAR_SECONDE,
        "secondes": SECONDES,
        "tours": TOURS,
        "sessions": sessions,
        **mesure,
        "rapport_p99": round(rapport, 2),
        "barres": {},
    }


async def charger(port: int, demandes: list[bytes], secondes: int) -> dict[str, float]:
    """Une demande toutes les 2 ms, qu'on ait répondu ou non à la précédente."""
    canaux = [await asyncio.open_connection("127.0.0.1", port) for _ in range(_CANAUX)]
    durees: list[float] = []
    rangs = iter(range(PAR_SECONDE * secondes))
    depart = time.perf_counter() + 0.05

    async def canal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for rang in rangs:
            due = depart + rang / PAR_SECONDE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(demandes[rang % len(demandes)])
            await _lue(reader)
            durees.append(time.perf_counter() - due)

    try:
        async with asyncio.timeout(secondes * 10):
            await asyncio.gather(*(canal(*c) for c in canaux))
    finally:
        for _, writer in canaux:
            writer.close()
    tenu = len(durees) / (time.perf_counter() - depart)
    centiles = statistics.quantiles(durees, n=1000)
    return {
        "p50_ms": round(1e3 * centiles[499], 2),
        "p99_ms": round(1e3 * centiles[989], 2),
        "tenu_par_seconde": round(tenu, 1),
    }


async def servir(port: int) -> None:
    """Une application qui répond 200, sur l'uvicorn des services."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    await uvicorn.Server(config).serve()


async def _sessions(platform: Platform, nombre: int) -> list[str]:
    """Les cookies de personnes connectées."""
    async with AsyncExitStack() as stack:
        cookies: list[str] = []
        for n in range(nombre):
            qui = await personne(platform, stack, f"verifiee{n}")
            await qui.sign_in()
            cookies.append(qui.cookies())
    return cookies


def _demande(chemin: str, entetes: str) -> bytes:
    return f"GET {chemin} HTTP/1.1\r\nHost: 127.0.0.1\r\n{entetes}\r\n".encode()


async def _lue(reader: asyncio.StreamReader) -> None:
    tete = await reader.readuntil(b"\r\n\r\n")
    longueur = next(
        (int(x.split(b":")[1]) for x in tete.lower().split(b"\r\n") if x.startswith(b"content-length")), 0
    )
    corps = await reader.readexactly(longueur)
    if not tete.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{tete.splitlines()[0].decode()} : {corps[:200].decode()}")


def _mediane(tours: list[dict[str, float]]) -> dict[str, float]:
    return {nom: statistics.median(tour[nom] for tour in tours) for nom in tours[0]}
