"""Fermer son compte, le rouvrir, télécharger ses données ; avec et sans scripts."""

import io
import zipfile

import pytest
from playwright.async_api import expect
from visite import Visites


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_f1_f2_un_compte_se_ferme_et_se_rouvre(visites: Visites, scripts: bool) -> None:
    page, personne = await visites.inscrite("Odile" if scripts else "Nadia", scripts=scripts)
    await page.goto("/espace/profil")
    await page.get_by_role("link", name="Mes données").click()
    await page.get_by_role("link", name="Fermer mon compte").click()
    await page.get_by_role("button", name="Fermer mon compte").click()
    await expect(page.get_by_text("Votre compte est fermé. Reconnectez-vous")).to_be_visible()
    assert (await personne.demander("GET", "/auth/session")).status_code == 401

    revenue = await visites.connectee(await visites.scene.autre_navigateur(personne), scripts=scripts)
    await revenue.goto("/espace/activites")
    await expect(revenue.get_by_role("heading", level=1)).to_have_text("Votre compte est fermé")
    await revenue.get_by_role("button", name="Rouvrir mon compte").click()
    await expect(revenue.get_by_role("heading", level=1)).to_contain_text("Bonjour")


async def test_mes_donnees_se_telechargent_se_corrigent_et_se_limitent(visites: Visites) -> None:
    page, personne = await visites.inscrite("Ludivine", scripts=False)
    await page.goto("/espace/profil/donnees")
    async with page.expect_download() as telechargement:
        await page.get_by_role("link", name="Exporter mes données").click()
    fichier = await telechargement.value
    chemin = await fichier.path()
    lue = zipfile.ZipFile(io.BytesIO(chemin.read_bytes())).read("a-lire.html").decode()
    assert personne.email in lue

    await page.get_by_role("button", name="Envoyer").click()
    await expect(page.locator("#e-texte")).to_be_visible()
    await page.fill("#c-texte", "Mon nom s’écrit autrement.")
    await page.get_by_role("button", name="Envoyer").click()
    await expect(page.get_by_text("Votre demande est enregistrée")).to_be_visible()
    await page.get_by_role("button", name="Limiter l’usage de mes données").click()
    await expect(page.get_by_text("Votre nom ne se lit plus ailleurs").first).to_be_visible()
    await page.get_by_role("button", name="Lever la limitation").click()
    await expect(page.get_by_text("Votre nom se lit de nouveau")).to_be_visible()
