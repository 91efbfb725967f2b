"""Vingt-cinq pages à trois tailles, comparées à leurs références : `make aspect`.

Rien n'y tient au jour : ce qui est écrit l'est à des dates fixes, et ce qui reste (chiffres, mois, jours
de la semaine) se lit partout pareil. `make captures` refait les références de ce qui change à dessein.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid5

import aspect
import chromium
import plateau
from playwright.async_api import Page, ViewportSize, async_playwright
from scene import Navigateur, Scene, atelier, individuel
from visite import LARGE, TELEPHONE, Visites

VUES = aspect.REFERENCES.parent / "vues"
_GRAINE = UUID("8a5d3c1e-0000-4000-8000-000000000001")
_SUJETS = ("email", "aide_aux_demarches_administratives", "navigation_sur_internet")
_PERIODE = "du=2025-01-01&au=2025-12-31"
TAILLES: dict[str, tuple[ViewportSize, Literal["screen", "print"]]] = {
    "1280": (LARGE, "screen"),
    "360": (TELEPHONE, "screen"),
    "imprime": (LARGE, "print"),
}
PUBLIQUES = {
    "accueil": "/",
    "connexion": "/connexion",
    "trouver": "/trouver",
    "feuille-de-route": "/feuille-de-route",
    "presentation": "/presentation",
    "aide": "/aide",
    "accessibilite": "/accessibilite",
    "refus-de-connexion": "/aide/connexion/expiree?numero=0123456789abcdef",
}
PERSONNELLES = {
    "espace": "/espace",
    "cra-individuel": "/espace/cra/individuel",
    "cra-atelier": "/espace/cra/atelier",
    "cra-serie": "/espace/cra/serie",
    "activites": f"/espace/activites?{_PERIODE}",
    "activites-tableau": f"/espace/activites?{_PERIODE}&vue=tableau",
    "cra": "/espace/activites/{cra}",
    "cra-corrige": "/espace/activites/{cra}/corriger",
    "importer": "/espace/activites/importer",
    "statistiques": f"/espace/statistiques?periode=libre&{_PERIODE}&comparer=annee_precedente",
    "beneficiaires": "/espace/beneficiaires",
    "beneficiaire": "/espace/beneficiaires/{beneficiaire}",
    "beneficiaire-nouveau": "/espace/beneficiaires/nouveau",
    "doublons": "/espace/beneficiaires/doublons",
    "equipes": "/espace/equipes",
    "outils": "/espace/outils",
    "profil": "/espace/profil",
}
FIGER = r"""() => {
  const mots = (liste) => new RegExp(`(?<!\\p{L})(?:${liste})(?!\\p{L})`, "giu");
  const mois = mots("janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre");
  const courts = mots("janv\\.|févr\\.|avr\\.|juil\\.|sept\\.|oct\\.|nov\\.|déc\\.");
  const jours = mots("lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche");
  const lus = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (lus.nextNode()) {
    const t = lus.currentNode;
    const fige = t.data.replace(courts, "mai").replace(mois, "mai").replace(jours, "lundi");
    t.data = fige.replace(/\d+(?:er)?(?!\p{L})/gu, "0");
  }
  // Counted once a minute: what this very run writes is there, or not yet.
  if (location.pathname === "/") document.querySelector("main .chiffres").remove();
  for (const champ of document.querySelectorAll("input[type=date]")) champ.value = "2025-01-01";
}"""


async def ouvrir(stack: AsyncExitStack) -> Visites:
    """La plateforme, tous les lieux, et le navigateur épinglé."""
    dossier = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    plateforme = await stack.enter_async_context(plateau.allumee(dossier / "plateforme", None))
    playwright = await stack.enter_async_context(async_playwright())
    navigateur = await playwright.chromium.launch(**chromium.epingle())
    stack.push_async_callback(navigateur.close)
    return Visites(plateforme, Scene(plateforme, stack), navigateur, stack)


async def refaire(visites: Visites) -> list[str]:
    """Écrit les références, et rend leurs noms."""
    VUES.mkdir(exist_ok=True)
    toile, noms = await visites.anonyme(), list[str]()
    async for nom, vue in _vues(visites):
        (VUES / f"{nom}.png").write_bytes(await aspect.reduire(toile, vue))
        noms.append(f"{VUES.relative_to(aspect.ROOT)}/{nom}.png")
    return noms


async def main() -> int:
    """0 quand chaque page est celle de sa référence ; dit sinon lesquelles, et où sont les images."""
    async with AsyncExitStack() as stack:
        visites = await ouvrir(stack)
        toile, combien, ecarts = await visites.anonyme(), 0, list[str]()
        async for nom, vue in _vues(visites):
            combien += 1
            if ecart := await aspect.comparer(toile, VUES / f"{nom}.png", vue):
                ecarts.append(ecart.garder(VUES))
        for ecart in ecarts:
            sys.stdout.write(f"{ecart}\n")
        sys.stdout.write(f"{combien} vues, {len(ecarts)} s’écartent de leur référence\n")
    return 1 if ecarts else 0


async def _vues(visites: Visites) -> AsyncIterator[tuple[str, str]]:
    """Chaque page à chaque taille : son nom, son image."""
    qui = await _mediatrice(visites.scene)
    for taille, (dimensions, media) in TAILLES.items():
        for page, chemins in (
            (await visites.anonyme(taille=dimensions), PUBLIQUES),
            (await visites.connectee(qui, taille=dimensions), PERSONNELLES),
        ):
            await page.emulate_media(media=media)
            for nom, chemin in chemins.items():
                await page.goto(chemin.format(**qui.moi))
                yield f"{nom}-{taille}", await _figee(page)
            await page.context.close()


async def _figee(page: Page) -> str:
    await page.wait_for_load_state("networkidle")
    await page.evaluate(FIGER)
    return await aspect.voir(page)


async def _mediatrice(scene: Scene) -> Navigateur:
    """Ce qu'elle a écrit en 2025 : quarante accompagnements, un atelier, trois fiches dont deux en double."""
    qui = await scene.inscrite("Aline", "mediateur")
    personnes = [("Rose", "Martin"), ("Rosé", "Martin"), ("Paul", "Petit")]
    fiches = [str(uuid5(_GRAINE, f"fiche {n}")) for n in range(len(personnes))]
    for fiche, (prenom, nom) in zip(fiches, personnes, strict=True):
        await qui.post("/beneficiaires", {"id": fiche, "prenom": prenom, "nom": nom, "genre": "feminin"})
    comptes_rendus = [
        individuel(
            id=str(uuid5(_GRAINE, str(n))),
            date=f"2025-{n % 10 + 1:02}-{n // 2 + 1:02}",
            thematiques=[_SUJETS[n % 3 % (n % 4 + 1)]],
            precisions_demarche=None,
            duree_minutes=15 + n % 6 * 15,
            beneficiaire={"id": fiches[0]} if n == 0 else {"genre": "feminin" if n % 3 else "masculin"},
        )
        for n in range(40)
    ]
    for corps in (*comptes_rendus, atelier(id=str(uuid5(_GRAINE, "atelier")), date="2025-06-15")):
        await qui.post("/activites", corps)
    qui.moi |= {"cra": comptes_rendus[0]["id"], "beneficiaire": fiches[0]}
    return qui


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
