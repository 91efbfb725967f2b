"""Des chiffres que l'on compare, que l'on emporte, que l'on donne à lire à qui n'a pas de compte."""

import datetime as dt
import json
import re
from uuid import uuid4

import pytest
from playwright.async_api import expect
from scene import atelier, creer_une_equipe, evenement, faire_membre, individuel, territoire
from visite import Visites, finit_par_montrer

ICI = "/espace/statistiques"


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_des_chiffres_se_filtrent_se_comparent_s_emportent_et_se_partagent(
    visites: Visites, scripts: bool
) -> None:
    page, mediatrice = await visites.inscrite("Chiffrine" if scripts else "Chiffrette", scripts=scripts)
    il_y_a_un_an = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=365)
    amina = {"id": str(uuid4()), "prenom": "Amina", "nom": "Vidal"}
    await mediatrice.post("/beneficiaires", amina)
    await mediatrice.post("/activites", atelier())
    await mediatrice.post("/activites", individuel(date=il_y_a_un_an.isoformat()))
    await mediatrice.post("/activites", individuel(beneficiaire={"id": amina["id"]}))
    await finit_par_montrer(page, ICI, "8 participations")

    await page.get_by_text("Comparer, détailler, filtrer").click()
    await expect(page.locator("label:has([name=departement])")).to_have_text(["Rhône (69)"])
    await expect(page.locator("#source")).to_have_count(0)
    # Which day says who is a conseiller: asked of whom chose one side, or it would choose nothing.
    statut = page.get_by_label("Statut de conseiller pris")
    await expect(statut).to_be_hidden()
    await page.locator("label:has(#d-3)").click()
    await expect(statut).to_be_visible()
    await page.locator("label:has(#d-1)").click()
    await expect(statut).to_be_hidden()
    if not scripts:
        await page.get_by_role("link", name="Par personne suivie").click()
    await page.locator(".parmi > summary", has_text="Personnes suivies").click()
    await page.get_by_role("checkbox", name="Amina Vidal").check()
    if not scripts:
        await page.get_by_role("button", name="Afficher").click()
    resultats = page.locator("#resultats")
    await expect(resultats.get_by_role("link", name="Amina Vidal : retirer ce filtre")).to_be_visible()
    await expect(resultats).to_contain_text("1 accompagnement ·")
    await expect(resultats).to_contain_text("ne se partagent pas par un lien")
    await expect(resultats.get_by_role("link", name="Partager par un lien")).to_have_count(0)
    assert "Amina" not in page.url
    await page.goto(f"{ICI}/partages?beneficiaire={amina['id']}")
    await page.get_by_role("link", name="partager sans ce filtre").click()
    await expect(page.get_by_role("button", name="Donner un lien")).to_be_visible()

    await page.goto(f"{ICI}?periode=30j&comparer=annee_precedente&types=individuel&types=collectif")
    await expect(page.locator("#resultats")).to_contain_text("Comparé à la période du")
    # Several of one filter: of one or of the other; each is said, and taken away, alone.
    await page.goto(f"{ICI}?canal=lieu_activite&canal=a_distance&departement=69")
    actifs = page.locator(".filtres-actifs .puce-active")
    await expect(actifs).to_have_count(3)
    await page.locator(".parmi > summary", has_text="2 endroits choisis").click()
    await page.get_by_role("checkbox", name="Domicile").check()
    if not scripts:
        await page.get_by_role("button", name="Afficher").click()
    await expect(page.locator(".parmi > summary", has_text="3 endroits choisis")).to_be_visible()
    comptees = page.locator("dd", has_text="Une activité compte si")
    await expect(comptees).to_contain_text(
        "Où : Lieu d’activité ou À domicile ou À distance ; département : Rhône."
    )
    await expect(actifs).to_have_count(4)
    await actifs.nth(1).click()
    await expect(actifs).to_have_count(3)
    assert page.url.count("canal=") == 2
    await page.goto(f"{ICI}?types=collectif&pas=trimestre")
    await expect(page.locator("#resultats")).to_contain_text("Accompagnements par trimestre")
    async with page.expect_download() as telechargement:
        await page.get_by_role("link", name="Exporter (csv)").click()
    fichier = await (await telechargement.value).path()
    assert "Accompagnements au total" in fichier.read_text(encoding="utf-8-sig")

    await page.get_by_role("link", name="Partager par un lien").click()
    await expect(page.locator("main")).to_contain_text(", Atelier collectif. Changer ce qui est montré")
    await page.get_by_role("button", name="Donner un lien").click()
    lien = await page.locator("a.lien-donne").get_attribute("href")
    assert lien is not None
    dehors = await visites.anonyme()
    ouverte = await dehors.goto(lien)
    assert ouverte is not None
    assert ouverte.headers["x-robots-tag"] == "noindex"
    await expect(dehors.locator("main")).to_contain_text("Statistiques partagées")
    await expect(dehors.locator("main")).not_to_contain_text("Chiffrine")
    dehors_lu = await dehors.locator("main").inner_text()
    assert "Accompagnements" in dehors_lu
    assert "pour la première fois" in dehors_lu
    assert re.search(r"jusqu’au \w+ \d+\w* \w+ 20\d\d compris", dehors_lu)
    async with dehors.expect_download() as emporte:
        await dehors.get_by_role("link", name="Exporter (csv)").click()
    partage = (await (await emporte.value).path()).read_text(encoding="utf-8-sig")
    assert "Statistiques partagées (" in partage
    assert "Chiffrine" not in partage

    # Toute la plateforme, mois par mois : qui n'a pas de compte la lit et l'emporte.
    await finit_par_montrer(dehors, "/chiffres?periode=debut", "Toute la plateforme, depuis le début")
    de_tous = dehors.locator("section.de-tous")
    await expect(de_tous.locator("svg.graphique")).to_have_count(3)
    await de_tous.get_by_text("Voir le tableau : Bénéficiaires").click()
    await expect(de_tous.get_by_role("rowheader", name=re.compile("^Avant"))).to_have_count(1)
    async with dehors.expect_download() as emporte:
        await dehors.get_by_role("link", name="Exporter (json)").click()
    lues = json.loads((await (await emporte.value).path()).read_text(encoding="utf-8"))
    assert {"Professionnels actifs, 30 derniers jours", "Suivi"} <= {ligne["Rubrique"] for ligne in lues}

    await page.goto(f"{ICI}/partages")
    await expect(page.get_by_role("listitem").filter(has_text="Donné le")).to_contain_text(
        "Atelier collectif"
    )
    await page.get_by_role("button", name="Révoquer").click()
    await expect(page.get_by_text("Ce lien ne montre plus rien.")).to_be_visible()
    # Neither does a word that is another address of the API.
    autre = "/partage/plateforme"
    for chemin in (lien, f"{lien}/export?format=csv", autre, f"{autre}/export"):
        await dehors.goto(chemin)
        await expect(dehors.get_by_role("heading", level=1)).to_have_text("Ce lien n’est plus valable")


async def test_une_coordinatrice_lit_un_membre_son_equipe_et_sa_coordination(visites: Visites) -> None:
    page, coordinatrice = await visites.inscrite("Chiffromene", "coordinateur", scripts=False)
    mediatrice = await visites.scene.inscrite("Membrine", "mediateur")
    equipe = await creer_une_equipe(coordinatrice)
    await faire_membre(coordinatrice, equipe, mediatrice)
    await mediatrice.post("/activites", individuel())
    await coordinatrice.post("/coordinations", evenement())
    await finit_par_montrer(page, f"/espace/equipes/{equipe}/statistiques", "1 individuel")
    # Of one person alone, but oneself, no link.
    seule_autre = "Les chiffres d’une seule autre personne ne se partagent pas par un lien"
    await expect(page.locator("#resultats")).to_contain_text(seule_autre)
    await expect(page.get_by_role("link", name="Partager par un lien")).to_have_count(0)
    await page.goto(f"{ICI}/partages?equipe={equipe}")
    await page.get_by_role("button", name="Donner un lien").click()
    await expect(page.get_by_role("alert")).to_contain_text("une seule autre personne")
    await page.goto(f"{ICI}/partages?membre={mediatrice.moi['mediateur_id']}")
    await expect(page.locator("main")).to_contain_text(seule_autre)
    await finit_par_montrer(page, f"/espace/equipes/{equipe}", "Membrine")
    await page.get_by_role("link", name="Statistiques de Membrine").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Membrine")
    await finit_par_montrer(page, page.url, "1 individuel")
    await page.goto(ICI)
    # Where the activities of the équipe are; of whom, there is no choice yet.
    await expect(page.locator("label:has([name=departement])")).to_have_text(["Rhône (69)"])
    await expect(page.locator("[name=membre]")).to_have_count(0)
    await finit_par_montrer(page, f"{ICI}/coordination", "Par trimestre")
    await page.get_by_text("Comment c’est compté").click()
    await expect(page.get_by_text("par trimestre civil")).to_be_visible()
    await page.fill("#du", "2020-01-01")
    await page.locator("#comparer").select_option("annee_precedente")
    await page.get_by_role("button", name="Afficher").click()
    await expect(page.locator("main")).to_contain_text("+1 (contre 0)")
    await expect(page.locator("main")).not_to_contain_text("autant")
    async with page.expect_download() as telechargement:
        await page.get_by_role("link", name="Exporter (csv)").click()
    fichier = await (await telechargement.value).path()
    assert "Du 01/01/2019 au" in fichier.read_text(encoding="utf-8-sig")

    # Médiatrice aussi, elle lit les siens sans ceux de son équipe.
    await page.goto("/espace/profil/mediation")
    await page.check("#c-cgu_acceptees")
    await page.get_by_role("button", name="Ajouter la médiation numérique").click()
    await finit_par_montrer(page, ICI, "1 individuel")
    await page.get_by_role("link", name="Moi seulement").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mes statistiques, sans mes équipes")
    await expect(page.locator("#resultats")).not_to_contain_text("1 individuel")
    await expect(page.get_by_role("link", name="Avec mes équipes")).to_be_visible()
    await page.get_by_role("link", name="Partager par un lien").click()
    await expect(page.locator("main")).to_contain_text("Vos seuls chiffres")
    await page.get_by_role("button", name="Donner un lien").click()
    await expect(page.locator("a.lien-donne")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_une_coordinatrice_lit_son_departement_sa_structure_et_un_lieu(
    visites: Visites, scripts: bool
) -> None:
    page, coordinatrice = await visites.inscrite(
        "Territorine" if scripts else "Territorette", "coordinateur", scripts=scripts
    )
    autre, mediatrice = await visites.inscrite("Dijonne", scripts=scripts)
    ici = await territoire(coordinatrice, mediatrice, "Mairie <i>de</i> Dijon")
    principal, resultats = page.locator("main"), page.locator("#resultats")

    await page.goto(ICI)
    await page.get_by_role("link", name="Mon territoire").click()
    await page.get_by_role("link", name="Côte-d’Or").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Côte-d’Or")
    await finit_par_montrer(page, page.url, "Accompagnements par mois")
    await page.locator("#comparer").select_option("annee_precedente")
    if not scripts:
        await page.get_by_role("button", name="Afficher").click()
    await expect(resultats).to_contain_text("Comparé à une autre période, du 1er")
    assert "comparer=annee_precedente" in page.url
    async with page.expect_download() as telechargement:
        await page.get_by_role("link", name="Exporter (csv)").click()
    fichier = await (await telechargement.value).path()
    texte = fichier.read_text(encoding="utf-8-sig")
    assert "Par mois" in texte
    assert "Écart" in texte

    await page.goto("/chiffres/departements/21?periode=libre&du=hier&comparer=precedente")
    await expect(resultats).to_contain_text("Le premier mois ne se lit pas")
    await expect(page.locator("#c-du")).to_have_value("hier")
    await page.goto("/chiffres/departements/13")
    await expect(principal).to_contain_text("Ces chiffres sont réservés")
    await page.goto("/chiffres/departements/%3Cb%3E")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ce département n’existe pas")

    await page.goto("/espace/profil")
    await page.get_by_role("link", name="Chiffres de la structure Mairie <i>de</i> Dijon").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Mairie <i>de</i> Dijon")
    await expect(resultats).to_contain_text("Rien n’a été saisi sur cette période")
    await page.goto(f"/trouver/{ici['lieu']}")
    await page.get_by_role("link", name="Chiffres de ce lieu").click()
    await finit_par_montrer(page, page.url, "en atelier")

    for chemin in (f"structures/{ici['structure']}", f"lieux/{ici['lieu']}"):
        refusee = await autre.goto(f"/espace/{chemin}/statistiques")
        assert refusee is not None
        assert refusee.status == 403
        await expect(autre.locator("main")).not_to_contain_text("Accompagnements")

    # Of the whole platform, with the filters of everybody: for an administratrice alone, and no link to give.
    admin = await visites.connectee(await visites.scene.habilitee("Chiffree", "admin"), scripts=scripts)
    await admin.goto("/gestion/utilisateurs")
    gestion = admin.get_by_role("navigation", name="Gestion")
    await gestion.get_by_role("link", name="Statistiques").click()
    await expect(admin.get_by_role("heading", level=1)).to_have_text("Statistiques de toute la plateforme")
    await admin.get_by_text("Comparer, détailler, filtrer").click()
    await admin.locator(".parmi > summary", has_text="Départements").click()
    await admin.get_by_role("checkbox", name="Côte-d'Or (21)").check()
    if not scripts:
        await admin.get_by_role("button", name="Afficher").click()
    await expect(admin.locator(".filtres-actifs .puce-active")).to_have_count(1)
    await expect(admin.get_by_role("link", name="Partager par un lien")).to_have_count(0)
    async with admin.expect_download() as telechargement:
        await admin.get_by_role("link", name="Exporter (csv)").click()
    fichier = await (await telechargement.value).path()
    assert "Départements;Côte-d'Or;" in fichier.read_text(encoding="utf-8-sig")

    dehors = await visites.anonyme(scripts=scripts)
    await dehors.goto("/chiffres/departements/21")
    await expect(dehors.get_by_role("link", name="Se connecter").last).to_have_attribute(
        "href", "/connexion?retour=/chiffres/departements/21"
    )
