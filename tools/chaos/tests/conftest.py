"""Deux horaires joués pour de bon, que les essais de ce dossier relisent."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from chaos.points import IDENTITY, POINTS
from chaos.run import Result, run
from chaos.schedule import Family, Fault, draw
from chaos.snapshot import Snapshot
from chaos.template import prepare_template

GRAINE = 3


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Les bases des services, prêtes à être copiées."""
    dossier = tmp_path_factory.mktemp("modele") / "modele"
    await asyncio.to_thread(prepare_template, dossier)
    return dossier


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def joues(modele: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Result, Snapshot]]:
    """Un `kill -9` de PostgreSQL et un de NATS, sous la charge ; avec celui-ci, un de cartographie.

    Those of identity die at the points that are identity's: one in the first, the others in the second.
    """
    dossier = tmp_path_factory.mktemp("chaos")
    premier, second = draw(GRAINE, 2, (Family.POSTGRES_KILLED, Family.NATS_KILLED))
    deja = {point.target for point in premier.points}
    restants = tuple(
        Fault(Family.POINT, point.name, 0.5, 120.0, 2.0)
        for point in POINTS
        if point.role in IDENTITY and point.name not in deja
    )
    tue = Fault(Family.ROLE_KILLED, "cartographie all", second.amid, 0.5)
    second = replace(second, faults=(*second.faults, tue), points=(*second.points[:2], *restants))
    faits: list[tuple[Result, Snapshot]] = []
    for horaire in (premier, second):
        resultat, releve = await run(horaire, dossier / f"horaire-{horaire.number}", modele)
        assert releve is not None, resultat.findings.all
        faits.append((resultat, releve))
    return faits
