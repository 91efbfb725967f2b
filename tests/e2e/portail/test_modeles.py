"""Ce que l'on refait souvent s'ouvre presque rempli : modèles, sujets, copies, comptes rendus en série."""

import re

import pytest
from playwright.async_api import Page, expect
from scene import individuel
from visite import Visites, effacer

CRA = "/espace/cra/individuel"


async def enregistrer(page: Page) -> None:
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_un_modele_se_garde_sans_perdre_la_saisie_et_fait_un_compte_rendu_en_deux_gestes(
    visites: Visites, scripts: bool
) -> None:
    page, personne = await visites.inscrite("Odette" if scripts else "Odile", scripts=scripts)
    await page.goto(CRA)
    await page.check("#th-email")
    await page.check("#duree-90")
    await page.locator("details.bloc summary", has_text="Garder comme modèle").click()
    await page.get_by_role("button", name="Garder ce modèle").click()
    await expect(page.locator("#fautes")).to_be_visible()
    await page.fill("#c-modele_nom", "Boîtes aux lettres")
    await page.get_by_role("button", name="Garder ce modèle").click()
    await expect(page.get_by_text("Modèle « Boîtes aux lettres » gardé")).to_be_visible()
    await expect(page.locator("#duree-90")).to_be_checked()
    await enregistrer(page)

    await page.goto("/espace")
    if not scripts:
        await page.get_by_role("link", name="Mes modèles").click()
    await page.get_by_role("link", name="Boîtes aux lettres").click()
    await enregistrer(page)
    lues = (await personne.get("/activites"))["elements"]
    assert [(a["thematiques"], a["duree_minutes"]) for a in lues] == [(["email"], 90)] * 2

    await page.goto("/espace/modeles")
    await effacer(page)
    await expect(page.get_by_text("Vous n’avez aucun modèle")).to_be_visible()


async def test_un_sujet_de_l_espace_ouvre_un_compte_rendu_deja_coche(visites: Visites) -> None:
    page, _ = await visites.inscrite("Olga", scripts=False)
    await page.goto("/espace")
    await page.get_by_role("link", name="E-mail").click()
    await expect(page.locator("#th-email")).to_be_checked()
    await enregistrer(page)


async def test_le_suivant_garde_le_jour_et_le_lieu_et_dit_combien_sont_faits(visites: Visites) -> None:
    page, _ = await visites.inscrite("Olympe", scripts=False)
    await page.goto(CRA)
    for combien in ("1 enregistré", "2 enregistrés"):
        await page.check("#th-email")
        if combien == "1 enregistré":
            await page.check("#jour-hier")
            await page.check("#ou-domicile")
            await page.fill("#c-commune", "Lille (59000)")
        await page.get_by_role("button", name=re.compile("saisir le suivant")).click()
        await expect(page.get_by_text(f"Compte rendu enregistré : {combien} pour le")).to_be_visible()
        await expect(page.locator("#jour-hier")).to_be_checked()
        await expect(page.locator("#ou-domicile")).to_be_checked()
        await expect(page.locator("#c-commune")).to_have_value("Lille (59000)")
        await expect(page.locator("#th-email")).not_to_be_checked()
    assert "Lille" not in page.url


async def test_une_copie_reprend_tout_et_n_enregistre_rien_d_elle_meme(visites: Visites) -> None:
    page, personne = await visites.inscrite("Ombeline", scripts=False)
    corps = individuel(duree_minutes=75)
    await personne.post("/activites", corps)
    await page.goto(f"/espace/activites/{corps['id']}")
    await page.get_by_role("link", name="Dupliquer").click()
    await expect(page.locator("#th-logement")).to_be_checked()
    assert len((await personne.get("/activites"))["elements"]) == 1
    await enregistrer(page)
    lues = (await personne.get("/activites", personne.positions["activites"]))["elements"]
    assert [a["duree_minutes"] for a in lues] == [75, 75]


async def test_la_touche_entree_enregistre_et_ne_garde_pas_de_modele(visites: Visites) -> None:
    page, personne = await visites.inscrite("Opaline")
    await page.goto(CRA)
    await page.check("#th-email")
    await page.check("#ou-domicile")
    # At home, theirs is proposed, and follows until one writes another.
    for commune in ("Dijon (21000)", "Lille (59000)"):
        await page.fill("#c-commune", commune)
        await page.locator("#c-commune").blur()
        await expect(page.locator("#c-residence")).to_have_value(commune)
    await page.locator("#c-commune").press("Enter")
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()
    assert (await personne.get("/modeles"))["elements"] == []
