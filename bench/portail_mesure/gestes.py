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
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    gestes += 1
    await expect(page).to_have_url(re.compile("/espace/activites"))
    return {"gestes": gestes, "secondes": round(len(choix) * _QUESTION + gestes * (_VISER + _CLIQUER), 1)}
