"""Les étiquettes dans un navigateur, sans scripts : créer, poser, retrouver, fusionner, relire l'histoire."""

from playwright.async_api import Page, expect
from visite import Visites, effacer, finit_par_montrer


async def creer(page: Page, nom: str) -> None:
    await page.goto("/espace/tags")
    await page.fill("#c-nom", nom)
    await page.get_by_role("button", name="Créer l’étiquette").click()
    await expect(page.get_by_text("Étiquette créée.")).to_be_visible()
    await expect(page.get_by_role("link", name=f"Modifier {nom}")).to_be_visible()


async def test_une_etiquette_se_cree_se_pose_se_fusionne_et_l_histoire_du_compte_rendu_le_dit(
    visites: Visites,
) -> None:
    page, _ = await visites.inscrite("Tagueuse", scripts=False)
    await page.goto("/espace/tags")
    await expect(page.get_by_text("Vous ne voyez encore aucune étiquette")).to_be_visible()
    await page.get_by_role("button", name="Créer l’étiquette").click()
    await expect(page.locator("#fautes")).to_contain_text(
        "Nom : Le nom du tag doit faire plus de 3 caractères"
    )
    await creer(page, "Impôts")
    await creer(page, "Déclarations")

    await page.goto("/espace/cra/individuel")
    await page.check("#th-email")
    await page.locator("summary", has_text="Poser des étiquettes").click()
    await page.get_by_role("checkbox", name="Impôts").check()
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()
    await finit_par_montrer(page, "/espace/activites", "Impôts")
    await page.locator(".lignes a").click()
    fiche = page.url

    await page.goto("/espace/tags")
    await page.get_by_role("link", name="Modifier Impôts").click()
    await expect(page.get_by_role("heading", name="Fusionner")).to_be_visible()
    ailleurs = await page.context.new_page()
    await ailleurs.goto(page.url)
    await ailleurs.fill("#c-description", "Du printemps")
    await page.fill("#c-description", "De l’automne")
    await ailleurs.get_by_role("button", name="Enregistrer").click()
    await expect(ailleurs.get_by_text("Étiquette modifiée.")).to_be_visible()
    await page.get_by_role("button", name="Enregistrer").click()
    differe = page.get_by_role("alert").get_by_role("row", name="Description")
    await expect(differe).to_contain_text("De l’automneDu printemps")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.get_by_text("De l’automne")).to_be_visible()
    await page.get_by_role("link", name="Modifier Impôts").click()
    await page.select_option("#c-vers", label="Déclarations (personnelle)")
    await page.get_by_role("button", name="Fusionner").click()
    await expect(page.get_by_text("Étiquettes fusionnées.")).to_be_visible()
    await page.goto("/espace/activites")
    await page.locator("summary", has_text="Autres filtres").click()
    await page.locator(".parmi > summary", has_text="Étiquettes").click()
    await page.get_by_role("checkbox", name="Déclarations").check()
    await page.get_by_role("button", name="Afficher").click()
    await expect(page.locator("#resultats")).to_contain_text("1 activité")
    await expect(page.locator("#resultats .lignes")).to_contain_text("Déclarations")

    await page.goto(f"{fiche}/corriger")
    await page.get_by_role("checkbox", name="Déclarations").uncheck()
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await page.get_by_role("link", name="Histoire").click()
    correction = page.get_by_role("listitem").filter(has_text="Compte rendu corrigé.")
    await expect(correction.get_by_role("row", name="Étiquettes")).to_contain_text("Déclarations")
    await expect(correction.get_by_role("row", name="Étiquettes")).to_contain_text("Sans réponse")

    await page.goto("/espace/tags")
    await page.get_by_role("link", name="Modifier Déclarations").click()
    await effacer(page)
    await expect(page.get_by_text("Étiquette supprimée.")).to_be_visible()
    await expect(page.get_by_text("Vous ne voyez encore aucune étiquette")).to_be_visible()
    # For whom it is not, the gestion of national ones is nowhere.
    reponse = await page.goto("/gestion/tags")
    assert reponse is not None
    assert reponse.status == 404
