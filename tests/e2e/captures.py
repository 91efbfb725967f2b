"""Les pages telles qu'on les voit : `make captures`, qui écrit docs/captures/ et les références d'aspect."""

import asyncio
import datetime as dt
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID, uuid5

import album
import aspect
from embedded import etapes
from scene import Navigateur
from visite import LARGE, TELEPHONE, Visites

DOSSIER = Path(__file__).parents[2] / "docs" / "captures"
TAILLES = {"1280": LARGE, "360": TELEPHONE}
PAGES = {
    "accueil": "/",
    "connexion": "/connexion",
    "trouver": "/trouver",
    "trouver-departement": "/trouver?departement=69",
    "presentation": "/presentation",
    "aide": "/aide",
}
PERSONNELLES = {
    "espace": "/espace",
    "cra-individuel": "/espace/cra/individuel",
    "cra-atelier": "/espace/cra/atelier",
    "activites": "/espace/activites",
    "statistiques": "/espace/statistiques",
    "equipes": "/espace/equipes",
    "outils": "/espace/outils",
    "profil": "/espace/profil",
}
_GRAINE = UUID("8a5d3c1e-0000-4000-8000-000000000000")
_SUJETS = ("email", "aide_aux_demarches_administratives", "navigation_sur_internet", "bureautique")


async def main() -> None:
    DOSSIER.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        visites = await album.ouvrir(stack)
        lea = await _lea(visites)
        for largeur, taille in TAILLES.items():
            for page, chemins in (
                (await visites.anonyme(taille=taille), PAGES),
                (await visites.connectee(lea, taille=taille), PERSONNELLES),
            ):
                for nom, chemin in chemins.items():
                    await page.goto(chemin)
                    await page.wait_for_load_state("networkidle")
                    await page.screenshot(path=DOSSIER / f"{nom}-{largeur}.png", animations="disabled")
                    sys.stdout.write(f"docs/captures/{nom}-{largeur}.png\n")
        for nom in (*await aspect.refaire(visites), *await album.refaire(visites)):
            sys.stdout.write(f"{nom}\n")
        if visites.fautes:
            sys.exit("\n".join(visites.fautes))


async def _lea(visites: Visites) -> Navigateur:
    """Une médiatrice du faux ProConnect, et une année d'accompagnements."""
    lea = await visites.scene.habituee("lea.martin@ville.exemple.fr", "mediateur")
    aujourd_hui = dt.datetime.now(dt.UTC).date()
    for n in range(120):
        corps = etapes.individuel(aujourd_hui - dt.timedelta(days=3 * n), etapes.A_DOMICILE)
        await lea.post(
            "/activites",
            {
                **corps,
                "id": str(uuid5(_GRAINE, str(n))),
                "thematiques": sorted({_SUJETS[n % 4], _SUJETS[n % 3]}),
                "duree_minutes": 15 + n % 6 * 15,
            },
        )
    return lea


if __name__ == "__main__":
    asyncio.run(main())
