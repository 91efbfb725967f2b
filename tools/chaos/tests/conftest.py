"""Un horaire joué pour de bon, que les essais de ce dossier relisent."""

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio
from chaos.points import IDENTITY, POINTS
from chaos.run import Result, run
from chaos.schedule import CALM, Family, Fault, Schedule
from chaos.snapshot import Snapshot
from chaos.template import prepare_template


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Les bases des services, prêtes à être copiées."""
    dossier = tmp_path_factory.mktemp("modele") / "modele"
    await asyncio.to_thread(prepare_template, dossier)
    return dossier


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def horaire_joue(modele: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Snapshot]:
    """Les quatre services : PostgreSQL, cartographie puis NATS tués, et identity à chacun de ses points."""
    horaire = Schedule(
        number=1,
        seed=3,
        cluster=False,
        twin=False,
        faults=(
            # Away for longer than a writer waits: they all ask again.
            Fault(Family.POSTGRES_KILLED, "", 2.0, 6.0),
            Fault(Family.ROLE_KILLED, "cartographie all", 9.0, 0.5),
            Fault(Family.NATS_KILLED, "", 10.0, 1.5),
        ),
        points=tuple(
            Fault(Family.POINT, point.name, 0.5, 600.0, 2.0) for point in POINTS if point.role in IDENTITY
        ),
        pause=CALM,
    )
    resultat, releve = await run(
        horaire, tmp_path_factory.mktemp("chaos") / "horaire", modele, seconds=1200.0
    )
    assert releve is not None, resultat.findings.all
    return resultat, releve
