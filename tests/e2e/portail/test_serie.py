"""Une série : douze lignes, un jour et un lieu ; la septième est fausse : onze gardées, ou aucune."""

import datetime as dt
import re

import pytest
from playwright.async_api import Page, expect
from scene import atelier
from visite import Visites

SERIE = "/espace/cra/serie"


async def remplir(page: Page, *, fausse: int | None = None) -> None:
    await page.goto(SERIE)
    for rang in range(12):
        if rang == fausse:
            await page.select_option(f"[name='l/{rang}/genre']", "feminin")
        else:
            await page.select_option(f"[name='l/{rang}/thematique']", "email")


async def envoyer(page: Page) -> None:
    await page.get_by_role("button", name="Enregistrer la série").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_douze_personnes_en_une_page(visites: Visites, scripts: bool) -> None:
    page, personne = await visites.inscrite("Paule" if scripts else "Perle", scripts=scripts)
    await remplir(page)
    await envoyer(page)
    await expect(page.get_by_text("12 comptes rendus enregistrés")).to_be_visible()
    assert (await personne.get("/activites"))["total"] == 12


async def test_la_septieme_est_fausse_onze_sont_gardees_et_elle_reste_a_corriger(visites: Visites) -> None:
    page, personne = await visites.inscrite("Paz", scripts=False)
    await remplir(page, fausse=6)
    # One where she never said to work: it becomes one of hers.
    lieu = (await personne.get("/lieux?q=ccas dijon&limite=1"))["elements"][0]
    await page.check("#ou-chercher")
    await page.fill("#c-lieu_cherche", f"{lieu['nom']}, {lieu['commune']}")
    await envoyer(page)
    await expect(page.get_by_text("11 comptes rendus enregistrés")).to_be_visible()
    await expect(page.locator("#fautes li")).to_have_count(1)
    await expect(page.locator("#fautes li")).to_contain_text("Ligne 7")
    await expect(page.locator("[name='l/6/genre']")).to_have_value("feminin")
    await expect(page.locator("[name='l/5/thematique']")).to_have_value("")
    await page.select_option("[name='l/6/thematique']", "email")
    await envoyer(page)
    await expect(page.get_by_text("1 compte rendu enregistré")).to_be_visible()
    ici = await personne.get(f"/activites?lieux={lieu['id']}", personne.positions.get("activites"))
    assert ici["total"] == 12


async def test_la_septieme_est_fausse_et_rien_n_est_enregistre_si_on_l_a_voulu(visites: Visites) -> None:
    page, personne = await visites.inscrite("Philomene")
    await remplir(page, fausse=6)
    await page.get_by_text("Ne rien enregistrer").locator("..").locator("input").check()
    await envoyer(page)
    await expect(page.locator("#fautes")).to_contain_text("Ligne 7")
    await expect(page.locator("[name='l/5/thematique']")).to_have_value("email")
    assert (await personne.get("/activites"))["total"] == 0


async def test_une_serie_vide_le_dit_et_d_autres_lignes_s_ajoutent(visites: Visites) -> None:
    page, _ = await visites.inscrite("Prune", scripts=False)
    await page.goto(SERIE)
    await envoyer(page)
    await expect(page.locator("#fautes")).to_contain_text("Aucune ligne n’est remplie")
    await page.select_option("[name='l/0/thematique']", "email")
    await page.get_by_role("button", name="Ajouter des lignes").click()
    await expect(page.locator("tbody tr")).to_have_count(24)
    await expect(page.locator("[name='l/0/thematique']")).to_have_value("email")


async def test_au_clavier_entree_descend_et_une_serie_commencee_se_reprend(visites: Visites) -> None:
    page, _ = await visites.inscrite("Parfaite")
    await page.goto(SERIE)
    await page.select_option("[name='l/0/thematique']", "email")
    await page.locator("[name='l/0/thematique']").press("Enter")
    await expect(page.locator("[name='l/1/thematique']")).to_be_focused()
    await page.locator("[name='l/1/thematique']").press("Shift+Enter")
    await expect(page.locator("[name='l/0/thematique']")).to_be_focused()
    # An arrow alone changes what a list says: with Ctrl it changes row, and alone on a box.
    await page.locator("[name='l/0/thematique']").press("Control+ArrowDown")
    await expect(page.locator("[name='l/1/thematique']")).to_be_focused()
    await page.locator("[name='l/1/deja_accompagne']").press("ArrowUp")
    await expect(page.locator("[name='l/0/deja_accompagne']")).to_be_focused()
    await expect(page.locator("[name='l/0/thematique']")).to_have_value("email")
    await expect(page.locator("#ou-en-est")).to_have_text(re.compile("^Brouillon enregistré"))
    await page.goto("/espace/brouillons")
    await page.get_by_role("link", name=re.compile("^Reprendre")).click()
    await expect(page.locator("[name='l/0/thematique']")).to_have_value("email")


async def test_un_atelier_qui_revient_donne_un_brouillon_par_date_a_confirmer_le_jour_venu(
    visites: Visites,
) -> None:
    page, personne = await visites.inscrite("Pelagie", scripts=False)
    aujourd_hui = dt.date.fromisoformat((await personne.get("/activites/habitudes"))["aujourd_hui"])
    corps = atelier(date=str(aujourd_hui - dt.timedelta(14)), titre_atelier="Le mardi du tableur")
    await personne.post("/activites", corps)
    await page.goto(f"/espace/activites/{corps['id']}")
    await page.get_by_role("link", name="Répéter").click()
    await page.fill("#c-fois", "53")
    creer = page.get_by_role("button", name="Créer les brouillons")
    await creer.click()
    await expect(page.locator("#fautes")).to_contain_text("Un nombre de fois, de 1 à 52.")
    await page.fill("#c-fois", "3")
    await creer.click()
    await expect(page.get_by_text("3 brouillons créés, à confirmer le jour venu.")).to_be_visible()
    await expect(page.locator(".brouillons li")).to_have_count(3)
    await expect(page.get_by_role("link", name=re.compile("^Confirmer"))).to_have_count(2)

    # Before its day, it stays a draft.
    await page.get_by_role("link", name=re.compile("^Modifier")).click()
    await expect(page.locator("#c-titre_atelier")).to_have_value("Le mardi du tableur")
    await expect(page.locator("#c-notes")).to_have_value("")
    await page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    await expect(page.locator("#fautes")).to_contain_text("futur")
    await page.goto("/espace/cra/atelier")
    await expect(page.locator(".laisse")).to_have_count(0)

    await page.goto("/espace/brouillons")
    await page.get_by_role("link", name=re.compile("^Confirmer")).first.click()
    await page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()
    await page.goto("/espace/brouillons")
    await expect(page.locator(".brouillons li")).to_have_count(2)
    faits = (await personne.get("/activites", personne.positions.get("activites")))["elements"]
    assert sorted(fait["date"] for fait in faits) == [
        str(aujourd_hui - dt.timedelta(14)), str(aujourd_hui - dt.timedelta(7))
    ]  # fmt: skip
