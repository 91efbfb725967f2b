"""S'inscrire dans un vrai navigateur : le profil, les conditions, l'employeur."""

import re

import pytest
from playwright.async_api import expect
from visite import Visites


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_une_personne_nouvelle_s_inscrit_en_deux_etapes(visites: Visites, scripts: bool) -> None:
    personne = await visites.scene.connectee("Ines" if scripts else "Irene")
    page = await visites.connectee(personne, scripts=scripts)
    await page.goto("/espace")
    await expect(page).to_have_url(re.compile("/inscription"))
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.locator("#fautes")).to_be_visible()

    await page.check("#c-role")
    await page.check("#c-cgu_acceptees")
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("heading", name="Votre structure employeuse")).to_be_visible()

    await page.fill("#c-siret", "11122233344455")
    await page.fill("#c-nom", "Ville d’Exemple")
    await page.fill("#c-debut", "2025-01-06")
    await page.get_by_role("button", name="Terminer").click()
    await expect(page.locator("#e-siret")).to_be_visible()
    await expect(page.locator("#c-nom")).to_have_value("Ville d’Exemple")

    await page.fill("#c-siret", "130 026 032 00016")
    await page.get_by_role("button", name="Terminer").click()
    await expect(page).to_have_url(re.compile("/espace$"))
