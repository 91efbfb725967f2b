"""Importer un fichier, sans scripts : ses colonnes, l'essai, l'import ; et le même une seconde fois."""

from uuid import uuid4

from playwright.async_api import Page, expect
from scene import jour
from visite import Visites

IMPORTER = "/espace/activites/importer"


def fichier() -> bytes:
    """Trois comptes rendus ; le troisième est à corriger, et une colonne porte un nom à nous inconnu."""
    lignes = [
        "Date;Quoi;Durée;Canal;Thématique;Bénéficiaire",
        f"{jour(-1)};Individuel;45;À distance;E-mail;",
        f"{jour(-2)};Individuel;1h30;À distance;Santé;",
        f"{jour(-3)};Individuel;;À distance;Bureautik;Zoé Inconnue",
    ]
    return "\n".join(lignes).encode()


async def deposer(page: Page) -> None:
    await page.goto(IMPORTER)
    await page.set_input_files("#c-fichier", {"name": "a.csv", "mimeType": "text/csv", "buffer": fichier()})
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_role("heading", name="Que contient chaque colonne ?").wait_for()
    await page.get_by_label("Ce que donne la colonne Quoi").select_option("type")
    await page.get_by_role("button", name="Essayer").click()


async def test_un_fichier_s_importe_sans_scripts_et_une_seule_fois(visites: Visites) -> None:
    page, personne = await visites.inscrite("Importe", scripts=False)
    await page.goto(IMPORTER)
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.locator("#fautes")).to_contain_text("Choisissez un fichier")

    await deposer(page)
    await expect(page.get_by_role("status")).to_contain_text("2 comptes rendus prêts à importer")
    corrections = page.get_by_role("table").locator("tbody tr")
    await expect(corrections).to_have_count(3)
    await expect(page.get_by_role("row", name="Zoé Inconnue")).to_contain_text("Vous ne suivez personne")
    await expect(corrections.filter(has_text="Bureautik")).to_contain_text("est-ce « Bureautique » ?")
    assert (await personne.get("/activites"))["total"] == 0

    await page.get_by_role("button", name="Importer 2 comptes rendus").click()
    await expect(page.get_by_role("status")).to_contain_text("2 comptes rendus enregistrés")
    await page.get_by_role("link", name="Mes activités").last.click()
    await expect(page.locator("#resultats")).to_contain_text("2 activités")

    await deposer(page)
    await expect(page.get_by_role("status")).to_contain_text("2 étaient déjà enregistrés")
    await expect(page.get_by_role("button", name="Importer")).to_have_count(0)


async def test_des_personnes_s_importent_sans_scripts_et_qui_ressemble_est_dit(visites: Visites) -> None:
    page, personne = await visites.inscrite("Importune", scripts=False)
    connue = {"id": str(uuid4()), "prenom": "Zoé", "nom": "Petit"}
    await personne.post("/beneficiaires", connue)
    octets = "Nom;Prénom;Genre\nPetit;Zoé;F\nBerger;Amina;F\nNoël;Paul;?".encode()
    await page.goto("/espace/beneficiaires")
    await page.get_by_role("link", name="Importer").click()
    await page.set_input_files("#c-fichier", {"name": "a.csv", "mimeType": "text/csv", "buffer": octets})
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_role("button", name="Essayer").click()
    await expect(page.get_by_role("status")).to_contain_text("2 bénéficiaires prêts à importer")
    await expect(page.get_by_role("table")).to_contain_text("Genre invalide")
    await expect(page.get_by_text("Ressemble à Zoé Petit, que vous suivez déjà")).to_be_visible()
    await expect(page.get_by_role("radio", name="Laisser de côté les lignes qui ressemblent")).to_be_checked()
    await page.get_by_role("button", name="Importer").click()
    await expect(page.get_by_role("status")).to_contain_text("1 bénéficiaire enregistré")
    await expect(page.get_by_role("status")).to_contain_text("1 ligne laissée de côté")
    await page.get_by_role("link", name="Mes bénéficiaires").last.click()
    await expect(page.locator("#resultats")).to_contain_text("Amina Berger")
    assert (await personne.get("/beneficiaires"))["total"] == 2
