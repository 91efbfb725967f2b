"""Mes adresses et mes identités : prouvées par le code reçu ; avec et sans scripts."""

import re
from uuid import uuid4

import pytest
from embedded.runtime import Platform
from playwright.async_api import expect
from scene import code_recu
from visite import Visites


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_une_adresse_de_plus_se_prouve_par_son_code_et_se_retire(
    visites: Visites, plateforme: Platform, scripts: bool
) -> None:
    page, personne = await visites.inscrite("Irma" if scripts else "Olga", scripts=scripts)
    seconde = f"{uuid4().hex[:12]}@ailleurs.exemple.fr"
    await page.goto("/espace/profil")
    await page.get_by_role("link", name="Mes adresses").click()
    await expect(page.locator("main")).to_contain_text(personne.email)

    await page.fill("#c-courriel", "lea@ain.conseiller-numerique.fr")
    await page.get_by_role("button", name="Recevoir un code").click()
    await expect(page).to_have_title(re.compile("^Erreur : "))
    await expect(page.locator("#e-courriel")).to_be_visible()
    await page.fill("#c-courriel", seconde)
    await page.get_by_role("button", name="Recevoir un code").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Recopiez le code reçu")
    code = await code_recu(plateforme, seconde)
    assert seconde not in page.url

    await page.fill("#c-code", "x")
    await page.get_by_role("button", name="Valider").click()
    await expect(page.locator("#e-code")).to_contain_text("4 essais")
    await page.fill("#c-code", code)
    await page.get_by_role("button", name="Valider").click()
    await expect(page.get_by_text("Cette adresse est à vous")).to_be_visible()
    await expect(page.locator("main")).to_contain_text(seconde)

    await page.get_by_role("button", name=f"Retirer {seconde}").click()
    await expect(page.get_by_text("Adresse retirée")).to_be_visible()
    await expect(page.locator("main")).not_to_contain_text(seconde)


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_e3_un_ancien_compte_se_retrouve_par_sa_boite_et_ses_identites_se_retirent(
    visites: Visites, plateforme: Platform, scripts: bool
) -> None:
    prenom = "Salome" if scripts else "Perle"
    ancienne = await visites.scene.inscrite(prenom, "mediateur")
    nouvelle = await visites.scene.connectee(prenom)
    page = await visites.connectee(nouvelle, scripts=scripts)
    await page.goto("/espace/profil/identites")
    await page.get_by_role("link", name="J’avais déjà un compte").click()
    await page.fill("#c-courriel", nouvelle.email)
    await page.get_by_role("button", name="Recevoir un code").click()
    await expect(page.locator("#e-courriel")).to_contain_text("déjà la vôtre")
    await page.fill("#c-courriel", ancienne.email)
    await page.get_by_role("button", name="Recevoir un code").click()
    await page.fill("#c-code", await code_recu(plateforme, ancienne.email))
    await page.get_by_role("button", name="Valider").click()
    await expect(page.get_by_text("Votre compte est retrouvé")).to_be_visible()
    for adresse in (ancienne.email, nouvelle.email):
        await expect(page.locator("main")).to_contain_text(adresse)
    await page.goto("/espace/profil/identites")
    await expect(page.get_by_text("Un compte mène désormais à celui-ci")).to_be_visible()
    retirer = page.get_by_role("button", name="Retirer")
    await expect(retirer).to_have_count(2)
    await retirer.first.click()
    await expect(page.get_by_text("Identité retirée")).to_be_visible()
    await expect(retirer).to_have_count(0)
    assert (await ancienne.demander("GET", "/auth/session")).status_code == 401
