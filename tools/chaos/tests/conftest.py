"""Deux horaires joués pour de bon, que les essais de ce dossier relisent."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from chaos.run import Result, run
from chaos.schedule import Family, Fault, draw
from chaos.servers import prepare_template
from chaos.snapshot import Snapshot

GRAINE = 3
TUES = ("identity api", "identity worker", "cartographie all")
"""Killed while the bus is away, in the second schedule."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Les bases des services, prêtes à être copiées."""
    dossier = tmp_path_factory.mktemp("modele") / "modele"
    await asyncio.to_thread(prepare_template, dossier)
    return dossier


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def joues(modele: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Result, Snapshot]]:
    """Un `kill -9` de PostgreSQL et un de NATS, sous la charge ; avec celui-ci, ceux de trois rôles."""
    dossier = tmp_path_factory.mktemp("chaos")
    premier, second = draw(GRAINE, 2, (Family.POSTGRES_KILLED, Family.NATS_KILLED))
    roles = tuple(
        Fault(Family.ROLE_KILLED, role, second.amid + 0.2 * rang, 0.5) for rang, role in enumerate(TUES)
    )
    faits: list[tuple[Result, Snapshot]] = []
    # Those of identity die of these already.
    for horaire in (premier, replace(second, faults=(*second.faults, *roles), points=second.points[:2])):
        resultat, releve = await run(horaire, dossier / f"horaire-{horaire.number}", modele)
        assert releve is not None, resultat.findings.all
        faits.append((resultat, releve))
    return faits
