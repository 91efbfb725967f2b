"""Les pages ont l'aspect de leurs références ; `make captures` refait celles qui changent à dessein."""

from collections.abc import AsyncIterator, Collection
from pathlib import Path

import album
import aspect
import chromium
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from visite import Visites

POIDS_MAX = 565_000
POIDS_DE_L_ALBUM = 4_000_000


def reference(nom: str, largeur: str) -> Path:
    return aspect.REFERENCES / f"{nom}-{largeur}.png"


@pytest_asyncio.fixture(scope="module")
async def navigateur() -> AsyncIterator[Browser]:
    """Celui des références, avec ses polices, même quand COOP_CHROMIUM en nomme un autre."""
    async with async_playwright() as p:
        ouvert = await p.chromium.launch(**chromium.epingle())
        yield ouvert
        await ouvert.close()


@pytest.mark.parametrize("largeur", aspect.TAILLES)
async def test_chaque_page_a_l_aspect_de_sa_reference(visites: Visites, largeur: str) -> None:
    page, toile = await visites.anonyme(taille=aspect.TAILLES[largeur]), await visites.anonyme()
    ecarts: list[str] = []
    for nom, chemin in aspect.PAGES.items():
        await page.goto(chemin)
        if ecart := await aspect.comparer(toile, reference(nom, largeur), await aspect.voir(page)):
            ecarts.append(ecart.garder(aspect.REFERENCES))
    assert not ecarts, "\n".join(ecarts)


async def test_une_couleur_qui_change_un_bouton_en_moins_se_voient(visites: Visites) -> None:
    page, toile = await visites.anonyme(taille=aspect.TAILLES["1280"]), await visites.anonyme()
    bouton = "document.querySelector('main .bouton').style"
    for changement in (f"{bouton}.backgroundColor = 'rgb(60, 60, 200)'", f"{bouton}.display = 'none'"):
        await page.goto("/connexion")
        await page.evaluate(changement)
        ecart = await aspect.comparer(toile, reference("connexion", "1280"), await aspect.voir(page))
        assert ecart is not None, changement


@pytest.mark.parametrize(
    ("dossier", "pages", "tailles", "poids"),
    [
        (aspect.REFERENCES, aspect.PAGES, aspect.TAILLES, POIDS_MAX),
        (album.VUES, album.PUBLIQUES | album.PERSONNELLES, album.TAILLES, POIDS_DE_L_ALBUM),
    ],
    ids=["des tests", "de make aspect"],
)
def test_les_references_sont_celles_des_pages_et_pesent_peu(
    dossier: Path, pages: Collection[str], tailles: Collection[str], poids: int
) -> None:
    fichiers = {f.name: f.stat().st_size for f in dossier.iterdir()}
    assert set(fichiers) == {f"{nom}-{taille}.png" for nom in pages for taille in tailles}
    assert sum(fichiers.values()) < poids
