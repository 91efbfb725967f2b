"""Allumer, éteindre, tuer, rallumer : rien ne se perd, rien ne reste."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest
from allumage import SCRIPT, Allumage, allumer
from embedded.state import birth_of


def _url(lit: Allumage, service: str = "identity") -> str:
    password = lit.secret(f"postgres/{service}")
    return f"postgresql://{service}:{password}@127.0.0.1:{lit.ports['postgres']}/{service}"


async def _write(lit: Allumage) -> None:
    connection = await asyncpg.connect(_url(lit))
    await connection.execute("CREATE TABLE IF NOT EXISTS faits (n int)")
    await connection.execute("INSERT INTO faits VALUES (1)")
    await connection.close()
    client = await nats.connect(
        f"nats://127.0.0.1:{lit.ports['nats']}",
        user="identity",
        password=lit.secret("nats/identity"),
        inbox_prefix="_INBOX.identity",
    )
    await client.jetstream().publish("identity.CompteOuvert.v1.3._", b"{}")
    await client.close()


async def _kept(lit: Allumage) -> tuple[int, int]:
    """(rows in PostgreSQL, messages in JetStream)."""
    connection = await asyncpg.connect(_url(lit))
    rows = await connection.fetchval("SELECT count(*) FROM faits")
    await connection.close()
    client = await nats.connect(
        f"nats://127.0.0.1:{lit.ports['nats']}",
        user="identity",
        password=lit.secret("nats/identity"),
        inbox_prefix="_INBOX.identity",
    )
    info = await client.jetstream().stream_info("IDENTITY")
    await client.close()
    return rows, info.state.messages


def _gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=60)
    return not alive


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_un_arret_demande_ne_laisse_aucun_processus(tmp_path: Path, sign: signal.Signals) -> None:
    with allumer(tmp_path) as lit:
        family = lit.ready().family()
        assert len(family) > 8
        os.kill(lit.process.pid, sign)
        assert lit.ended() == 0
        assert _gone(family)
        assert not (tmp_path / "etat.json").exists()


type Moment = Callable[[int, Path], bool]
MOMENTS: dict[str, Moment] = {
    "pendant les imports": lambda pid, _: "_psutil" in Path(f"/proc/{pid}/maps").read_text(),
    "le dossier est pris": lambda _, folder: (folder / "verrou").exists(),
    "PostgreSQL se prépare": lambda _, folder: (folder / "postgres").exists(),
    "NATS démarre": lambda _, folder: _recorded(folder, "nats"),
    "un service démarre": lambda _, folder: _recorded(folder, "identity"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_pendant_le_demarrage_se_dit_en_francais_et_ne_laisse_rien(
    tmp_path: Path, moment: str
) -> None:
    folder = tmp_path / "donnees"
    with allumer(folder, script=("-m", "embedded")) as lit:
        limit = time.monotonic() + 120
        while not MOMENTS[moment](lit.process.pid, folder) and time.monotonic() < limit:
            assert lit.process.poll() is None, lit.lines
            time.sleep(0.005)
        family = lit.family()
        os.kill(lit.process.pid, signal.SIGINT)
        assert lit.ended() == 130
        assert _gone(family)
        said = "\n".join(lit.lines)
    assert "Traceback" not in said
    assert "Arrêt demandé" in said
    assert not (folder / "etat.json").exists()
    with allumer(folder, "stop") as stop:
        assert stop.ended() == 0
        assert stop.lines == ["Aucune plateforme n’est allumée."]


def _recorded(folder: Path, name: str) -> bool:
    try:
        return f'"name": "{name}"' in (folder / "etat.json").read_text()
    except FileNotFoundError:
        return False


async def test_les_donnees_survivent_a_un_arret_puis_a_un_kill_de_tout(tmp_path: Path) -> None:
    with allumer(tmp_path, COOP_DURABLE="oui") as lit:
        await _write(lit.ready())
        ports = lit.ports
    with allumer(tmp_path, COOP_DURABLE="oui") as lit:
        assert await _kept(lit.ready()) == (1, 1)
        assert lit.ports == ports, "les ports tirés la première fois sont gardés avec les données"
        await _write(lit)
        for process in lit.family():
            # The supervisor dies first: some of the others are quicker than we are.
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        lit.ended()
    with allumer(tmp_path) as lit:
        assert await _kept(lit.ready()) == (2, 2)


async def test_root_sans_espace_de_noms_laisse_postgresql_a_nobody(
    tmp_path: Path,
) -> None:
    """Pour un autre compte que root, ces réglages ne changent rien : rien n'est à quitter."""
    for mode in ("nobody", "auto"):
        with allumer(tmp_path, COOP_POSTGRES_ROOT=mode) as lit:
            await _write(lit.ready())
            owner = psutil.Process(lit.pid("postgres")).uids().effective
            assert owner == (65534 if mode == "nobody" and os.geteuid() == 0 else os.geteuid())
            assert await _kept(lit) in {(1, 1), (2, 2)}


def test_le_superviseur_tue_seul_la_plateforme_repart(tmp_path: Path) -> None:
    with allumer(tmp_path) as lit:
        family = lit.ready().family()
        lit.process.kill()
        with allumer(tmp_path) as again:
            again.ready()
            assert _gone(family)


def test_un_orphelin_est_arrete_et_un_pid_repris_par_un_autre_est_laisse(tmp_path: Path) -> None:
    with allumer(tmp_path) as lit:
        lit.ready()
    orphan = subprocess.Popen(["sleep", "60"])
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        recorded = [
            {"name": "nats", "pid": orphan.pid, "birth": birth_of(orphan.pid)},
            # A pid given to somebody else since: its birth is not the recorded one.
            {"name": "traefik", "pid": stranger.pid, "birth": "autre-demarrage/12"},
        ]
        (tmp_path / "etat.json").write_text(json.dumps({"ports": {}, "processus": recorded}))
        # PostgreSQL would refuse to start beside a pid file that names a living process.
        pid_file = tmp_path / "postgres" / "pgdata" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n0\n54321\n\n127.0.0.1\n0 0\nready\n")
        with allumer(tmp_path) as lit:
            lit.ready()
            lit.said("Un arrêt brutal a laissé des programmes en marche : nats")
            assert orphan.wait(5) == -signal.SIGTERM
            assert stranger.poll() is None
    finally:
        for process in (orphan, stranger):
            process.kill()
            process.wait()


def test_une_seconde_plateforme_sur_le_meme_dossier_est_refusee(plateforme: Allumage) -> None:
    with allumer(plateforme.folder) as second:
        assert second.ended() == 2
        assert f"déjà allumée (pid {plateforme.process.pid})" in second.lines[0]
    assert plateforme.process.poll() is None


def test_le_port_pris_est_nomme_avec_qui_le_tient_et_la_variable_qui_le_change(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with allumer(tmp_path, COOP_PORT_NATS=str(port)) as lit:
            assert lit.ended() == 2
            said = "\n".join(lit.lines)
    assert f"Le port {port} (NATS) est déjà pris par" in said
    assert f"(pid {os.getpid()})" in said
    assert "COOP_PORT_NATS=" in said


def test_deux_ports_egaux_sont_refuses(tmp_path: Path) -> None:
    with allumer(tmp_path, COOP_PORT="8123", COOP_PORT_NATS="8123") as lit:
        assert lit.ended() == 2
        assert "désignent le même port 8123" in lit.lines[0]


@pytest.mark.parametrize("folder", ["fichier", "fichier/sous/dossier", "/proc/coop"])
def test_un_dossier_de_donnees_impossible_est_dit_en_une_ligne(tmp_path: Path, folder: str) -> None:
    (tmp_path / "fichier").touch()
    with allumer(tmp_path / folder) as lit:
        assert lit.ended() == 2
        assert len(lit.lines) == 1
        assert lit.lines[0].startswith("COOP_DONNEES : le dossier ")


def test_un_service_qui_ne_demarre_pas_est_cite_et_tout_s_arrete(tmp_path: Path) -> None:
    with allumer(tmp_path, FIGURANT_EN_PANNE="equipes") as lit:
        assert lit.ended() == 1
        said = "\n".join(lit.lines)
    assert "equipes s’est arrêté au démarrage (code 4)" in said
    assert "je ne sais pas démarrer" in said
    assert not (tmp_path / "etat.json").exists()


def test_un_service_qui_meurt_est_relance(plateforme: Allumage) -> None:
    before = plateforme.pid("cartographie")
    os.kill(before, signal.SIGKILL)
    plateforme.said("cartographie s’est arrêté (signal SIGKILL)")
    plateforme.said("cartographie est de nouveau prêt")
    assert plateforme.pid("cartographie") != before
    assert plateforme.get("/lieux").status == 200


async def test_postgresql_et_nats_tues_repartent_avec_leurs_donnees(plateforme: Allumage) -> None:
    await _write(plateforme)
    kept = await _kept(plateforme)
    for name in ("postgres", "nats"):
        os.kill(plateforme.pid(name), signal.SIGKILL)
        plateforme.said(f"{name} est de nouveau prêt")
    assert await _kept(plateforme) == kept


def test_stop_arrete_une_plateforme_restee_allumee(tmp_path: Path) -> None:
    with allumer(tmp_path) as lit:
        family = lit.ready().family()
        with allumer(tmp_path, "stop") as stop:
            assert stop.ended() == 0
            assert stop.lines == ["Plateforme arrêtée."]
        assert lit.ended() == 0
        assert _gone(family)
        with allumer(tmp_path, "stop") as again:
            assert again.ended() == 0
            assert again.lines == ["Aucune plateforme n’est allumée."]


def test_demo_finit_par_un_objet_json_et_les_migrations_ne_sont_faites_qu_une_fois(tmp_path: Path) -> None:
    environment = {**os.environ, "COOP_PORTS": "libres", "COOP_DONNEES": str(tmp_path), "COOP_DURABLE": "non"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, str(SCRIPT), "demo", "--sans-parcours"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1]) == {}
        assert "Premier démarrage :" in done.stdout
    assert (tmp_path / "journaux" / "identity.log").read_text().count("identity a migré") == 1


def test_le_parcours_du_readme_va_au_bout_et_retrouve_tout_ce_qu_il_a_ecrit(tmp_path: Path) -> None:
    environment = {**os.environ, "COOP_PORTS": "libres", "COOP_DONNEES": str(tmp_path), "COOP_DURABLE": "non"}
    done = subprocess.run(
        [sys.executable, "-m", "embedded", "demo", "--mediateurs", "6", "--cra", "61"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *recit, objet = done.stdout.splitlines()
    # A story in French: what the programs log is in their files.
    assert [ligne for ligne in recit if ligne.startswith(("{", "Traceback"))] == []
    dit = json.loads(objet)
    assert (dit["perdus"], dit["activites"]) == (0, 64)
    assert dit["statistiques"]["activites"] == 64


def test_un_parcours_qui_echoue_se_dit_en_francais_et_laisse_la_plateforme_allumee(tmp_path: Path) -> None:
    """Des figurants ne savent pas le suivre."""
    with allumer(tmp_path, "run") as lit:
        lit.ready().said("Le parcours principal n’est pas allé au bout : ")
        assert lit.get("/lieux").status == 200
        assert not any("Traceback" in line for line in lit.lines)
    assert "Traceback" in (tmp_path / "journaux" / "parcours.log").read_text()
    with allumer(tmp_path, "demo") as demo:
        assert demo.ended() == 1
        demo.said("Le parcours principal n’est pas allé au bout : ")


def test_lieux_dit_que_la_plateforme_n_est_pas_allumee(tmp_path: Path) -> None:
    with allumer(tmp_path, "lieux") as lieux:
        assert lieux.ended() == 2
        assert "make run" in lieux.lines[0]


def test_lieux_prend_les_options_de_l_import(tmp_path: Path) -> None:
    with allumer(tmp_path, "lieux", "--configuration", "ailleurs.json") as lieux:
        assert lieux.ended() == 2
        assert "make run" in lieux.lines[0]
