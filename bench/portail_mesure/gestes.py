"""Un compte rendu selon le modèle des gestes : 1,2 s par question, 1,1 s pour viser, 0,2 s pour cliquer."""

import re
from collections.abc import Sequence

from playwright.async_api import Page, expect

_QUESTION, _VISER, _CLIQUER = 1.2, 1.1, 0.2
COMPLET = (
    "#th-email",
    "[name=duree][value='30']",
    "#ou-distance",
    "#jour-hier",
    "[name='beneficiaire/tranche_age'][value=soixante_dix_plus]",
    "[name='beneficiaire/genre'][value=feminin]",
    "[name='beneficiaire/statut_social'][value=retraite]",
)
"""Sujet, durée, lieu, jour, âge, genre, situation : tout ce que la page demande, une question chacun."""


MODELE = "Boîtes aux lettres"


async def compter(page: Page, adresse: str, choix: Sequence[str]) -> dict[str, float]:
    """Fait ces choix pour de bon, enregistre, et rend le nombre de gestes et leurs secondes."""
    await page.goto(adresse)
    gestes = 0
    for selecteur in choix:
        pli = page.locator(f"details:not([open]):has({selecteur}) > summary")
        if await pli.count():
            await pli.first.click()
            gestes += 1
        await page.locator(selecteur).check()
        gestes += 1
    await _enregistrer(page)
    return _durent(gestes + 1, questions=len(choix))


async def garder_un_modele(page: Page, adresse: str) -> None:
    """Un compte rendu presque rempli, sous un nom : ce que fait une fois qui le refera souvent."""
    await page.goto(adresse)
    await page.check("#th-email")
    await page.locator("details.bloc summary", has_text="Garder comme modèle").click()
    await page.fill("#c-modele_nom", MODELE)
    await page.get_by_role("button", name="Garder ce modèle").click()
    await expect(page.get_by_text(f"Modèle « {MODELE} » gardé")).to_be_visible()


async def depuis_le_modele(page: Page) -> dict[str, float]:
    """De l'espace à l'enregistrement : quel modèle, et est-ce juste ; une question et un geste chacun."""
    await page.goto("/espace")
    await page.get_by_role("link", name=MODELE).click()
    await _enregistrer(page)
    return _durent(2, questions=2)


async def _enregistrer(page: Page) -> None:
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page).to_have_url(re.compile("/espace/activites"))


def _durent(gestes: int, *, questions: int) -> dict[str, float]:
    return {"gestes": gestes, "secondes": round(questions * _QUESTION + gestes * (_VISER + _CLIQUER), 1)}
