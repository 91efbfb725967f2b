"""Une équipe, de l'invitation au départ, dans les navigateurs de ses deux personnes."""

import re

import pytest
from playwright.async_api import expect
from scene import creer_une_equipe, faire_membre, individuel, inviter
from visite import Visites, finit_par_montrer


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_une_mediatrice_invitee_accepte_se_voit_dans_les_chiffres_puis_s_en_va(
    visites: Visites, scripts: bool
) -> None:
    suffixe = "a" if scripts else "b"
    chez_elle, mediatrice = await visites.inscrite(f"Lucie{suffixe}", scripts=scripts)
    page, _ = await visites.inscrite(f"Marceline{suffixe}", "coordinateur", scripts=scripts)

    await page.goto("/espace/equipes")
    await page.fill("#c-nom", "Équipe du Rhône")
    await page.get_by_role("button", name="Créer l’équipe").click()
    await expect(page.get_by_text("Équipe créée")).to_be_visible()
    await page.fill("#c-compte_id", mediatrice.moi["compte_id"])
    await page.get_by_role("button", name="Envoyer l’invitation").click()
    await expect(page.get_by_text("Invitation envoyée")).to_be_visible()
    equipe = re.sub(r"\?.*", "", page.url)

    await mediatrice.post("/activites", individuel())
    await finit_par_montrer(chez_elle, "/espace", "Répondre")
    await chez_elle.get_by_role("link", name="Répondre").click()
    await expect(chez_elle.get_by_text("Qui la coordonne verra")).to_be_visible()
    await finit_par_montrer(chez_elle, chez_elle.url, f"Marceline{suffixe}")
    await chez_elle.get_by_role("button", name="Accepter").click()
    await expect(chez_elle.get_by_role("link", name="Équipe du Rhône")).to_be_visible()

    await finit_par_montrer(page, equipe, f"Lucie{suffixe}")
    await expect(page.locator("tbody tr")).to_contain_text("Actif")
    await finit_par_montrer(page, "/espace/statistiques", "1 individuel")

    await chez_elle.get_by_role("link", name="Équipe du Rhône").click()
    await expect(chez_elle.get_by_role("heading", level=1)).to_have_text("Équipe du Rhône")
    await finit_par_montrer(chez_elle, chez_elle.url, f"Marceline{suffixe}")
    await chez_elle.get_by_role("link", name="Quitter l’équipe").click()
    await chez_elle.get_by_role("button", name="Quitter l’équipe").click()
    await expect(chez_elle.get_by_text("Vous n’êtes plus membre")).to_be_visible()
    await chez_elle.goto(equipe)
    await expect(chez_elle.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas")

    await finit_par_montrer(page, f"{equipe}?statut=ancien", f"Lucie{suffixe}")
    await expect(page.locator("tbody tr")).to_contain_text("plus visible")
    await page.goto(f"{equipe}?statut=actif")
    await expect(page.locator("main")).not_to_contain_text(f"Lucie{suffixe}")


async def test_une_invitation_refusee_ne_fait_pas_de_membre(visites: Visites) -> None:
    page, mediatrice = await visites.inscrite("Noelie", scripts=False)
    coordinatrice = await visites.scene.inscrite("Odile", "coordinateur")
    equipe = await creer_une_equipe(coordinatrice)
    await inviter(coordinatrice, equipe, mediatrice)
    await page.goto("/espace/invitations")
    await page.get_by_role("button", name="Refuser").click()
    await expect(page.get_by_text("Invitation refusée")).to_be_visible()
    await expect(page.get_by_text("Aucune invitation n’attend votre réponse")).to_be_visible()
    assert (await mediatrice.get("/equipes"))["elements"] == []


async def test_un_refus_de_l_api_se_lit_au_controle_qu_il_concerne(visites: Visites) -> None:
    page, coordinatrice = await visites.inscrite("Pascale", "coordinateur")
    membre = await visites.scene.inscrite("Quitterie", "mediateur")
    equipe = await creer_une_equipe(coordinatrice)
    await faire_membre(coordinatrice, equipe, membre)
    await page.goto(f"/espace/equipes/{equipe}")
    for saisi, dit in [
        ("pas un identifiant", "Écrivez son adresse de courriel"),
        ("00000000-0000-4000-8000-000000000000", "Ce compte n'est pas connu"),
        (coordinatrice.moi["compte_id"], "déjà lié à l'équipe"),
        ("lea@conseiller-numerique.fr", "n'existent plus"),
        (membre.moi["compte_id"], "déjà membre"),
    ]:
        await page.fill("#c-compte_id", saisi)
        await page.get_by_role("button", name="Envoyer l’invitation").click()
        await expect(page).to_have_title(re.compile("^Erreur : "))
        await expect(page.locator("#e-compte_id")).to_contain_text(dit)
        await expect(page.locator("#c-compte_id")).to_have_value(saisi)
    await page.goto("/espace/equipes")
    await page.fill("#c-nom", "www.exemple.fr")
    await page.get_by_role("button", name="Créer l’équipe").click()
    await expect(page.locator("#e-nom")).to_contain_text("sans adresse web")


async def test_une_reponse_qui_vient_trop_tard_le_dit(visites: Visites) -> None:
    page, mediatrice = await visites.inscrite("Rosalie")
    coordinatrice = await visites.scene.inscrite("Sidonie", "coordinateur")
    invitation = await inviter(coordinatrice, await creer_une_equipe(coordinatrice), mediatrice)
    await page.goto("/espace/invitations")
    await coordinatrice.write("DELETE", f"/invitations/{invitation}")
    await page.get_by_role("button", name="Accepter").click()
    await expect(page.get_by_role("alert")).to_contain_text("a déjà reçu une réponse ou a été annulée")


async def test_une_coordinatrice_retire_un_membre_et_annule_une_invitation(visites: Visites) -> None:
    page, coordinatrice = await visites.inscrite("Therese", "coordinateur", scripts=False)
    membre = await visites.scene.inscrite("Ursule", "mediateur")
    invitee = await visites.scene.inscrite("Valentine", "mediateur")
    equipe = await creer_une_equipe(coordinatrice)
    await faire_membre(coordinatrice, equipe, membre)
    await inviter(coordinatrice, equipe, invitee)
    chemin = f"/espace/equipes/{equipe}"
    await finit_par_montrer(page, chemin, "Ursule")
    await page.get_by_role("link", name="Retirer Ursule").click()
    await expect(page.get_by_role("button", name="Retirer de l’équipe")).to_be_visible()
    await finit_par_montrer(page, page.url, "Ursule")
    await page.get_by_role("button", name="Retirer de l’équipe").click()
    await expect(page.get_by_text("n’est plus dans l’équipe")).to_be_visible()
    await page.get_by_role("button", name="Annuler l’invitation").click()
    await expect(page.get_by_text("Invitation annulée")).to_be_visible()
    await expect(page.get_by_text("Aucune invitation n’attend de réponse")).to_be_visible()


async def test_l_equipe_d_une_autre_est_une_page_qui_n_existe_pas(visites: Visites) -> None:
    coordinatrice = await visites.scene.inscrite("Wilhelmine", "coordinateur")
    equipe = await creer_une_equipe(coordinatrice)
    for role in ("mediateur", "coordinateur"):
        page, _ = await visites.inscrite(f"Xaviere{role}", role)
        await page.goto(f"/espace/equipes/{equipe}")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas")
