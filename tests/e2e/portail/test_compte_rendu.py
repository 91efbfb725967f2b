"""Un compte rendu dans un vrai navigateur : saisi, refusé, corrigé, supprimé, avec et sans scripts."""

import datetime as dt
import re
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from embedded import etapes
from playwright.async_api import Page, expect
from scene import Navigateur, finit_par, individuel
from visite import TELEPHONE, Visites

CRA = "/espace/cra/individuel"
ENREGISTRER = "Enregistrer"


async def enregistrer(page: Page) -> None:
    await page.get_by_role("button", name=ENREGISTRER, exact=False).first.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_une_mediatrice_se_connecte_saisit_et_retrouve_son_compte_rendu(
    visites: Visites, scripts: bool
) -> None:
    prenom = "Adele" if scripts else "Agnes"
    personne = await visites.scene.inscrite(prenom, "mediateur")
    page = await visites.anonyme(scripts=scripts)
    await page.goto("/connexion?retour=" + CRA)
    await page.get_by_role("link", name="Se connecter avec ProConnect").click()
    await page.fill("input[name=email]", personne.email)
    await page.locator("button[type=submit]").first.click()
    await expect(page).to_have_url(re.compile(CRA))

    await page.check("#th-email")
    await enregistrer(page)
    await expect(page).to_have_url(re.compile("/espace/activites"))
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()
    await expect(page.locator(".lignes li")).to_have_count(1)

    await page.goto("/espace/statistiques")
    await expect(page.locator(".chiffre .valeur").first).to_have_text("1")

    async with page.expect_navigation():
        await page.get_by_role("button", name="Se déconnecter").click()
    await page.goto("/espace/activites")
    await expect(page).to_have_url(re.compile("/connexion"))


async def test_toutes_les_fautes_sont_dites_et_rien_de_saisi_ne_se_perd(visites: Visites) -> None:
    page, _ = await visites.inscrite("Berthe")
    await page.goto("/espace/cra/atelier")
    await page.fill("#c-titre_atelier", "Atelier <b>hostile</b>")
    await page.fill("[name='participants/total']", "2")
    await page.fill("[name='participants/genres/feminin']", "5")
    await enregistrer(page)
    fautes = page.locator("#fautes li")
    await expect(fautes).to_have_count(2)
    await expect(fautes.nth(0)).to_have_text("Veuillez renseigner au moins une thématique")
    await expect(page).to_have_title(re.compile("^Erreur : "))
    await expect(page.locator("#c-titre_atelier")).to_have_value("Atelier <b>hostile</b>")
    await expect(page.locator("[name='participants/genres/feminin']")).to_have_value("5")
    await expect(page.locator("#fautes")).to_be_focused()


async def test_une_commune_se_choisit_parmi_celles_qui_repondent(visites: Visites) -> None:
    page, personne = await visites.inscrite("Camille", scripts=False)
    chez_elle = {"nom": "Chenôve", "code_postal": "21300", "code_insee": "21166"}
    suivie = {"id": str(uuid4()), "prenom": "Amina", "nom": "Berger", "commune": chez_elle}
    await personne.post("/beneficiaires", suivie)
    await page.goto(CRA)
    await page.check("#ou-domicile")
    await page.fill("#c-commune", "Saint-Denis")
    await page.check("#duree-autre")
    await page.fill("#duree_min", "une heure")
    await page.fill("#c-suivi_cherche", "Personne Inconnue")
    await enregistrer(page)
    # All at once: what the page could not read, and what the API refuses.
    for faute in ("au moins une thématique", "en chiffres", "Plusieurs communes répondent", "ne répond à"):
        await expect(page.locator("#fautes")).to_contain_text(faute)
    await expect(page.locator("#fautes li")).to_have_count(4)
    assert (await personne.get("/activites"))["total"] == 0
    await page.check("#th-email")
    await page.check("#duree-60")
    # At home with somebody whose commune is known: it is proposed where nothing is written.
    await page.fill("#c-commune", "")
    await page.fill("#c-suivi_cherche", "")
    await page.get_by_label("Amina Berger").check()
    await enregistrer(page)
    await expect(page.locator("#fautes")).to_contain_text("celle de la personne est proposée")
    await expect(page.locator("#c-commune")).to_have_value("Chenôve (21300)")
    await page.fill("#c-commune", "Saint-Denis")
    await enregistrer(page)
    await page.get_by_text("Saint-Denis (97400)").locator("..").locator("input").check()
    await enregistrer(page)
    await expect(page).to_have_url(re.compile("/espace/activites"))
    await expect(page.locator(".lignes li")).to_contain_text("Saint-Denis")


async def test_un_lieu_d_activite_se_choisit_par_son_nom(visites: Visites) -> None:
    page, personne = await visites.inscrite("Clotilde")
    await page.goto(CRA)
    await page.check("#th-email")
    await page.check("#ou-chercher")
    await expect(page.get_by_text("il s’y ajoutera")).to_be_visible()
    await page.locator("#c-lieu_cherche").press_sequentially("ccas dijon")
    proposes = page.locator("#lieux option")
    await expect(proposes.first).to_be_attached()
    nom = await proposes.first.get_attribute("value")
    assert nom is not None
    # Fifty at the most: said where the question is, and nothing typed is lost.
    tous = (await personne.get("/lieux?limite=60"))["elements"]
    autres = [lieu["id"] for lieu in tous if not nom.startswith(lieu["nom"])][:50]
    await personne.write("PUT", "/comptes/moi/lieux", {"lieux": autres})
    await page.fill("#c-lieu_cherche", nom)
    await enregistrer(page)
    await expect(page.locator("#e-lieu_id")).to_contain_text("déjà dans cinquante lieux")
    await expect(page.locator("#c-lieu_cherche")).to_have_value(nom)
    await personne.write("PUT", "/comptes/moi/lieux", {"lieux": autres[:1]})
    await enregistrer(page)
    await expect(page).to_have_url(re.compile("/espace/activites"))
    (une,) = (await personne.get("/activites"))["elements"]
    assert nom.startswith(une["lieu_nom"])
    # It is now one of mine. Taken away from them, it is still proposed, by its name and without a search:
    # what was done there may be told late, which does not bring it back.
    await page.goto("/espace/profil/lieux")
    await page.get_by_role("button", name=f"Retirer : {une['lieu_nom']}").click()
    await expect(page.get_by_text("Lieu retiré.")).to_be_visible()
    await page.goto(CRA)
    await expect(page.locator("input[name=ou]:checked + span")).to_contain_text(une["lieu_nom"])
    await page.check("#th-email")
    await enregistrer(page)
    await expect(page).to_have_url(re.compile("/espace/activites"))
    assert (await personne.get("/activites"))["total"] == 2
    miens = (await personne.get("/comptes/moi/lieux"))["elements"]
    assert une["lieu_id"] not in [lieu["id"] for lieu in miens]


async def test_une_correction_ne_recouvre_pas_celle_d_un_autre_onglet(visites: Visites) -> None:
    page, personne = await visites.inscrite("Denise")
    await page.goto(CRA)
    await page.check("#th-email")
    await enregistrer(page)
    await page.locator(".lignes a").first.click()
    await page.get_by_role("link", name="Corriger").click()
    autre = await page.context.new_page()
    await autre.goto(page.url)
    await autre.check("#duree-60")
    await enregistrer(autre)
    await expect(autre.get_by_text("Correction enregistrée")).to_be_visible()
    await page.check("#duree-90")
    await enregistrer(page)
    deux = page.get_by_role("region", name="Ce qui diffère").locator("tbody tr")
    await expect(deux).to_have_text([re.compile(r"^Durée\s*1\sh\s30\s*1\sh$")])
    await expect(page.locator("#duree-90")).to_be_checked()

    await enregistrer(page)
    await expect(page.get_by_text("Correction enregistrée")).to_be_visible()
    await expect(page.get_by_role("definition").filter(has_text="1 h 30")).to_be_visible()

    montre_en_partie = individuel(
        notes="<p>Un <strong>gras</strong></p><p>Deux</p>",
        beneficiaire={"commune_residence": {"code_insee": "59350"}},
    )
    cra = f"/activites/{montre_en_partie['id']}"
    await personne.post("/activites", montre_en_partie)
    avant = await personne.get(cra)
    await page.goto(f"/espace{cra}/corriger")
    await page.check("#duree-90")
    await enregistrer(page)
    notes = page.get_by_role("definition").filter(has_text="Un gras")
    await expect(notes.get_by_role("paragraph")).to_have_text(["Un gras", "Deux"])
    await expect(notes.get_by_role("strong")).to_have_text("gras")
    apres = await personne.get(cra)
    assert (apres["notes"], apres["beneficiaire"]) == (avant["notes"], avant["beneficiaire"])
    assert (apres["duree_minutes"], apres["beneficiaire"]["commune_residence"]["nom"]) == (90, "Lille")


async def test_les_heures_sont_celles_du_territoire_de_la_personne(visites: Visites) -> None:
    page, personne = await visites.inscrite("Lupita")
    emploi = {"id": str(uuid4()), "siret": etapes.SIRET, "nom": "Province Sud", "debut": "2026-02-02"}
    await personne.post("/comptes/moi/emplois", emploi | {"code_insee": "98818"})
    fuseau = await finit_par(lambda: fuseau_de(personne), lambda lu: lu == "Pacific/Noumea", 60)
    assert fuseau == "Pacific/Noumea"

    await page.goto(CRA)
    await page.check("#th-email")
    await enregistrer(page)
    await page.locator(".lignes a").first.click()
    [une] = (await personne.get("/activites"))["elements"]
    lue = await personne.get(f"/activites/{une['id']}")
    a_noumea = dt.datetime.fromisoformat(lue["enregistree_le"]).astimezone(ZoneInfo("Pacific/Noumea"))
    await expect(page.get_by_role("definition").last).to_contain_text(f"à {a_noumea:%H:%M}")


async def fuseau_de(personne: Navigateur) -> str:
    return str((await personne.get("/auth/session"))["fuseau"])


async def test_un_compte_rendu_supprime_quitte_la_liste(visites: Visites) -> None:
    page, _ = await visites.inscrite("Elise")
    await page.goto(CRA)
    await page.check("#th-email")
    await enregistrer(page)
    await page.locator(".lignes a").first.click()
    await page.get_by_role("link", name="Supprimer").click()
    await page.get_by_role("button", name="Supprimer").click()
    await expect(page.get_by_text("Compte rendu supprimé")).to_be_visible()
    await expect(page.locator(".lignes li")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_une_suppression_s_annule_et_les_chiffres_reviennent(visites: Visites, scripts: bool) -> None:
    page, personne = await visites.inscrite("Elvire" if scripts else "Elsa", scripts=scripts)
    await personne.post("/activites", individuel())
    await personne.post("/activites", individuel())
    for reprendre in ("Annuler la suppression", "Reprendre"):
        await page.goto("/espace/activites")
        await page.locator(".lignes a").first.click()
        await page.get_by_role("link", name="Supprimer").click()
        await page.get_by_role("button", name="Supprimer").click()
        await expect(page.locator(".lignes li")).to_have_count(1)
        await page.goto("/espace/statistiques")
        await expect(page.locator(".chiffre .valeur").first).to_have_text("1")
        if reprendre == "Reprendre":
            await page.goto("/espace/activites/supprimees")
        else:
            await page.go_back()
        await page.get_by_role("button", name=reprendre).click()
        await expect(page.get_by_text("Compte rendu repris")).to_be_visible()
        await expect(page.locator(".lignes li")).to_have_count(2)
        await page.goto("/espace/statistiques")
        await expect(page.locator(".chiffre .valeur").first).to_have_text("2")


async def test_deux_clics_n_enregistrent_qu_un_compte_rendu(visites: Visites) -> None:
    page, personne = await visites.inscrite("Fanny")
    await page.goto(CRA)
    await page.check("#th-email")
    await page.get_by_role("button", name=ENREGISTRER).first.dblclick()
    await expect(page).to_have_url(re.compile("/espace/activites"))
    liste = await personne.get("/activites")
    assert len(liste["elements"]) == 1


async def test_un_filtre_ne_change_que_la_liste_et_l_adresse(visites: Visites) -> None:
    page, personne = await visites.inscrite("Gisele")
    await personne.post("/activites", individuel())
    await page.goto("/espace/activites")
    await expect(page.locator(".lignes li")).to_have_count(1)
    await page.check("#t-col")
    await expect(page.locator("#annonce")).to_have_text("Aucune activité ne répond à ces choix.")
    await expect(page).to_have_url(re.compile("types=collectif"))
    await expect(page.locator("h1")).to_have_count(1)
    await page.uncheck("#t-col")
    await page.check("#v-tableau")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("h1")).to_have_count(1)
    await page.get_by_role("link", name="Où : par lieu, de A à Z").click()
    await page.get_by_role("link", name="Où : par lieu, de Z à A").click()
    await expect(page.locator("th[aria-sort]")).to_have_text(re.compile("^Où"))
    await expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    await expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_les_filtres_choisis_se_lisent_et_se_retirent_un_a_un(visites: Visites, scripts: bool) -> None:
    page, personne = await visites.inscrite("Isaure" if scripts else "Ismene", scripts=scripts)
    await personne.post("/activites", individuel(thematiques=["email"], precisions_demarche=None))
    await personne.post("/activites", individuel())
    await page.goto("/espace/activites")
    await expect(page.locator("#resultats")).to_contain_text("2 activités")
    await page.locator("summary", has_text="Autres filtres").click()
    await page.locator(".parmi > summary", has_text="Sujets").click()
    await page.get_by_role("checkbox", name="E-mail").check()
    await page.fill("#commune", "lyon, dijon")
    if scripts:
        propose = page.locator("#communes option").first
        await expect(propose).to_have_attribute("value", "lyon, Dijon (21000)")
    await page.press("#commune", "Enter")
    actifs = page.locator(".filtres-actifs .puce-active")
    await expect(actifs).to_have_count(3)
    await expect(page.locator(".parmi > summary", has_text="Sujets")).to_contain_text("1 sujet choisi")
    await expect(page.locator(".lignes li")).to_have_count(1)
    await actifs.first.click()
    await expect(actifs).to_have_count(2)
    await expect(page.locator(".lignes li")).to_have_count(2)
    await actifs.last.click()
    await expect(actifs).to_have_count(1)
    await expect(page.locator(".lignes li")).to_have_count(2)
    await page.goto(page.url.replace("lyon", "75056"))
    await expect(page.locator("#resultats")).to_contain_text("Aucune activité ne répond à ces choix.")
    # Badly asked, a list would show others than those: none, no file of them, and which filter is wrong.
    for demande, dit in (
        ("commune=lyon, Nulle-Part-sur-Rien", "Aucune commune ne répond à « Nulle-Part-sur-Rien »."),
        ("departement=ZZ&sujet=faux", "Sujets : cette valeur ne fait pas partie des choix possibles."),
    ):
        for ici in ("/espace/activites", "/espace/statistiques"):
            await page.goto(f"{ici}?{demande}")
            await expect(page.get_by_role("alert")).to_contain_text(dit)
            await expect(page.locator(".lignes, .chiffres, .vide")).to_have_count(0)
            await expect(page.get_by_role("link", name="Exporter")).to_have_count(0)
            await expect(actifs).not_to_have_count(0)
    sujets = page.locator(".parmi", has=page.locator("summary", has_text="Sujets"))
    await sujets.locator("summary").click()
    await expect(sujets.get_by_role("group", name="Démarches administratives")).to_be_visible()
    if scripts:
        await page.keyboard.press("Tab")
        await page.keyboard.press("Escape")
        await expect(sujets.locator("summary")).to_be_focused()
        await expect(sujets).not_to_have_attribute("open", "")


async def test_on_se_deconnecte_depuis_un_telephone(visites: Visites) -> None:
    page, _ = await visites.inscrite("Huguette", taille=TELEPHONE)
    await page.goto("/espace")
    await page.get_by_role("button", name="Menu", exact=True).click()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Se déconnecter").click()
    await page.goto("/espace")
    await expect(page).to_have_url(re.compile("/connexion"))


async def test_une_session_finie_rend_la_saisie_sans_scripts(visites: Visites) -> None:
    page, personne = await visites.inscrite("Isaure", scripts=False)
    await page.goto(CRA)
    await page.check("#th-email")
    await page.check("#duree-90")
    (ici,) = [s["id"] for s in await personne.get("/auth/sessions") if s["actuelle"]]
    await personne.write("DELETE", f"/auth/sessions/{ici}")
    await enregistrer(page)
    await expect(page.get_by_role("heading", name="Votre session est terminée")).to_be_visible()

    onglet = await page.context.new_page()
    await onglet.goto("/connexion")
    await onglet.get_by_role("link", name="Se connecter avec ProConnect").click()
    if await onglet.locator("input[name=email]").count():
        await onglet.fill("input[name=email]", personne.email)
        await onglet.locator("button[type=submit]").first.click()
    await expect(onglet).to_have_url(re.compile("/espace"))

    await page.get_by_role("button", name="Retrouver ma saisie").click()
    await expect(page.locator("#th-email")).to_be_checked()
    await expect(page.locator("#duree-90")).to_be_checked()
    await enregistrer(page)
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()
