"""Le dispositif dans les pages : reconnu ou non, pourquoi, que faire ; les étapes d'une prise de poste."""

import pytest
from playwright.async_api import expect
from scene import creer_une_equipe, inviter
from visite import Visites


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_c4_la_page_dit_pourquoi_et_quoi_faire_et_verifier_a_nouveau(
    visites: Visites, scripts: bool
) -> None:
    page, personne = await visites.inscrite("Dora" if scripts else "Dina", scripts=scripts)
    await page.goto("/espace/profil")
    await page.get_by_role("link", name="Conseiller numérique").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Conseiller numérique")
    await page.get_by_role("button", name="Demander ma reconnaissance").click()
    await expect(page.get_by_role("heading", name="Reconnaissance demandée")).to_be_visible()
    await expect(page.locator("main")).to_contain_text(personne.email)
    await page.get_by_role("button", name="Vérifier à nouveau").click()
    await expect(page.get_by_text("La source du dispositif vient d’être interrogée")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("inconnue")
    await page.get_by_role("button", name="Vérifier à nouveau").click()
    await expect(page.get_by_text("attendez une minute")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_une_etape_se_declare_et_le_coordinateur_la_voit(visites: Visites, scripts: bool) -> None:
    page, personne = await visites.inscrite("Elsa" if scripts else "Emma", scripts=scripts)
    await page.goto("/espace/prise-de-poste")
    await page.get_by_role("link", name="C’est fait : Certificat CCP1").click()
    await page.fill("#c-le", "2999-01-01")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("#e-le")).to_be_visible()
    await page.fill("#c-le", "2026-03-02")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.get_by_text("Étape enregistrée")).to_be_visible()
    await expect(page.get_by_text("1 étape faite, 7 à faire")).to_be_visible()

    coordinatrice = await visites.scene.inscrite("Coordina" if scripts else "Coordona", "coordinateur")
    equipe = await creer_une_equipe(coordinatrice)
    await personne.post(f"/invitations/{await inviter(coordinatrice, equipe, personne)}/acceptation")
    sienne = await visites.connectee(coordinatrice, scripts=scripts)
    await sienne.goto(f"/espace/equipes/{equipe}")
    await sienne.get_by_role("link", name="Prise de poste").first.click()
    await expect(sienne.get_by_role("heading", level=1)).to_contain_text("Prise de poste de")
    await expect(sienne.get_by_text("1 étape faite, 7 à faire")).to_be_visible()
    await expect(sienne.get_by_role("link", name="Corriger")).to_have_count(0)

    await page.get_by_role("link", name="Corriger : Certificat CCP1").click()
    await page.get_by_role("button", name="Retirer cette étape").click()
    await expect(page.get_by_text("Étape retirée")).to_be_visible()
