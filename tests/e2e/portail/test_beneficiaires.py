"""Suivre une personne, la retrouver, rendre compte de ce que l'on fait avec elle, l'effacer."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect
from scene import relier_ses_rdv
from visite import PETIT, Visites, finit_par_montrer


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_une_personne_se_suit_se_cherche_s_accompagne_et_s_efface(
    visites: Visites, scripts: bool
) -> None:
    page, personne = await visites.inscrite("Suzanne" if scripts else "Suzette", scripts=scripts)
    await page.goto("/espace")
    await page.get_by_role("link", name="Bénéficiaires").click()
    await page.get_by_role("link", name="Suivre une personne").first.click()
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("#fautes")).to_contain_text("Veuillez renseigner un prénom")
    await page.fill("#c-prenom", "Élodie")
    await page.fill("#c-nom", "Vidal")
    await page.fill("#c-commune", "Dijon (21000)")
    await page.fill("#c-telephone", "04 55 66 77 88")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Élodie Vidal")

    await page.get_by_role("link", name="Saisir un compte rendu").click()
    await expect(page.get_by_role("radio", name="Élodie Vidal")).to_be_checked()
    await page.check("#th-email")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()
    # The second one is an atelier, where she is named by what one types.
    await page.goto("/espace/cra/atelier")
    await page.check("#th-email")
    await page.fill("#c-suivi_cherche", "elodie vid")
    if scripts:
        await page.get_by_role("checkbox", name="Élodie Vidal").check()
        await expect(page.locator("#c-suivi_cherche")).to_have_value("")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()

    await page.goto("/espace/beneficiaires")
    await page.fill("#recherche", "dijon ELODIE")
    if not scripts:
        await page.get_by_role("button", name="Chercher").click()
    await expect(page.locator("#resultats")).to_contain_text("2 accompagnements")
    async with page.expect_download() as attendu:
        await page.get_by_role("button", name="Exporter en csv").click()
    assert "Vidal" in (await (await attendu.value).path()).read_text()
    assert "elodie" not in page.url.lower()
    await page.fill("#recherche", "personne")
    if not scripts:
        await page.get_by_role("button", name="Chercher").click()
    await expect(page.locator("#resultats")).to_contain_text("ne répond à ces mots")
    await page.get_by_role("link", name="Tout afficher").click()
    await page.get_by_text("Filtres", exact=True).click()
    await page.select_option("#fois", "non")
    if not scripts:
        await page.get_by_role("button", name="Chercher").click()
    await expect(page.locator("#resultats")).to_contain_text("ne répond à ces filtres")
    assert page.url.endswith("/espace/beneficiaires?fois=non")
    await page.get_by_role("link", name="Jamais accompagnées : retirer ce filtre").click()
    await page.get_by_role("link", name="Élodie Vidal").click()
    await expect(page.get_by_text("premier accompagnement")).to_have_count(1)
    fiche = page.url
    await page.get_by_role("link", name="Les filtrer ou les exporter").click()
    await expect(page.locator(".filtres-actifs .puce-active")).to_have_text(
        "Élodie Vidal : retirer ce filtre ×"
    )
    await expect(page.locator("label:has([name=beneficiaire]:checked)")).to_have_text("Élodie Vidal")
    await expect(page.locator("[data-annonce]")).to_contain_text("2 activités")
    await page.goto(fiche)
    assert re.fullmatch(r".*/espace/beneficiaires/[0-9a-f-]{36}", page.url)

    # Somebody new, from within a report: what was typed stays, and they come back chosen.
    await page.goto("/espace/cra/individuel")
    await page.check("#th-bureautique")
    await page.locator("summary", has_text="Suivre une nouvelle personne").click()
    await page.fill("#c-personne_prenom", "Noé")
    await page.get_by_role("button", name="Suivre cette personne et la choisir").click()
    await expect(page.locator("#fautes")).to_contain_text("Veuillez renseigner un nom")
    await page.fill("#c-personne_nom", "Blanc")
    await page.get_by_role("button", name="Suivre cette personne et la choisir").click()
    await expect(page.get_by_text("Noé Blanc est dans vos bénéficiaires")).to_be_visible()
    await expect(page.get_by_role("radio", name="Noé Blanc")).to_be_checked()
    await expect(page.locator("#th-bureautique")).to_be_checked()
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()

    await page.goto("/espace/beneficiaires?tri=accompagnements")
    await expect(page.locator(".lignes li").first).to_contain_text("Élodie Vidal")
    await page.locator("summary", has_text="Effacer plusieurs personnes").click()
    await page.get_by_role("checkbox", name="Élodie Vidal").check()
    await page.get_by_role("checkbox", name="Noé Blanc").check()
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_role("button", name="Effacer 2 personnes").click()
    await expect(page.get_by_text("Ces personnes sont effacées")).to_be_visible()
    assert (await personne.get("/beneficiaires"))["total"] == 0
    lues = (await personne.get("/activites"))["elements"]
    assert [a["accompagnements"] for a in lues] == [1, 1, 1]


async def test_des_fiches_fusionnees_en_chaine_se_separent_et_chacune_retrouve_ce_qui_est_a_elle(
    visites: Visites,
) -> None:
    page, personne = await visites.inscrite("Sidonie", scripts=False)
    a, b, c = (str(uuid4()) for _ in range(3))
    for un, prenom, dit in (
        (a, "Zoé", {"courriel": "zoe@exemple.fr", "notes": "<p>De A</p>"}),
        (b, "Zoe", {"annee_naissance": 1957}),
        (c, "Zoë", {"telephone": "0633333333", "notes": "<p>De C</p>"}),
    ):
        await personne.post("/beneficiaires", {"id": un, "prenom": prenom, "nom": "Marchand", **dit})
        compte_rendu = {"id": str(uuid4()), "type": "individuel", "date": "2026-01-15", "duree_minutes": 45}
        ou = {"type_lieu": "a_distance", "thematiques": ["email"], "beneficiaire": {"id": un}}
        await personne.post("/activites", compte_rendu | ou)
    await personne.post(f"/beneficiaires/{a}/fusion", {"vers": b})
    await personne.post(f"/beneficiaires/{b}/fusion", {"vers": c})

    async def fiche(un: str, *dits: str, sans: str) -> None:
        await page.goto(f"/espace/beneficiaires/{un}")
        for dit in dits:
            await expect(page.locator("main")).to_contain_text(dit)
        await expect(page.locator("main")).not_to_contain_text(sans)

    await fiche(c, "zoe@exemple.fr", "1957", "3 accompagnements", sans="La fiche demandée")
    await fiche(a, "La fiche demandée est fusionnée", "zoe@exemple.fr", sans="Fiches fusionnées")
    assert page.url.endswith(f"/espace/beneficiaires/{c}?fait=fusionnee")
    await page.goto("/espace/beneficiaires/doublons")
    fusionnees = page.get_by_role("region", name="Fiches fusionnées").locator("li")
    await expect(fusionnees.filter(has_text="est dans la fiche « Zoë Marchand »")).to_have_count(2)
    await fusionnees.filter(has_text="Zoé Marchand").get_by_role("button", name="Séparer").click()
    await expect(page.get_by_text("Les deux fiches sont séparées")).to_be_visible()
    await expect(fusionnees).to_have_count(1)
    await fiche(a, "zoe@exemple.fr", "1 accompagnement", sans="1957")
    await fiche(c, "1957", "2 accompagnements", sans="zoe@exemple.fr")
    await page.goto("/espace/beneficiaires/doublons")
    await fusionnees.get_by_role("button", name="Séparer").click()
    await fiche(b, "1957", sans="zoe@exemple.fr")
    await fiche(c, "06 33 33 33 33", sans="1957")

    # Side by side, by hand: where they differ one chooses, and a choice outlives a refusal.
    await page.set_viewport_size(PETIT)
    await page.goto("/espace/beneficiaires/doublons")
    await page.get_by_role("link", name="Comparer").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("La même personne ?")
    paire = f"/espace/beneficiaires/doublons/{c}/{a}"
    await page.goto(f"/espace/beneficiaires/{a}")
    await page.get_by_role("link", name="Comparer").click()
    await page.get_by_role("searchbox").fill("zoe marchand")
    await page.get_by_role("button", name="Chercher").click()
    await expect(page.get_by_role("region", name="Avec laquelle ?").get_by_role("link")).to_have_count(2)
    await page.get_by_role("link", name="Zoë Marchand").click()
    await page.get_by_role("link", name="Garder plutôt l’autre fiche").click()
    assert page.url.endswith(paire)
    prenom, notes = (page.get_by_role("group", name=nom) for nom in ("Prénom", "Notes"))
    await expect(prenom.get_by_role("radio", name="Garder : Zoë")).to_be_checked()
    await prenom.get_by_role("radio", name="Prendre : Zoé").check()
    await notes.get_by_role("radio", name="Prendre : De A").check()
    sans_notes = {"prenom": "Zoé", "nom": "Marchand", "courriel": "zoe@exemple.fr"}
    await personne.write("PUT", f"/beneficiaires/{a}", sans_notes)
    await page.get_by_role("button", name="Fusionner").click()
    await expect(page.get_by_role("alert")).to_contain_text("Notes, de la fiche en double")
    await expect(prenom.get_by_role("radio", name="Prendre : Zoé")).to_be_checked()
    # An absent answer may be chosen, on either side.
    await expect(notes.get_by_role("radio", name="Prendre : Non renseigné")).to_be_checked()
    courriel = page.get_by_role("group", name="Courriel")
    await expect(courriel.get_by_role("radio", name="Prendre : zoe@exemple.fr")).to_be_checked()
    await courriel.get_by_role("radio", name="Garder : Non renseigné").check()
    await page.get_by_role("button", name="Fusionner").click()
    await expect(page.get_by_text("Les deux fiches sont fusionnées")).to_be_visible()
    await fiche(c, "Zoé Marchand", "06 33 33 33 33", sans="zoe@exemple.fr")
    await expect(page.locator("main")).not_to_contain_text("De C")
    await page.goto(f"/espace/beneficiaires/{a}/modifier")
    await expect(page.get_by_text("La fiche demandée est fusionnée")).to_be_visible()
    await expect(page.locator("#c-prenom")).to_have_value("Zoé")
    assert page.url.endswith(f"/espace/beneficiaires/{c}/modifier?fait=fusionnee")
    await page.goto(paire)
    await expect(page.get_by_text("il n’y a plus rien à comparer")).to_be_visible()
    await fusionnees.get_by_role("button", name="Séparer").click()
    await fiche(c, "Zoë Marchand", "06 33 33 33 33", "De C", sans="zoe@exemple.fr")

    # Corrected elsewhere meanwhile: what was not touched here is not undone, nor said to be typed.
    await page.goto(f"/espace/beneficiaires/{c}/modifier")
    await personne.write("PUT", f"/beneficiaires/{c}", sans_notes | {"telephone": "0644444444"})
    await page.fill("#c-prenom", "Zora")
    await page.get_by_role("button", name="Enregistrer").click()
    differe = page.get_by_role("region", name="Ce qui diffère").locator("tbody tr")
    await expect(differe).to_have_text([re.compile("Prénom.*Zora.*Zoé")])
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.get_by_text("Fiche enregistrée")).to_be_visible()
    await fiche(c, "Zora Marchand", "06 44 44 44 44", "zoe@exemple.fr", sans="De C")


async def test_un_rendez_vous_devient_un_compte_rendu_d_un_pouce_et_sans_scripts(visites: Visites) -> None:
    page, personne = await visites.inscrite("Rosalie", scripts=False, taille=PETIT)
    await page.goto("/espace/rdv")
    await page.get_by_role("button", name="Relier mon compte").click()
    await page.fill("#email", "quelqu.un.d.autre@ailleurs.exemple.fr")
    await page.get_by_role("button", name="J’autorise La Coop").click()
    await page.get_by_role("button", name="Finir de relier mon compte").click()
    await expect(page.get_by_role("alert")).to_contain_text("a une autre adresse électronique")

    attendue = {"first_name": "Zélie", "last_name": "Marchand"}
    ids = [await relier_ses_rdv(visites.scene.platform, personne, attendue) for _ in range(2)]
    premier, dernier = (page.locator(f"#rdv-{rdv_id}") for rdv_id in ids)
    await page.goto("/espace/rdv")
    hauteurs = await dernier.locator(".gestes .bouton").evaluate_all(
        "boutons => boutons.map(bouton => bouton.getBoundingClientRect().height)"
    )
    assert len(hauteurs) == 5
    assert min(hauteurs) >= 44
    await dernier.get_by_role("button", name="Absence").click()
    await expect(page.get_by_text("C’est noté, ici et dans RDV Service Public : absence.")).to_be_visible()
    await expect(dernier).to_contain_text("Absence")
    await page.goto("/espace")
    await expect(page.get_by_role("heading", name="Rendez-vous du jour")).to_be_visible()

    await page.goto("/espace/rdv")
    await premier.get_by_role("button", name="Faire le compte rendu").click()
    await expect(page.get_by_role("radio", name="Zélie Marchand")).to_be_checked()
    await page.check("#th-email")
    await page.get_by_role("button", name="Garder en brouillon").click()
    await expect(page.get_by_text("Brouillon gardé")).to_be_visible()
    await page.goto("/espace/rdv")
    await premier.get_by_role("button", name="Faire le compte rendu").click()
    await expect(page.get_by_text("Voici votre brouillon")).to_be_visible()
    await expect(page.locator("#th-email")).to_be_checked()
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()
    await page.goto("/espace/rdv")
    await expect(premier.get_by_role("link", name="Voir le compte rendu")).to_be_visible()
    await expect(premier.get_by_role("button")).to_have_count(0)

    await finit_par_montrer(page, "/espace/activites?rdv=1", "1 activité")
    await expect(page.get_by_role("link", name="Sur rendez-vous : retirer ce filtre")).to_be_visible()
    await expect(page.locator(".journee")).not_to_contain_text("Zélie Marchand")
    await page.goto("/espace/activites?rdv=0&rdvs=noshow")
    await expect(page.locator(".journee")).to_contain_text("1 rendez-vous")
    await expect(page.locator(".journee")).to_contain_text("Zélie Marchand")
    await expect(page.get_by_role("checkbox", name="Absence")).to_be_checked()
    await finit_par_montrer(page, "/espace/statistiques?rdv=1", "1 accompagnement ·")

    [zelie] = (await personne.get("/beneficiaires"))["elements"]
    await page.goto(f"/espace/beneficiaires/{zelie['id']}")
    les_siens = page.get_by_role("region", name="Ses rendez-vous")
    await expect(les_siens.get_by_role("heading", name="Passés")).to_be_visible()
    await expect(les_siens.get_by_role("listitem")).to_have_count(2)
    await expect(les_siens).to_contain_text("absence")
