"""Le réseau : se montrer, chercher, ne plus se montrer ; le territoire d'une coordinatrice."""

import re
from uuid import uuid4

import canaris
import pytest
from embedded import etapes
from playwright.async_api import expect
from scene import ATTENTE, Navigateur, finit_par, jour
from visite import Visites, finit_par_montrer


async def employer(personne: Navigateur, code_insee: str, nom: str) -> None:
    """Un emploi plus récent que celui de l'inscription, qui dit sa commune."""
    await personne.post(
        "/comptes/moi/emplois",
        {
            "id": str(uuid4()),
            "siret": etapes.SIRET,
            "nom": nom,
            "debut": jour(-10),
            "code_insee": code_insee,
        },
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_on_se_montre_on_se_trouve_et_un_accord_retire_disparait_au_rechargement(
    visites: Visites, scripts: bool
) -> None:
    prenom = "Montree" if scripts else "Visible"
    page, personne = await visites.inscrite(prenom, scripts=scripts)
    await employer(personne, "69123", "Ville de Lyon")
    chercheuse, _ = await visites.inscrite(f"Cherche{prenom}", scripts=scripts)
    adresse = f"/espace/reseau?q={prenom}+{canaris.PRENOM}&departement=69"
    await chercheuse.goto(adresse)
    await expect(chercheuse.get_by_text("Personne ne répond à ces choix")).to_be_visible()

    await page.goto("/espace/profil")
    await page.get_by_label("Mon nom dans l’annuaire").check()
    await page.get_by_label("Mon adresse électronique").check()
    await page.get_by_role("button", name="Enregistrer mes accords").click()
    await expect(page.get_by_text("Vos accords sont enregistrés")).to_be_visible()
    await page.get_by_label("Aidants Connect").check()
    await page.get_by_role("button", name="Enregistrer mes compétences").click()
    await expect(page.get_by_text("Vos compétences sont enregistrées")).to_be_visible()
    await expect(page.get_by_label("Mon adresse électronique")).to_be_checked()

    trouvee = chercheuse.get_by_role("listitem").filter(has_text="Ville de Lyon")

    async def chercher() -> int:
        await chercheuse.goto(f"{adresse}&competences=aidants_connect")
        return await trouvee.count()

    # Somebody else's writes: her page has nothing to wait for.
    assert await finit_par(chercher, bool, ATTENTE)
    await expect(trouvee).to_contain_text("Lyon · Rhône")
    await expect(trouvee).to_contain_text("Aidants Connect")
    await expect(trouvee.get_by_role("link", name=personne.email)).to_be_visible()
    async with chercheuse.expect_download() as attendu:
        await chercheuse.get_by_role("link", name="Exporter").click()
    assert (await attendu.value).suggested_filename.startswith("coop-numerique_annuaire_")

    await page.get_by_label("Mon adresse électronique").uncheck()
    await page.get_by_role("button", name="Enregistrer mes accords").click()
    await expect(page.get_by_text("Vos accords sont enregistrés")).to_be_visible()
    lien = trouvee.get_by_role("link", name=personne.email)

    async def liens() -> int:
        await chercheuse.reload()
        return await lien.count()

    assert await finit_par(liens, lambda nombre: nombre == 0, ATTENTE) == 0
    await expect(trouvee).to_be_visible()
    await expect(chercheuse.locator("main")).not_to_contain_text(personne.email)

    await page.get_by_label("Mon nom dans l’annuaire").uncheck()
    await page.get_by_role("button", name="Enregistrer mes accords").click()
    await expect(page.get_by_text("Vos accords sont enregistrés")).to_be_visible()
    await finit_par_montrer(chercheuse, chercheuse.url, "Personne ne répond à ces choix")


async def test_les_filtres_restent_dans_l_adresse_et_s_otent_un_a_un(visites: Visites) -> None:
    page, _ = await visites.inscrite("Filtre")
    await page.goto("/espace/reseau?departement=2A&profil=coordinateur_hors_dispositif&q=%21%3F")
    await expect(page.get_by_text("ni lettre ni chiffre")).to_be_visible()
    await page.fill("#q", "Personne Dutout")
    await page.locator("#q").press("Enter")
    await expect(page).to_have_url(
        re.compile(r"q=Personne\+Dutout&departement=2A&profil=coordinateur_hors_dispositif$")
    )
    await page.get_by_role("link", name="Corse-du-Sud").click()
    await expect(page).to_have_url(re.compile(r"\?q=Personne\+Dutout&profil=coordinateur_hors_dispositif$"))
    await page.get_by_role("link", name="Tout afficher").first.click()
    await expect(page).to_have_url(re.compile(r"/espace/reseau$"))


async def test_d2_une_coordinatrice_lit_son_territoire_et_y_invite(visites: Visites) -> None:
    mediateur = await visites.scene.inscrite("Territorial", "mediateur")
    await employer(mediateur, "38185", "Ville de Grenoble")
    await mediateur.write("PUT", "/comptes/moi/fiche/accords", {"montre": ["annuaire"]})
    collegue = await visites.scene.inscrite("Homologue", "coordinateur")
    await employer(collegue, "38421", "Ville de Saint-Martin-d’Hères")
    page, personne = await visites.inscrite("Territoire", "coordinateur", scripts=False)
    await employer(personne, "38185", "Département de l’Isère")
    equipe_id = str(uuid4())
    await personne.post("/equipes", {"id": equipe_id, "nom": "Équipe de l’Isère"})

    await page.goto("/espace/reseau")
    await page.get_by_role("link", name="Mon territoire").click()
    await expect(page).to_have_url(re.compile(r"departement=38$"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Isère")
    # A coordinatrice sees every coordinateur, without a contact unless it is agreed to (D2).
    homologue = page.get_by_role("listitem").filter(has_text="Saint-Martin-d’Hères")
    await expect(homologue).to_contain_text("Coordinateur")
    await expect(page.locator("main")).not_to_contain_text(collegue.email)

    a_inviter = page.get_by_role("listitem").filter(has_text="Ville de Grenoble")
    await a_inviter.locator("summary").click()
    await a_inviter.get_by_role("button", name="Équipe de l’Isère").click()
    await expect(page.get_by_text("Invitation envoyée")).to_be_visible()

    async def recues() -> list[str]:
        return [i["id"] for i in (await mediateur.get("/invitations"))["elements"]]

    [invitation_id] = await finit_par(recues, bool, 60)
    await mediateur.post(f"/invitations/{invitation_id}/acceptation")

    async def membres() -> int:
        return len((await personne.get(f"/equipes/{equipe_id}/membres"))["elements"])

    assert await finit_par(membres, bool, 60) == 1
    await page.goto("/espace/territoire?departement=38")
    await expect(a_inviter).to_contain_text("Équipe de l’Isère")
    await expect(a_inviter.get_by_text("Inviter")).to_have_count(0)


async def test_d2_le_support_lit_les_coordinateurs_d_un_departement(visites: Visites) -> None:
    coordinatrice = await visites.scene.inscrite("Landaise", "coordinateur")
    await employer(coordinatrice, "40192", "Département des Landes")
    page = await visites.connectee(await visites.scene.habilitee("Guide", "support"), scripts=False)
    await page.goto("/gestion/utilisateurs")
    await page.get_by_role("link", name="Réseau").click()
    await page.get_by_role("link", name="Par département").click()
    await page.select_option("#departement", "40")
    await page.get_by_role("button", name="Afficher").click()
    trouvee = page.get_by_role("listitem").filter(has_text="Département des Landes")
    await expect(trouvee).to_contain_text("Coordinateur, hors dispositif")
    await expect(trouvee.get_by_text("Inviter")).to_have_count(0)


async def test_le_territoire_n_est_pas_la_pour_une_mediatrice(visites: Visites) -> None:
    page, _ = await visites.inscrite("Sansterritoire", scripts=False)
    reponse = await page.goto("/espace/territoire?departement=38")
    assert reponse is not None
    assert reponse.status == 404
