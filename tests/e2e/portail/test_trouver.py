"""Trouver un lieu : la France, un endroit, une fiche ; sans scripts, au clavier, sur la carte."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect
from poids import peser
from visite import TELEPHONE, Visites

OCTETS_MAX, REQUETES_MAX, ELEMENTS_MAX, APPELS_MAX = 120 * 1024, 6, 1200, 3


async def premier(visites: Visites, question: str) -> dict[str, Any]:
    """Le premier lieu que l'API répond."""
    anonyme = await visites.scene.anonyme()
    lu: dict[str, Any] = (await anonyme.get(f"/lieux?limite=1&{question}"))["elements"][0]
    return lu


async def cote_d_or(page: Page) -> None:
    await page.goto("/trouver")
    await page.locator(".departements").get_by_role("link", name="Côte-d'Or").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Côte-d'Or (21)")


async def test_sans_scripts_on_va_de_la_france_a_la_fiche_d_un_lieu(visites: Visites) -> None:
    page = await visites.anonyme(scripts=False)
    await cote_d_or(page)
    await expect(page.locator("#cote-carte")).to_be_hidden()
    await page.check("#f-week-end")
    await page.get_by_role("button", name="Appliquer", exact=True).click()
    await expect(page).to_have_url(re.compile("ouvert_le_week_end=true"))
    await expect(page).to_have_url(re.compile("departement=21"))
    ligne = page.locator(".lieux li").first
    nom = await ligne.locator("a").inner_text()
    await ligne.locator("a").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(nom)
    await expect(page.get_by_role("row", name="Samedi")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("Source : Mednum BFC")


async def test_les_comptes_de_la_liste_sont_ceux_de_l_api(visites: Visites) -> None:
    page = await visites.anonyme()
    await page.goto("/trouver")
    anonyme = await visites.scene.anonyme()
    dits = (await anonyme.get("/carte/departements"))["elements"]
    lignes = await page.locator(".departements li").all_inner_texts()
    assert [" ".join(li.split()) for li in lignes] == [f"{d['nom']} {d['lieux']}" for d in dits]
    # The drawing is the same, for who sees it: it takes no stop of the keyboard.
    assert await page.locator(".france a[tabindex='-1']").count() == await page.locator(".france a").count()


async def test_une_commune_se_trouve_par_son_nom_mal_accentue(visites: Visites) -> None:
    page = await visites.anonyme(scripts=False)
    await page.goto("/trouver")
    await page.fill("#q", "besancon")
    await page.get_by_role("button", name="Chercher").click()
    await expect(page).to_have_url(re.compile(r"\?commune=25056"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Besançon")
    await expect(page.locator(".lieux li").first).to_contain_text("Besançon", ignore_case=True)


async def test_un_nom_partage_laisse_choisir_et_des_mots_inconnus_le_disent(visites: Visites) -> None:
    page = await visites.anonyme(scripts=False)
    await page.goto("/trouver?q=Saint-Denis")
    await expect(page.get_by_role("link", name="Saint-Denis (97400)")).to_be_visible()
    await page.goto("/trouver?q=zzzzqqqq")
    await expect(page.get_by_text("Aucun lieu ne répond à cette recherche")).to_be_visible()
    await page.get_by_role("link", name="Toute la France").first.click()
    await expect(page).to_have_url(re.compile("/trouver$"))


async def test_on_trouve_un_lieu_au_clavier_en_moins_de_dix_touches(visites: Visites) -> None:
    page = await visites.anonyme()
    await page.goto("/trouver")
    await page.focus("#q")  # the browser's own « next field » is not counted, typing neither
    await page.keyboard.type("Dijon (21000)")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("commune=21231"))
    await page.focus("#liste")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/trouver/[0-9a-f-]{36}$"))


async def test_la_carte_montre_les_lieux_de_la_liste_et_s_ouvre_en_approchant(visites: Visites) -> None:
    page = await visites.anonyme()
    await cote_d_or(page)
    reperes = page.locator(".leaflet-marker-icon")
    await expect(reperes.first).to_be_visible()
    await expect(page.get_by_role("link", name="Voir la liste")).to_be_visible()
    await expect(page.get_by_title("Zoomer", exact=True)).to_be_visible()
    # Beyond twenty, the markers leave the order of the keyboard.
    atteints = await page.locator(".leaflet-marker-icon[tabindex='0']").count()
    assert atteints in (0, await reperes.count())
    assert (atteints == 0) == (await reperes.count() > 20)
    grappe = page.locator(".grappe").first
    avant = await grappe.get_attribute("title")
    async with page.expect_response(lambda r: "/carte/points" in r.url) as reponse:
        await grappe.click()
    assert (await reponse.value).ok
    await expect(page.locator("#dit-carte")).to_contain_text("sur la carte")
    assert avant is not None


async def test_un_lieu_choisi_sur_la_carte_s_ouvre_et_se_montre_dans_la_liste(visites: Visites) -> None:
    lieu = await premier(visites, "commune=21231&services=Loisirs%20et%20cr%C3%A9ations%20num%C3%A9riques")
    page = await visites.anonyme()
    await page.goto(f"/trouver?q={lieu['nom']}")
    await expect(page.locator(".lieux li").first).to_be_visible()
    repere = page.locator(".leaflet-marker-icon.point").first
    await repere.click()
    await expect(page.locator(".leaflet-popup a").first).to_be_focused()
    await expect(page.locator(".lieux li.choisi")).to_have_count(1)
    await expect(page.get_by_label("Fermer")).to_be_visible()
    await page.locator(".leaflet-popup-content a").first.click()
    await expect(page).to_have_url(re.compile("/trouver/[0-9a-f-]{36}$"))


async def test_la_position_n_est_demandee_qu_au_clic_et_n_entre_dans_aucune_adresse(visites: Visites) -> None:
    page = await visites.anonyme()
    await page.context.grant_permissions(["geolocation"], origin=visites.base)
    await page.context.set_geolocation({"latitude": 47.3221, "longitude": 5.0415})
    await cote_d_or(page)
    adresse = page.url
    async with page.expect_response(lambda r: "/carte/points" in r.url and "departement" not in r.url):
        await page.get_by_role("button", name="Autour de moi").click()
    assert page.url == adresse
    garde = await page.evaluate("localStorage.length + sessionStorage.length")
    assert garde == 0


@pytest.mark.parametrize("chemin", ["/trouver", "/trouver?departement=21", "/trouver?q=numerique"])
async def test_la_carte_tient_dans_son_budget_et_ne_demande_rien_a_personne(
    visites: Visites, chemin: str
) -> None:
    page = await visites.anonyme()
    ailleurs: list[str] = []
    page.on("request", lambda d: ailleurs.append(d.url) if not d.url.startswith(visites.base) else None)
    poids = await peser(page, chemin)
    assert poids.octets <= OCTETS_MAX
    assert poids.requetes <= REQUETES_MAX, poids.adresses
    assert poids.elements <= ELEMENTS_MAX
    assert poids.appels <= APPELS_MAX
    assert ailleurs == []


async def test_un_lieu_dont_les_horaires_sont_inconnus_n_est_jamais_dit_ferme(visites: Visites) -> None:
    page = await visites.anonyme(scripts=False, taille=TELEPHONE)
    anonyme = await visites.scene.anonyme()
    lus = (await anonyme.get("/lieux?limite=200"))["elements"]
    inconnu = next(li for li in lus if li["horaires"] is None)
    await page.goto(f"/trouver/{inconnu['id']}")
    await expect(page.locator(".ligne-etat")).to_have_text("Horaires non précisés")
    await expect(page.locator("main")).not_to_contain_text("Fermé")


@pytest.mark.parametrize(
    ("chemin", "statut"),
    [
        ("/trouver/00000000-0000-4000-8000-000000000000", 404),
        ("/trouver/pas-un-lieu", 404),
        ("/trouver?departement=zzz", 422),
        ("/trouver?apres=junk&departement=21", 400),
        ("/trouver?services=inconnu", 422),
        ("/trouver?ouvert_le=mardi&ouvert_a=tard", 422),
        ("/trouver?q=%25", 422),
    ],
)
async def test_une_adresse_fausse_est_une_page_qui_se_lit(visites: Visites, chemin: str, statut: int) -> None:
    page = await visites.anonyme(scripts=False)
    reponse = await page.goto(chemin)
    assert reponse is not None
    assert reponse.status == statut
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
