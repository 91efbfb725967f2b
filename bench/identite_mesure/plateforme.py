"""La plateforme entière, durable comme en service, et des personnes que le faux ProConnect connaît."""

import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
from embedded import etapes
from embedded.journal import Journal
from embedded.runtime import Platform
from embedded.settings import from_environment
from scene import Navigateur


@asynccontextmanager
async def allumee(dossier: Path) -> AsyncGenerator[Platform]:
    """Arrêtée toujours."""
    reglages = from_environment({"COOP_PORTS": "libres", "COOP_DONNEES": str(dossier)})
    journal = Journal(reglages.folder / "journaux", verbose=False, out=sys.stderr)
    platform = Platform(reglages, journal)
    platform.open()
    try:
        await platform.start()
        yield platform
    finally:
        await platform.stop()
        journal.close()


async def personne(platform: Platform, stack: AsyncExitStack, nom: str) -> Navigateur:
    """Quelqu'un que le fournisseur connaît, et qui n'a pas encore de compte, dans son navigateur."""
    adresse = f"{nom}@mesure.exemple.fr"
    connue = {
        "id": adresse,
        "email": adresse,
        "given_name": nom,
        "usual_name": "Mesure",
        "siret": etapes.SIRET,
    }
    async with httpx2.AsyncClient() as http:
        faux = platform.settings.url("proconnect")
        (await http.post(f"{faux}/_test/people", json=connue)).raise_for_status()
    return await stack.enter_async_context(Navigateur(platform.settings.public_url, adresse))
