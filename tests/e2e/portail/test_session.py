"""La fin de la session se dit avant, et n'emporte rien de ce qui est saisi."""

import re

import pytest
from playwright.async_api import Page, expect
from scene import Navigateur
from visite import Visites, sur_l_appareil

CRA = "/espace/cra/individuel"


async def fermer(personne: Navigateur) -> None:
    """The session of the browser ends, from elsewhere."""
    (ici,) = [s["id"] for s in await personne.get("/auth/sessions") if s["actuelle"]]
    await personne.write("DELETE", f"/auth/sessions/{ici}")


async def se_reconnecter(page: Page, personne: Navigateur) -> None:
    await page.get_by_role("link", name="Se connecter avec ProConnect").click()
    if await page.locator("input[name=email]").count():
        await page.fill("input[name=email]", personne.email)
        await page.locator("button[type=submit]").first.click()


async def test_cinq_minutes_avant_la_fin_un_bandeau_le_dit_et_la_session_se_prolonge(
    visites: Visites,
) -> None:
    page, _ = await visites.inscrite("Xaviere")
    await page.clock.install()
    await page.goto(CRA)
    bandeau = page.locator("#fin-de-session")
    await expect(bandeau).to_be_hidden()
    await page.clock.fast_forward("01:55:30")
    await expect(bandeau).to_contain_text("Votre session se termine dans 5 min.")
    await page.get_by_role("button", name="Rester connecté").click()
    await expect(bandeau).to_be_hidden()
    await page.clock.fast_forward("01:30:00")
    await expect(bandeau).to_be_hidden()
    await page.clock.fast_forward("00:45:00")
    await expect(bandeau).to_contain_text("Votre session est terminée.")


@pytest.mark.parametrize("partage", [False, True], ids=["à soi", "partagé"])
async def test_un_envoi_apres_la_fin_reste_sur_la_page_et_la_saisie_revient(
    visites: Visites, partage: bool
) -> None:
    page, personne = await visites.inscrite("Xenia" if partage else "Ximene")
    if partage:
        await page.goto("/espace/brouillons")
        await page.get_by_role("button", name="Cet ordinateur est partagé").click()
        await expect(page.get_by_role("button", name="Cet ordinateur n’est qu’à moi")).to_be_visible()
    await page.goto(CRA)
    await fermer(personne)
    await page.check("#th-email")
    await page.check("#duree-90")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator("#fin-de-session")).to_contain_text("Votre session est terminée.")
    await expect(page).to_have_url(re.compile(CRA))
    await expect(page.locator("#th-email")).to_be_checked()

    lien = page.get_by_role("link", name="Se reconnecter")
    if partage:
        # Nothing is kept on the device: the page stays, and the sign-in is in another tab.
        async with page.context.expect_page() as ouverte:
            await lien.click()
        onglet = await ouverte.value
        await se_reconnecter(onglet, personne)
        await expect(onglet).to_have_url(re.compile("/espace"))
    else:
        await lien.click()
        await se_reconnecter(page, personne)
        await expect(page).to_have_url(re.compile(CRA))
        await (
            page.get_by_role("button", name="Reprendre")
            .or_(page.get_by_role("link", name="Reprendre"))
            .first.click()
        )
        await expect(page.locator("#duree-90")).to_be_checked()
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()


async def test_un_fichier_reste_choisi_quand_la_session_est_finie_et_part_ensuite(visites: Visites) -> None:
    page, personne = await visites.inscrite("Xylia")
    await page.goto("/espace/activites/importer")
    octets = b"Date;Quoi\n2026-01-15;Individuel"
    await page.set_input_files("#c-fichier", {"name": "été.csv", "mimeType": "text/csv", "buffer": octets})
    await fermer(personne)
    await page.get_by_role("button", name="Continuer").click()
    reste = page.locator("#fichier-reste")
    await expect(reste).to_contain_text("Votre session est terminée. « été.csv » (1 ko) reste choisi")
    async with page.context.expect_page() as ouverte:
        await reste.get_by_role("link").click()
    await se_reconnecter(await ouverte.value, personne)
    await (await ouverte.value).wait_for_url(re.compile("/connexion|/espace"))
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("heading", name="Que contient chaque colonne ?")).to_be_visible()


async def test_se_deconnecter_n_attend_pas_un_autre_onglet_qui_n_ecrit_plus_rien_ensuite(
    visites: Visites,
) -> None:
    page, _ = await visites.inscrite("Xanthe")
    await page.goto(CRA)
    autre = await page.context.new_page()
    await autre.goto(CRA)
    # A network that takes no writing, and a tab that holds the queue, as on a request that never ends.
    await page.context.route("**/espace/brouillons/*", lambda route: route.abort())
    await page.route(f"**{CRA}", lambda route: route.abort())
    await autre.check("#th-email")
    await expect(autre.locator("#ou-en-est")).to_have_text("Gardé sur cet appareil")
    await autre.evaluate("void navigator.locks.request('coop:envois', () => new Promise(() => {}))")
    await page.check("#th-email")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator("#a-envoyer")).to_have_text("1 compte rendu à envoyer")

    await page.get_by_role("button", name="Se déconnecter").first.click()
    await expect(page.locator("#dit-par-l-appareil")).to_contain_text("se déconnecter l’efface")
    assert await sur_l_appareil(page)
    await page.get_by_role("button", name="Se déconnecter").first.click()
    await page.wait_for_url(re.compile("^(?!.*/espace)"))

    await expect(autre.locator("#fin-de-session")).to_contain_text("Votre saisie est dans cette page.")
    await autre.check("#duree-90")
    await expect(autre.locator("#ou-en-est")).to_have_text("Sans réseau : rien n’est encore gardé")
    assert await sur_l_appareil(autre, "coop:") == []
