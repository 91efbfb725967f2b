"""S'inscrire dans un vrai navigateur : les étapes de son profil, et revenir sans rien perdre."""

import re

import pytest
from embedded import etapes
from playwright.async_api import Page, expect
from visite import Visites

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])


async def continuer(page: Page, bouton: str = "Continuer") -> None:
    await page.locator("main").get_by_role("button", name=bouton, exact=True).last.click()


async def choisir(page: Page, profil: str) -> None:
    """Le profil et les conditions."""
    await page.goto("/espace")
    await expect(page).to_have_url(re.compile("/inscription/profil$"))
    await page.check(f"input[name=profil][value={profil}]")
    await page.check("#c-cgu_acceptees")
    await continuer(page)


async def employer(page: Page) -> None:
    """Une structure cherchée par son nom, puis confirmée."""
    await expect(page.get_by_role("heading", name="Votre structure employeuse")).to_be_visible()
    await page.fill("#c-q", "MDPH du Gard")
    await page.get_by_role("button", name="Chercher").click()
    await page.get_by_role("button", name="Choisir MDPH du Gard").click()
    await expect(page.locator("#c-siret")).to_have_value("13000083900014")
    await page.fill("#c-debut", "2025-01-06")
    await continuer(page)


async def exercer(page: Page) -> None:
    """Un lieu cherché, coché."""
    await expect(page.get_by_role("heading", name="Vos lieux d’activité")).to_be_visible()
    await page.fill("#c-q", "Dijon")
    await page.get_by_role("button", name="Chercher").click()
    await page.locator("#c-lieux").check()
    await continuer(page)


async def valider(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Récapitulatif")).to_be_visible()
    await continuer(page, "Valider mon inscription")
    await expect(page).to_have_url(re.compile("/espace$"))


@SCRIPTS
async def test_une_mediatrice_s_inscrit_en_cinq_etapes(visites: Visites, scripts: bool) -> None:
    personne = await visites.scene.connectee("Ines" if scripts else "Irene")
    page = await visites.connectee(personne, scripts=scripts)
    await page.goto("/espace")
    await expect(page).to_have_url(re.compile("/inscription/profil$"))
    await expect(page.get_by_text("Étape 1 sur 5")).to_be_visible()
    await continuer(page)
    await expect(page.locator("#fautes")).to_be_visible()
    await choisir(page, "mediateur")

    await expect(page.get_by_text("Étape 2 sur 5")).to_be_visible()
    await page.fill("#c-profession", "Médiatrice numérique")
    await continuer(page)

    await expect(page.get_by_text("Étape 3 sur 5")).to_be_visible()
    await page.fill("#c-siret", "11122233344455")
    await page.fill("#c-nom", "Ville d’Exemple")
    await page.fill("#c-adresse", "1 place de la Mairie, 39000 Lons-le-Saunier")
    await page.fill("#c-debut", "2025-01-06")
    await continuer(page)
    await expect(page.locator("#e-siret")).to_be_visible()
    await expect(page.locator("#c-nom")).to_have_value("Ville d’Exemple")
    await page.fill("#c-siret", "130 026 032 00016")
    await continuer(page)

    await expect(page.get_by_text("Étape 4 sur 5")).to_be_visible()
    await continuer(page)
    await expect(page.locator("#fautes")).to_contain_text("au moins un lieu d’activité")
    await exercer(page)

    await expect(page.get_by_text("Étape 5 sur 5")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("13002603200016")
    await valider(page)


@SCRIPTS
@pytest.mark.parametrize("profil", ["coordinateur_dispositif", "coordinateur_hors_dispositif"])
async def test_une_coordinatrice_n_a_que_ses_etapes(visites: Visites, profil: str, scripts: bool) -> None:
    page = await visites.connectee(await visites.scene.connectee("Coralie"), scripts=scripts)
    await choisir(page, profil)
    await expect(page.get_by_text("Étape 2 sur 3")).to_be_visible()
    await employer(page)
    await expect(page.get_by_text("Étape 3 sur 3")).to_be_visible()
    await valider(page)
    await expect(page.get_by_role("heading", name="Mes équipes")).to_be_visible()


@SCRIPTS
async def test_c4_qui_se_dit_conseiller_devient_mediateur_et_l_apprend(
    visites: Visites, scripts: bool
) -> None:
    page = await visites.connectee(await visites.scene.connectee("Camille"), scripts=scripts)
    await choisir(page, "conseiller_numerique")
    await continuer(page)
    await employer(page)
    await exercer(page)
    await expect(page.locator("main")).to_contain_text("la reconnaissance par le dispositif")
    await valider(page)
    await expect(page.get_by_role("heading", name="Saisir")).to_be_visible()


async def test_c1_une_conseillere_que_la_source_connait_n_a_qu_a_relire(visites: Visites) -> None:
    lieu = await visites.scene.presque_inscrite("Eclaireuse")
    [panda] = (await lieu.get("/lieux?q=PANDA Grésilles"))["elements"]
    await etapes.choisir_un_lieu(lieu, panda["id"])
    ines = await visites.scene.connue("ines.benali@asso-clic.exemple.fr")
    page = await visites.connectee(ines, scripts=False)
    await page.goto("/espace")
    await expect(page).to_have_url(re.compile("/inscription/recapitulatif$"))
    principal = page.locator("main")
    for dit in ("La source du dispositif vous connaît", "Association Clic", "PANDA Grésilles"):
        await expect(principal).to_contain_text(dit)
    await expect(page.get_by_role("link", name="Modifier")).to_have_count(0)
    await page.goto("/inscription/profil")
    await expect(page).to_have_url(re.compile("/inscription/recapitulatif$"))
    await continuer(page, "Valider mon inscription")
    await expect(page.locator("#fautes")).to_contain_text("conditions générales")
    await page.check("#c-cgu_acceptees")
    await valider(page)

    # What is under contract is the source's to correct.
    await page.goto("/espace/profil")
    await expect(page.get_by_text("ce que sa source dit d’un emploi fait foi")).to_be_visible()
    await expect(page.get_by_role("link", name="Corriger")).to_have_count(0)


@SCRIPTS
async def test_a9_une_etape_sautee_ramene_a_la_sienne_et_revenir_garde_les_reponses(
    visites: Visites, scripts: bool
) -> None:
    page = await visites.connectee(await visites.scene.connectee("Sauteuse"), scripts=scripts)
    for etape in ("informations", "employeur", "lieux", "recapitulatif"):
        await page.goto(f"/inscription/{etape}")
        await expect(page).to_have_url(re.compile("/inscription/profil$"))
    await choisir(page, "mediateur")
    await page.fill("#c-profession", "Bibliothécaire")
    await continuer(page)
    await page.goto("/inscription/recapitulatif")
    await expect(page).to_have_url(re.compile("/inscription/employeur$"))

    await page.get_by_role("link", name="Étape précédente").click()
    await expect(page.locator("#c-profession")).to_have_value("Bibliothécaire")
    await page.get_by_role("link", name="Étape précédente").click()
    await expect(page.locator("input[name=profil][value=mediateur]")).to_be_checked()
    await expect(page.locator("#c-cgu_acceptees")).to_be_checked()

    # Another browser of hers goes on where this one stopped.
    await page.check("input[name=profil][value=coordinateur_hors_dispositif]")
    await continuer(page)
    await expect(page.get_by_text("Étape 2 sur 3")).to_be_visible()
    await page.goto("/inscription/lieux")
    await expect(page).to_have_url(re.compile("/inscription/employeur$"))


@SCRIPTS
async def test_les_lieux_coches_restent_quand_on_en_cherche_d_autres(visites: Visites, scripts: bool) -> None:
    page = await visites.connectee(await visites.scene.connectee("Itinerante"), scripts=scripts)
    await choisir(page, "mediateur")
    await continuer(page)
    await employer(page)
    await page.fill("#c-q", "Dijon")
    await page.get_by_role("button", name="Chercher").click()
    await page.locator("#c-lieux").check()
    choisi = await page.locator("#c-lieux").get_attribute("value")
    await page.fill("#c-q", "Besançon")
    await page.get_by_role("button", name="Chercher").click()
    await expect(page.get_by_role("group", name="Choisis").locator(f"[value='{choisi}']")).to_be_checked()
    await page.get_by_role("group", name="Trouvés").locator("input").first.check()
    await continuer(page)
    await expect(page.get_by_role("heading", name="Récapitulatif")).to_be_visible()
    await page.goto("/inscription/lieux")
    await expect(page.get_by_role("group", name="Choisis").locator("input:checked")).to_have_count(2)


async def test_qui_est_inscrit_ne_revient_pas_a_l_inscription(visites: Visites) -> None:
    page, _ = await visites.inscrite("Ancienne")
    for chemin in ("/inscription", "/inscription/profil", "/inscription/recapitulatif"):
        await page.goto(chemin)
        await expect(page).to_have_url(re.compile("/espace$"))
