"""Un horaire joué pour de bon, que les essais de ce dossier relisent."""

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio
from chaos.points import IDENTITY, POINTS, REBUILD, Point
from chaos.run import Result, run
from chaos.schedule import CALM, Family, Fault, Schedule
from chaos.snapshot import Snapshot
from chaos.template import prepare_template

SERVEURS = (
    # Away for longer than a writer waits: they all ask again.
    Fault(Family.POSTGRES_KILLED, "", 2.0, 6.0),
    Fault(Family.ROLE_KILLED, "cartographie all", 9.0, 0.5),
    Fault(Family.NATS_KILLED, "", 10.0, 1.5),
)
APRES = max(panne.end for panne in SERVEURS)


def mort(point: Point) -> Fault:
    """Chaque point ; ceux d'une commande, une fois les serveurs revenus : elle ne les attend pas."""
    start = APRES if point.role == REBUILD else 0.5
    passage = min(point.passages, 2 if point.role in IDENTITY else 5)
    return Fault(Family.POINT, point.name, start, 1500.0, float(passage))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Les bases des services, prêtes à être copiées."""
    dossier = tmp_path_factory.mktemp("modele") / "modele"
    await asyncio.to_thread(prepare_template, dossier)
    return dossier


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def horaire_joue(modele: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Snapshot]:
    """Les quatre services : PostgreSQL, cartographie puis NATS tués, et des morts à chacun des points, d'une
    seule vie de la plateforme : un rôle qui y meurt est relancé pour le suivant."""
    horaire = Schedule(
        number=1,
        seed=3,
        cluster=False,
        twin=False,
        faults=SERVEURS,
        points=tuple(map(mort, POINTS)),
        pause=CALM,
        # Those who die with an order in hand leave it: a minute for each would be the whole schedule.
        hold=2.0,
    )
    resultat, releve = await run(
        horaire, tmp_path_factory.mktemp("chaos") / "horaire", modele, seconds=1800.0
    )
    assert releve is not None, resultat.findings.all
    return resultat, releve
