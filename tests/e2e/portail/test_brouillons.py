"""Une saisie commencée n’est jamais perdue : gardée à mesure, proposée au retour, effacée à l’envoi."""

import re

import pytest
from playwright.async_api import Page, expect
from scene import ATTENTE, finit_par
from visite import Visites, effacer, sur_l_appareil

CRA = "/espace/cra/individuel"
GARDE = re.compile(r"^Brouillon enregistré à \d\d:\d\d$")


async def commencer(page: Page, notes: str = "") -> None:
    await page.goto(CRA)
    await page.check("#th-email")
    if notes:
        await page.locator("summary", has_text="Ajouter des précisions").click()
        await page.fill("#c-notes", notes)


async def test_une_saisie_se_garde_seule_se_reprend_ailleurs_et_part_avec_l_envoi(visites: Visites) -> None:
    page, personne = await visites.inscrite("Yvette")
    await commencer(page, "Une note longue")
    await page.check("#duree-90")
    await expect(page.locator("#ou-en-est")).to_have_text(GARDE)

    ailleurs = await visites.connectee(personne)
    await ailleurs.goto(CRA)
    await expect(ailleurs.locator(".laisse")).to_contain_text("Vous avez un compte rendu commencé")
    await expect(ailleurs.locator("#th-email")).not_to_be_checked()
    await ailleurs.get_by_role("link", name="Reprendre").click()
    await expect(ailleurs.locator("#th-email")).to_be_checked()
    await expect(ailleurs.locator("#duree-90")).to_be_checked()
    await expect(ailleurs.locator("#c-notes")).to_have_value("Une note longue")
    await ailleurs.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(ailleurs.get_by_text("Compte rendu enregistré")).to_be_visible()
    assert (await personne.get("/brouillons"))["elements"] == []


async def test_un_onglet_ferme_aussitot_ne_perd_rien(visites: Visites) -> None:
    page, personne = await visites.inscrite("Yolande")
    await commencer(page)
    copie = f"coop:{personne.moi['compte_id']}:brouillon:"
    await finit_par(lambda: sur_l_appareil(page, copie), bool, ATTENTE)
    autre = await page.context.new_page()
    await page.close()
    await autre.goto(CRA)
    await (
        autre.get_by_role("link", name="Reprendre")
        .or_(autre.get_by_role("button", name="Reprendre"))
        .first.click()
    )
    await expect(autre.locator("#th-email")).to_be_checked()


async def test_sans_scripts_un_bouton_garde_le_brouillon_et_une_page_le_rend(visites: Visites) -> None:
    page, _ = await visites.inscrite("Zoe", scripts=False)
    await commencer(page)
    await page.get_by_role("button", name="Garder en brouillon").click()
    await expect(page.get_by_text("Brouillon gardé")).to_be_visible()
    await page.get_by_role("link", name=re.compile("^Reprendre")).click()
    await expect(page.locator("#th-email")).to_be_checked()
    await page.get_by_role("button", name="Garder en brouillon").click()
    await expect(page.locator(".brouillons li")).to_have_count(1)
    await effacer(page)
    await expect(page.get_by_text("Vous n’avez aucun brouillon")).to_be_visible()


async def test_un_brouillon_laisse_s_efface_depuis_le_formulaire(visites: Visites) -> None:
    page, personne = await visites.inscrite("Zelie", scripts=False)
    await commencer(page)
    await page.get_by_role("button", name="Garder en brouillon").click()
    await page.goto(CRA)
    await effacer(page)
    await expect(page).to_have_url(re.compile(CRA))
    await expect(page.locator(".laisse")).to_have_count(0)
    assert (await personne.get("/brouillons"))["elements"] == []


async def test_une_correction_commencee_se_reprend_sur_sa_page(visites: Visites) -> None:
    page, _ = await visites.inscrite("Zita")
    await page.goto(CRA)
    await page.check("#th-email")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await page.locator(".lignes a").first.click()
    await page.get_by_role("link", name="Corriger").click()
    await page.check("#duree-90")
    await expect(page.locator("#ou-en-est")).to_have_text(GARDE)
    await page.goto("/espace/brouillons")
    await page.get_by_role("link", name=re.compile("^Reprendre")).click()
    await expect(page).to_have_url(re.compile("/corriger"))
    await expect(page.locator("#duree-90")).to_be_checked()
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_text("Correction enregistrée")).to_be_visible()
    await page.goto("/espace/brouillons")
    await expect(page.get_by_text("Vous n’avez aucun brouillon")).to_be_visible()


async def test_deux_onglets_du_meme_brouillon_ne_s_ecrasent_pas(visites: Visites) -> None:
    page, personne = await visites.inscrite("Zenaide")
    await commencer(page)
    await expect(page.locator("#ou-en-est")).to_have_text(GARDE)
    [brouillon] = (await personne.get("/brouillons"))["elements"]
    autre = await page.context.new_page()
    await autre.goto(f"{CRA}?brouillon={brouillon['id']}")
    await autre.check("#duree-90")
    await expect(autre.locator("#ou-en-est")).to_have_text(GARDE)
    await page.check("#duree-60")
    await expect(page.locator("#ou-en-est")).to_contain_text("a changé dans un autre onglet")
    champs = (await personne.get(f"/brouillons/{brouillon['id']}"))["contenu"]["champs"]
    assert ["duree", "90"] in champs


@pytest.mark.parametrize("partage", [False, True], ids=["à soi", "partagé"])
async def test_un_ordinateur_partage_ne_garde_rien(visites: Visites, partage: bool) -> None:
    page, personne = await visites.inscrite("Zohra" if partage else "Zora")
    await page.goto("/espace/brouillons")
    if partage:
        await page.get_by_role("button", name="Cet ordinateur est partagé").click()
        await expect(page.get_by_role("button", name="Cet ordinateur n’est qu’à moi")).to_be_visible()
    await commencer(page)
    await expect(page.locator("#ou-en-est")).to_have_text(GARDE)
    copies = await sur_l_appareil(page)
    assert copies == [] if partage else f"coop:{personne.moi['compte_id']}:brouillon:" in "".join(copies)


async def test_se_deconnecter_garde_la_saisie_chez_nous_et_vide_l_appareil(visites: Visites) -> None:
    page, personne = await visites.inscrite("Zacharie")
    await commencer(page)
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page).not_to_have_url(re.compile(CRA))
    await page.goto("/connexion")
    assert await sur_l_appareil(page) == []
    retour = await visites.scene.autre_navigateur(personne)
    [brouillon] = (await retour.get("/brouillons"))["elements"]
    assert brouillon["sorte"] == "individuel"


async def test_parti_de_la_file_rien_n_en_reste_et_un_refus_que_nul_ne_garde_n_arrete_pas_les_autres(
    visites: Visites,
) -> None:
    page, personne = await visites.inscrite("Zenon")
    siens = f"coop:{personne.moi['compte_id']}:"
    await commencer(page)
    await expect(page.locator("#ou-en-est")).to_have_text(GARDE)
    await page.context.set_offline(True)
    await page.check("#duree-90")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator("#a-envoyer")).to_have_text("1 compte rendu à envoyer")
    # Another one, before it in the queue, with a text so long that the drafts refuse it too.
    await page.evaluate(
        """async () => {
          const [[, bon]] = await appareil.tout(envoi("")), id = "00000000-0000-4000-8000-000000000001";
          const champs = bon.champs.filter(([nom]) => nom !== "id");
          const long = [["id", id], ["notes", "a ".repeat(40000)]];
          await appareil.ecrire(envoi(id), { ...bon, champs: [...champs, ...long] });
        }"""
    )
    await page.context.set_offline(False)
    await expect(page.locator("#dit-par-l-appareil")).to_contain_text(
        "est parti. Un compte rendu est à corriger"
    )
    await expect(page.locator("#a-envoyer")).to_be_hidden()
    assert len((await personne.get("/activites"))["elements"]) == 1
    assert (await personne.get("/brouillons"))["elements"] == []

    await page.goto("/espace/brouillons")
    await expect(page.locator("#sur-l-appareil li")).to_contain_text("À corriger : ")
    partage = page.get_by_role("button", name="Cet ordinateur est partagé")
    await partage.click()
    await expect(page.locator("#dit-par-l-appareil")).to_contain_text("le dire partagé les efface")
    [reste] = await sur_l_appareil(page, siens)
    assert reste.startswith(f"{siens}brouillon:")
    await partage.click()
    await expect(page.get_by_role("button", name="Cet ordinateur n’est qu’à moi")).to_be_visible()
    assert await sur_l_appareil(page, siens) == []
