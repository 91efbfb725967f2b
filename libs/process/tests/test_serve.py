"""La vie d'un processus de service : démarrer, s'arrêter, survivre à une tâche qui tombe."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from process.supervisor import Supervisor

PROGRAM = str(Path(__file__).with_name("service_essai.py"))
KEYS = "1:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="


class Service:
    """The process, its port read from its own log, its lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self.port = 0

    async def started(self) -> None:
        assert self.process.stdout is not None
        while not self.port:
            line = (await self.process.stdout.readline()).decode()
            assert line, "le service s'est arrêté"
            self.lines.append(line)
            if '"event": "started"' in line:
                self.port = json.loads(line)["port"]

    async def ready(self) -> tuple[int, dict[str, Any]]:
        async with httpx2.AsyncClient(timeout=60) as client:
            answer = await client.get(f"http://127.0.0.1:{self.port}/sante/pret")
        return answer.status_code, answer.json()

    async def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        out, _ = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, "".join(self.lines) + out.decode()


class Launcher:
    """Starts services, and ends those that a failed test left behind."""

    def __init__(self, folder: Path) -> None:
        self.breakdown = folder / "panne"
        self._started: list[asyncio.subprocess.Process] = []

    async def __call__(self, *arguments: str, **changes: str) -> Service:
        environment = {
            "PATH": "/usr/bin:/bin",
            "PORT": "0",
            "DATABASE_URL": "postgresql://essai@127.0.0.1:1/essai",
            "NATS_URL": "nats://127.0.0.1:1",
            "ISSUER": "http://identity.test",
            "JWKS_URL": "http://127.0.0.1:1/jwks",
            "COFFRE_CLES": KEYS,
            "PANNE": str(self.breakdown),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            PROGRAM,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment | changes,
        )
        self._started.append(process)
        return Service(process)

    async def end(self) -> None:
        for process in self._started:
            if process.returncode is None:
                process.kill()
            await process.communicate()


@pytest_asyncio.fixture
async def launch(tmp_path: Path) -> AsyncIterator[Launcher]:
    launcher = Launcher(tmp_path)
    yield launcher
    await launcher.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_un_service_sarrete_proprement(launch: Launcher, number: int) -> None:
    service = await launch("all")
    await service.started()
    assert await service.ready() == (200, {"statut": "pret"})
    code, out = await service.stop(number)
    assert code == 0
    assert "fermé" in out
    assert '"event": "stopped"' in out


async def test_un_role_sans_application_dit_quand_meme_sa_sante(launch: Launcher) -> None:
    service = await launch("worker")
    await service.started()
    assert (await service.ready())[0] == 200
    assert (await service.stop())[0] == 0


async def test_une_tache_qui_tombe_est_dite_et_relancee(launch: Launcher) -> None:
    launch.breakdown.touch()
    service = await launch("worker")
    await service.started()
    async with asyncio.timeout(60):
        while (await service.ready())[0] != 503:
            await asyncio.sleep(0.05)
        assert (await service.ready())[1]["echecs"] == ["fragile"]
        launch.breakdown.unlink()
        while (await service.ready())[0] != 200:
            await asyncio.sleep(0.05)
    code, out = await service.stop()
    assert code == 0
    assert '"event": "task_crashed"' in out
    assert "RuntimeError: panne" in out


async def test_un_travail_tetu_nempeche_pas_larret(launch: Launcher) -> None:
    service = await launch("worker", TETU="1")
    await service.started()
    code, out = await service.stop()
    assert code == 1, "le fil endormi n'est pas attendu : il aurait fini par rendre 0"
    assert "fermé" in out


async def test_un_demarrage_qui_attend_sarrete_aussi(launch: Launcher) -> None:
    service = await launch("all", LENT="1")
    assert service.process.stdout is not None
    assert await service.process.stdout.readline() == b"construction\n"
    code, out = await service.stop()
    assert code == 0
    assert "started" not in out


async def test_migrer_ne_sert_rien(launch: Launcher) -> None:
    service = await launch("migrer")
    out, _ = await service.process.communicate()
    assert (service.process.returncode, out.decode()) == (0, "migré : essai\n")


async def test_un_role_inconnu_montre_lusage(launch: Launcher) -> None:
    service = await launch("tout")
    _, err = await service.process.communicate()
    assert service.process.returncode == 2
    assert "all|api|worker|migrer" in err.decode()


async def test_l_aide_se_lit_sans_reglage(launch: Launcher) -> None:
    service = await launch("--help", DATABASE_URL="", COFFRE_CLES="")
    out, err = await service.process.communicate()
    assert (service.process.returncode, err) == (0, b"")
    assert "all|api|worker|migrer" in out.decode()


async def test_un_reglage_faux_empeche_de_demarrer(launch: Launcher) -> None:
    service = await launch("all", COFFRE_CLES="1:canari")
    _, err = await service.process.communicate()
    assert service.process.returncode == 2
    assert "COFFRE_CLES" in err.decode()
    assert "canari" not in err.decode()


async def test_un_port_pris_est_dit(launch: Launcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        service = await launch("all", PORT=port)
        _, err = await service.process.communicate()
    assert service.process.returncode == 3
    assert port in err.decode()
    assert "PORT" in err.decode()


async def test_une_tache_qui_finit_est_relancee_elle_aussi() -> None:
    runs = 0
    again = asyncio.Event()

    async def short() -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            again.set()

    supervisor = Supervisor({"short": short})
    supervisor.start()
    async with asyncio.timeout(60):
        await again.wait()
    assert supervisor.failing() == ["short"]
    await supervisor.stop(1)
