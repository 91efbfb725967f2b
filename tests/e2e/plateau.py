"""Une plateforme entière, pour qui la regarde : son propre dossier, des ports libres, de vrais processus."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from embedded.journal import Journal
from embedded.runtime import Platform
from embedded.settings import from_environment

PETITE_SOURCE = "mednum-bfc"
"""La plus petite des vraies sources : une carte à lire, un lieu à nommer dans un CRA."""
CONNUS = {"cartographie": "lieux_publies", "identity": "lieux_connus", "activites": "lieux_connus"}
"""Où chaque service tient les lieux importés."""


@asynccontextmanager
async def allumee(dossier: Path, source: str | None = PETITE_SOURCE) -> AsyncGenerator[Platform]:
    """Démarrée une fois, arrêtée toujours. Ses lignes inhabituelles vont sur la sortie d'erreur.

    source : des lieux à importer ; None, toutes.
    """
    settings = from_environment(
        {"COOP_PORTS": "libres", "COOP_DURABLE": "non", "COOP_DONNEES": str(dossier)},
    )
    journal = Journal(settings.folder / "journaux", verbose=False, out=sys.stderr)
    platform = Platform(settings, journal)
    platform.open()
    try:
        await platform.start()
        await _importer(platform, source)
        yield platform
    finally:
        await platform.stop()
        journal.close()


async def _importer(platform: Platform, source: str | None) -> None:
    importer = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "cartographie", "importer", "--json"),
        *(("--source", source) if source else ()),
        env={**os.environ, **platform.environment("cartographie")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    sortie, _ = await importer.communicate()
    if importer.returncode != 0:
        raise RuntimeError(sortie.decode())
    # The command ends when they are written: the map, and those who hear of it, read them after.
    importes = await compter(
        platform, "cartographie", "select count(*) from events where type = 'LieuReference'"
    )
    async with asyncio.timeout(300):
        for service, table in CONNUS.items():
            while await compter(platform, service, f"select count(*) from {table}") < importes:
                await asyncio.sleep(0.1)


async def compter(platform: Platform, service: str, question: str) -> int:
    """Ce que répond la base d'un service."""
    connexion: Any = await asyncpg.connect(platform.environment(service)["DATABASE_URL"])
    try:
        return int(await connexion.fetchval(question))
    finally:
        await connexion.close()
