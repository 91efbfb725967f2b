"""Des coupures brutales pendant que l'on saisit : rien d'accepté n'est perdu, ni compté deux fois.

Chacun renvoie son compte rendu, sous le même identifiant, jusqu'à ce qu'il soit accepté.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from embedded.runtime import Platform
from embedded.settings import SERVICES
from scene import Navigateur, Scene, atelier, finit_par, individuel

A_LA_FOIS = 3
"""Comptes rendus qu'une personne envoie en même temps."""
ENTRE_DEUX = 60
"""Comptes rendus acceptés entre deux coupures."""
_PATIENCE = 120.0
"""Secondes, bien plus qu'il n'en faut : une machine chargée prend son temps."""
LECTURES = {
    "identity": "/auth/session",
    "activites": "/activites",
    "equipes": "/equipes",
    "cartographie": "/lieux/comptage",
}

TROUS = """select count(*) from (select stream from events group by stream
           having min(version) <> 1 or max(version) <> count(*)) t"""


@dataclass
class Saisie:
    """Ce qu'un médiateur a envoyé. acceptes : identifiant -> nombre d'accompagnements."""

    qui: Navigateur
    acceptes: dict[str, int] = field(default_factory=dict[str, int])
    refaits: int = 0

    async def saisir(self, fin: asyncio.Event) -> None:
        """Record, one after the other, until told to stop."""
        while not fin.is_set():
            collectif = len(self.acceptes) % 5 == 0
            corps = atelier() if collectif else individuel()
            await self._jusqu_a_l_acceptation(corps)
            self.acceptes[corps["id"]] = 8 if collectif else 1

    async def _jusqu_a_l_acceptation(self, corps: dict[str, Any]) -> None:
        while True:
            try:
                reponse = await self.qui.demander("POST", "/activites", corps)
            except httpx2.TransportError:
                statut = 0
            else:
                statut = reponse.status_code
                # Out of order is no reason to refuse: whatever falls, nobody is told that they are wrong.
                assert statut in {200, 201} or statut >= 500, reponse.text
            if statut in {200, 201}:
                return
            self.refaits += 1
            await asyncio.sleep(0.1)


@dataclass
class Coupures:
    """La plateforme sous la charge, et de quoi la blesser."""

    platform: Platform
    saisies: list[Saisie]

    async def tuer(self, nom: str) -> None:
        """`kill -9`, then wait for it to be back and for the work to go on."""
        pid = self.platform.pid(nom)
        assert pid is not None, f"{nom} n'était pas en marche"
        os.kill(pid, signal.SIGKILL)
        await self._attendre(lambda: self.platform.pid(nom) not in {None, pid})
        await self.acceptes_de_plus(ENTRE_DEUX)

    async def acceptes_de_plus(self, nombre: int) -> None:
        voulus = self._acceptes() + nombre
        await self._attendre(lambda: self._acceptes() >= voulus)

    def _acceptes(self) -> int:
        return sum(len(s.acceptes) for s in self.saisies)

    async def _attendre(self, condition: Any) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not condition():
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="module")
async def mediateurs(scene: Scene) -> list[Navigateur]:
    return [await scene.inscrite(f"Saisie{nom}", "mediateur") for nom in ("A", "B", "C", "D")]


@asynccontextmanager
async def sous_la_charge(platform: Platform, qui: list[Navigateur]) -> AsyncGenerator[Coupures]:
    """Everybody records at once; on leaving, each one's last CRA is accepted."""
    saisies = [Saisie(m) for m in qui]
    fin = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for saisie in saisies:
            for _ in range(A_LA_FOIS):
                group.create_task(saisie.saisir(fin))
        try:
            coupures = Coupures(platform, saisies)
            await coupures.acceptes_de_plus(ENTRE_DEUX)
            yield coupures
        finally:
            fin.set()


async def test_kill_9_du_service_sous_la_charge_ne_perd_rien(
    plateforme: Platform, mediateurs: list[Navigateur]
) -> None:
    avant = await comptees(mediateurs)
    async with sous_la_charge(plateforme, mediateurs) as coupures:
        for _ in range(3):
            await coupures.tuer("activites")
    await rien_n_est_perdu(coupures, avant)


async def test_kill_9_de_la_base_puis_du_bus_sous_la_charge_ne_perd_rien(
    plateforme: Platform, mediateurs: list[Navigateur]
) -> None:
    avant = await comptees(mediateurs)
    async with sous_la_charge(plateforme, mediateurs) as coupures:
        await coupures.tuer("nats")
        await coupures.tuer("postgres")
    await rien_n_est_perdu(coupures, avant)


@pytest.mark.parametrize("service", LECTURES)
async def test_un_vrai_service_tue_se_dit_en_francais_puis_repond_de_nouveau(
    plateforme: Platform, mediateurs: list[Navigateur], service: str
) -> None:
    qui, chemin = mediateurs[0], LECTURES[service]
    assert (await qui.demander("GET", chemin)).status_code == 200
    pid = plateforme.pid(service)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    refus = await finit_par(
        lambda: qui.demander("GET", chemin), lambda reponse: reponse.status_code != 200, _PATIENCE
    )
    assert (refus.status_code, refus.headers["content-type"]) == (503, "application/problem+json")
    assert int(refus.headers["retry-after"]) > 0
    assert refus.json()["title"] == "Le service est momentanément indisponible."
    revenu = await finit_par(
        lambda: qui.demander("GET", chemin), lambda reponse: reponse.status_code == 200, _PATIENCE
    )
    assert revenu.status_code == 200, revenu.text


type Comptes = dict[str, tuple[int, int]]
"""Adresse du médiateur -> activités et accompagnements de ses statistiques."""


async def rien_n_est_perdu(coupures: Coupures, avant: Comptes | None) -> None:
    """What was accepted, and it alone, once, in every projection; and a journal without a hole."""
    saisies = coupures.saisies
    assert avant is not None
    assert sum(s.refaits for s in saisies) > 0, "la coupure n'a gêné personne : elle n'a rien prouvé"
    voulus: Comptes = {
        s.qui.email: (
            avant[s.qui.email][0] + len(s.acceptes),
            avant[s.qui.email][1] + sum(s.acceptes.values()),
        )
        for s in saisies
    }
    gens = [s.qui for s in saisies]
    assert await finit_par(lambda: comptees(gens), lambda vus: vus == voulus, _PATIENCE) == voulus
    for saisie in saisies:
        tout = voulus[saisie.qui.email][0]
        listees = await finit_par(
            lambda qui=saisie.qui: lister(qui), lambda vues, tout=tout: len(vues) >= tout, _PATIENCE
        )
        assert len(listees) == len(set(listees)) == tout
        assert saisie.acceptes.keys() <= set(listees)
        vues = await finit_par(
            lambda qui=saisie.qui: vues_par_equipes(coupures.platform, qui),
            lambda vues, tout=tout: vues >= tout,
            _PATIENCE,
        )
        assert vues == tout
    for service in SERVICES:
        connexion: Any = await asyncpg.connect(coupures.platform.environment(service)["DATABASE_URL"])
        try:
            assert await connexion.fetchval("select count(*) from parked") == 0, f"mis de côté dans {service}"
            assert await connexion.fetchval(TROUS) == 0, f"versions non contiguës dans {service}"
        finally:
            await connexion.close()


async def comptees(gens: list[Navigateur]) -> Comptes | None:
    """Ce que leurs statistiques disent, par la passerelle ; None tant qu'elle ne répond pas."""
    comptes: Comptes = {}
    for qui in gens:
        reponse = await qui.demander("GET", "/statistiques")
        if reponse.status_code != 200:
            return None
        totaux = reponse.json()["totaux"]
        comptes[qui.email] = (totaux["activites"]["total"], totaux["accompagnements"]["total"])
    return comptes


async def lister(qui: Navigateur) -> list[str]:
    """Les identifiants de toutes ses activités, page après page."""
    lus: list[str] = []
    suite = ""
    while True:
        page = await qui.get(f"/activites?limite=200{suite}")
        lus += [a["id"] for a in page["elements"]]
        if page["suivant"] is None:
            return lus
        suite = f"&apres={page['suivant']}"


async def vues_par_equipes(platform: Platform, qui: Navigateur) -> int:
    """Combien de ses activités equipes connaît, par le bus."""
    connexion: Any = await asyncpg.connect(platform.environment("equipes")["DATABASE_URL"])
    try:
        question = "select count(*) from activites_vues where mediateur_id = $1"
        return await connexion.fetchval(question, qui.moi["mediateur_id"])
    finally:
        await connexion.close()
