"""Le dispositif dans les pages : reconnu ou non, pourquoi, que faire ; les étapes d'une prise de poste."""

import pytest
from embedded.runtime import Platform
from playwright.async_api import expect
from scene import code_recu, creer_une_equipe, faire_membre, individuel
from visite import Visites, finit_par_montrer

CONNUE = "rose.meunier@asso-clic.exemple.fr"
"""De la source embarquée : conseillère numérique depuis le 1er septembre 2025."""


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


async def test_c5_verifier_a_nouveau_fait_compter_dans_le_dispositif_ce_qui_est_deja_saisi(
    visites: Visites, plateforme: Platform
) -> None:
    page, personne = await visites.inscrite("Faustine")
    coordinatrice = await visites.scene.inscrite("Coordelle", "coordinateur")
    equipe = await creer_une_equipe(coordinatrice)
    await faire_membre(coordinatrice, equipe, personne)
    chez_elle = await visites.connectee(coordinatrice)
    await personne.post("/comptes/moi/reconnaissance")
    await personne.post("/activites", individuel())
    await finit_par_montrer(chez_elle, f"/espace/equipes/{equipe}", "Reconnaissance demandée")
    await finit_par_montrer(page, "/espace/statistiques", "1 accompagnement ·")
    await page.get_by_role("radio", name="Conseiller numérique").check()
    await expect(page.locator("#resultats")).to_contain_text("0 accompagnement · conseiller numérique")

    await page.goto("/espace/profil/courriels")
    await page.fill("#c-courriel", CONNUE)
    await page.get_by_role("button", name="Recevoir un code").click()
    await page.fill("#c-code", await code_recu(plateforme, CONNUE))
    await page.get_by_role("button", name="Valider").click()
    await expect(page.get_by_text("Cette adresse est à vous")).to_be_visible()
    await page.goto("/espace/reconnaissance")
    await page.get_by_role("button", name="Vérifier à nouveau").click()
    await expect(page.locator("main")).to_contain_text("vous connaît depuis le 1er septembre 2025")
    await page.get_by_role("link", name="Mes chiffres depuis ce jour").click()
    await page.wait_for_url("**/espace/statistiques?**")
    await finit_par_montrer(page, page.url, "1 accompagnement · conseiller numérique")
    await page.get_by_role("radio", name="Hors dispositif").check()
    await expect(page.locator("#resultats")).to_contain_text("0 accompagnement · hors dispositif")
    await finit_par_montrer(chez_elle, f"/espace/equipes/{equipe}", "Conseiller numérique")


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
    await faire_membre(coordinatrice, equipe, personne)
    sienne = await visites.connectee(coordinatrice, scripts=scripts)
    await finit_par_montrer(sienne, f"/espace/equipes/{equipe}", "Prise de poste")
    etapes = await sienne.get_by_role("link", name="Prise de poste").first.get_attribute("href")
    assert etapes is not None
    # identity learns from equipes whom she coordinates.
    await finit_par_montrer(sienne, etapes, "1 étape faite, 7 à faire")
    await expect(sienne.get_by_role("heading", level=1)).to_contain_text("Prise de poste de")
    await expect(sienne.get_by_role("link", name="Corriger")).to_have_count(0)

    await page.get_by_role("link", name="Corriger : Certificat CCP1").click()
    await page.get_by_role("button", name="Retirer cette étape").click()
    await expect(page.get_by_text("Étape retirée")).to_be_visible()
