"""Deux répliques d'activites derrière la vraie passerelle : qui lit ne sait pas laquelle répond."""

import asyncio
import datetime as dt
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import httpx2
from embedded import etapes, refus, traefik
from embedded.journal import Journal
from embedded.probe import http_ready
from embedded.process import Process, Program
from embedded.runtime import Platform
from embedded.state import State
from embedded.supervisor import Supervisor
from events.ops.servers import free_port
from scene import ATTENTE, Scene

BIS = "activites-bis"
DE_SUITE = 10
_COMPTE_LE = re.compile(rb'"a_jour_au":"[^"]*"')
_SERVIES = re.compile(r'^http_requests_total\{[^}]*route="/statistiques"[^}]*\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Deux:
    """adresse : de la passerelle qui les sert.   ports : celui de chacune.   seconde : son processus."""

    adresse: str
    ports: tuple[int, int]
    seconde: Process

    async def servies(self, client: httpx2.AsyncClient) -> list[float]:
        """Lectures des chiffres que chacune a servies."""
        lues = [(await client.get(f"http://127.0.0.1:{port}/metrics")).text for port in self.ports]
        return [sum(map(float, _SERVIES.findall(texte))) for texte in lues]


@asynccontextmanager
async def doublee(plateforme: Platform, dossier: Path) -> AsyncGenerator[Deux]:
    """Une seconde réplique, avec son propre fichier de chiffres, et une passerelle devant les deux."""
    port, refusals = free_port(), await refus.serve()
    propres = {nom: free_port() for nom in ("passerelle", "interne", "traefik")}
    devant = replace(plateforme.settings, folder=dossier, ports={**plateforme.settings.ports, **propres})
    replique = Program(
        BIS,
        (sys.executable, "-m", "activites", "all"),
        lambda _: http_ready(port, "/sante/pret"),
        environment={
            **plateforme.environment("activites"),
            "PORT": str(port),
            "STATISTIQUES_FICHIER": str(dossier / "bis.duckdb"),
        },
    )
    passerelle = traefik.program(devant, refus.port_of(refusals))
    les_deux = {**passerelle.environment, "COOP_REPLIQUES_ACTIVITES": f" 127.0.0.1:{port}, "}
    journal = Journal(dossier / "journaux", verbose=False, out=sys.stderr)
    state = State(dossier)
    assert state.take()
    state.open(devant.ports)
    programs = [replique, replace(passerelle, needs=(BIS,), environment=les_deux)]
    supervisor = Supervisor(programs, dossier, journal, state)
    try:
        await supervisor.start()
        ports = (plateforme.settings.ports["activites"], port)
        yield Deux(devant.public_url, ports, supervisor.processes[BIS])
    finally:
        await supervisor.stop()
        refusals.close()
        state.close()
        journal.close()


async def test_deux_repliques_derriere_la_passerelle_disent_les_memes_chiffres_a_la_meme_position(
    plateforme: Platform, scene: Scene, tmp_path: Path
) -> None:
    """Pendant que la personne écrit ; et l'une tuée, l'autre répond seule."""
    qui = await scene.inscrite("Double", "mediateur")
    lire = {"Cookie": qui.cookies()}
    async with (
        doublee(plateforme, tmp_path / "bis") as deux,
        httpx2.AsyncClient(base_url=deux.adresse, timeout=60) as client,
    ):

        async def lue(position: str) -> bytes:
            """Le corps, sans l'instant où il a été compté."""
            async with asyncio.timeout(ATTENTE):
                while True:
                    reponse = await client.get("/statistiques", headers=lire | {"X-Position": position})
                    assert reponse.status_code == 200, reponse.text
                    if "x-position-atteinte" not in reponse.headers:
                        return _COMPTE_LE.sub(b"", reponse.content)

        for rang in range(1, 5):
            corps = etapes.individuel(dt.datetime.now(dt.UTC).date(), etapes.A_DOMICILE)
            reponse = await qui.demander("POST", "/activites", {**corps, "id": str(uuid4())})
            assert reponse.status_code == 201, reponse.text
            position = reponse.headers["x-position"]
            dites = {await lue(position) for _ in range(DE_SUITE)}
            assert len(dites) == 1
            assert b'"total":%d' % rang in dites.pop()
        assert min(await deux.servies(client)) >= DE_SUITE

        deux.seconde.give_up()
        assert deux.seconde.pid is not None
        os.kill(deux.seconde.pid, signal.SIGKILL)
        async with asyncio.timeout(ATTENTE):
            suite = 0
            while suite < DE_SUITE:
                suite = suite + 1 if (await client.get("/statistiques", headers=lire)).is_success else 0
