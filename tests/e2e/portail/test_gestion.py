"""La gestion dans un navigateur : trouver un compte, le suspendre, voir comme lui, couper les écritures."""

import re
from uuid import uuid4

from playwright.async_api import Page, expect
from scene import Navigateur, finit_par, individuel
from visite import Visites, finit_par_montrer


async def chercher(page: Page, personne: Navigateur) -> None:
    """The page of this person, found by their address."""
    await page.goto("/gestion/utilisateurs")
    await page.fill("#q", personne.moi["courriel"])
    await page.press("#q", "Enter")
    await page.get_by_role("link", name=personne.moi["prenom"]).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(personne.moi["prenom"])


async def test_f4_suspendre_ferme_l_espace_et_lever_le_rouvre(visites: Visites) -> None:
    """Without scripts: the whole journey is links and forms."""
    espace, personne = await visites.inscrite("Suspendre")
    admin = await visites.connectee(await visites.scene.habilitee("Aline", "admin"), scripts=False)
    await chercher(admin, personne)
    await admin.get_by_role("link", name="Suspendre ce compte").click()
    await admin.get_by_role("button", name="Suspendre ce compte").click()
    await expect(admin.locator("#fautes")).to_contain_text("Dites pourquoi")
    await admin.fill("#c-raison", "Compte prêté à une collègue.")
    await admin.get_by_role("button", name="Suspendre ce compte").click()
    await expect(admin.locator("main")).to_contain_text("Le compte est suspendu.")
    await expect(admin.locator("main")).to_contain_text("Raison : Compte prêté à une collègue.")
    await espace.goto("/espace/profil")
    await expect(espace).to_have_url(visites.base + "/connexion?retour=%2Fespace%2Fprofil")
    await admin.get_by_role("link", name="Lever la suspension").click()
    await admin.fill("#c-raison", "C’était une erreur.")
    await admin.get_by_role("button", name="Lever la suspension").click()
    await expect(admin.locator("main")).to_contain_text("La suspension est levée.")
    await personne.sign_in()
    await personne.reconnaitre()
    revenue = await visites.connectee(personne)
    await revenue.goto("/espace/profil")
    await revenue.get_by_role("link", name="L’histoire de mon compte").click()
    await expect(revenue.locator("main")).to_contain_text("Raison : Compte prêté à une collègue.")
    await expect(revenue.locator("main")).to_contain_text("un administrateur")
    await expect(revenue.locator("main")).not_to_contain_text("Aline")


async def test_la_gestion_n_est_la_que_pour_qui_a_un_droit(visites: Visites) -> None:
    page, personne = await visites.inscrite("Curieuse")
    await page.goto("/espace")
    await expect(page.get_by_role("link", name="Gestion")).to_have_count(0)
    for chemin in ("", f"/{personne.moi['compte_id']}", f"/{personne.moi['compte_id']}/suspendre"):
        reponse = await page.goto(f"/gestion/utilisateurs{chemin}")
        assert reponse is not None
        assert reponse.status == 404
    assert (await page.request.get(f"{visites.base}/gestion/statistiques")).status == 404
    support = await visites.connectee(await visites.scene.habilitee("Yann", "support"))
    assert (await support.request.get(f"{visites.base}/gestion/statistiques")).status == 404
    await support.goto("/espace")
    await expect(support).to_have_url(visites.base + "/gestion/utilisateurs")
    await chercher(support, personne)
    await expect(support.get_by_role("link", name="Suspendre ce compte")).to_have_count(0)
    await support.goto("/gestion/utilisateurs?departement=Nord")
    await expect(support.get_by_role("alert")).to_contain_text("Département : ")
    await expect(support.locator("#departement")).to_have_value("NORD")


async def test_f5_le_support_voit_comme_la_personne_et_elle_le_lit(visites: Visites) -> None:
    espace, personne = await visites.inscrite("Aidee")
    support = await visites.connectee(await visites.scene.habilitee("Soutien", "support"), scripts=False)
    await chercher(support, personne)
    await support.get_by_role("link", name="Voir comme cette personne").click()
    await support.fill("#c-raison", "Ne trouve plus ses comptes rendus.")
    await support.get_by_role("button", name="Voir comme cette personne").click()
    for chemin in ("/espace", "/espace/activites", "/espace/profil"):
        await support.goto(chemin)
        await expect(support.get_by_role("complementary", name="Compte vu")).to_contain_text(
            f"Vous voyez La Coop comme {personne.moi['prenom']}"
        )
    await support.goto("/espace/equipes")
    await support.goto("/espace/cra/individuel")
    await support.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(support.locator("main")).to_contain_text("rien ne s’y change")
    await support.get_by_role("button", name="Revenir à mon compte").click()
    await expect(support.get_by_role("heading", level=1)).to_contain_text(personne.moi["prenom"])
    await expect(support.locator("main")).to_contain_text("c’est fini")
    await finit_par_montrer(espace, "/espace/profil/histoire", "Ne trouve plus ses comptes rendus.")


async def test_la_maintenance_se_dit_partout_et_la_saisie_refusee_reste_a_l_ecran(visites: Visites) -> None:
    page, _ = await visites.inscrite("Coupee")
    gestionnaire = await visites.scene.habilitee("Coupe", "admin")
    admin = await visites.connectee(gestionnaire, scripts=False)
    await page.goto("/espace/equipes")
    await admin.goto("/gestion/maintenance")
    await admin.fill("#c-message", "Mise à jour jusqu’à 20 h.")
    await admin.get_by_role("button", name="Couper les écritures").click()
    try:
        annonce = "Maintenance : Mise à jour jusqu’à 20 h. On peut lire, pas enregistrer."
        await expect(admin.get_by_role("complementary", name="Annonces")).to_contain_text(annonce)
        await page.goto("/espace/profil")
        await expect(page.get_by_role("complementary", name="Annonces")).to_contain_text(annonce)
        await page.get_by_text("Ajouter un emploi").click()
        await page.fill("#c-nom", "Ville de Dijon")
        await page.get_by_role("button", name="Ajouter cet emploi").click()
        await expect(page.locator("#fautes")).to_contain_text("Mise à jour jusqu’à 20 h.")
        await expect(page.locator("#c-nom")).to_have_value("Ville de Dijon")
    finally:
        await gestionnaire.write("DELETE", "/comptes/gestion/maintenance")
    await admin.goto("/gestion/maintenance")
    await expect(admin.get_by_role("heading", name="On peut écrire")).to_be_visible()


async def test_e3_le_support_rapproche_deux_comptes_qui_servent_et_le_defait(visites: Visites) -> None:
    retrouvee, nouvelle = [await visites.scene.inscrite("Retrouvee", "mediateur") for _ in range(2)]
    for qui in (retrouvee, nouvelle):
        await qui.post("/activites", individuel())
    support = await visites.connectee(await visites.scene.habilitee("Unit", "support"), scripts=False)
    await support.goto(f"/gestion/utilisateurs/{nouvelle.moi['compte_id']}")
    await support.get_by_role("link", name="Rapprocher d’un autre compte").click()
    await support.get_by_role("button", name="C’est la même personne").click()
    await expect(support.locator("#e-autre")).to_be_visible()
    await expect(support.locator("#e-raison")).to_be_visible()
    await support.fill("#c-autre", retrouvee.moi["compte_id"])
    await support.fill("#c-raison", "Vue ensemble au téléphone.")
    await support.get_by_role("button", name="C’est la même personne").click()
    await expect(support.get_by_text("Les deux comptes n’en font plus qu’un")).to_be_visible()
    assert await finit_par(lambda: saisies(nouvelle), lambda nombre: nombre == 2, 60) == 2
    ensemble = await visites.connectee(nouvelle)
    await ensemble.goto("/espace/activites")
    await expect(ensemble.locator(".lignes li")).to_have_count(2)

    await support.goto("/gestion/rapprochements?etat=rapproche")
    await support.get_by_role("link", name="Retrouvee").first.click()
    await expect(support.get_by_role("heading", level=1)).to_have_text("Une personne, ou deux ?")
    await support.fill("#c-raison", "Deux homonymes.")
    await support.get_by_role("button", name="Défaire ce rapprochement").click()
    await expect(support.get_by_text("Le rapprochement est défait")).to_be_visible()
    # Each account has its own again, and its sessions are closed: she signs in.
    await retrouvee.sign_in()
    await retrouvee.reconnaitre()
    encore = await visites.connectee(retrouvee)
    await encore.goto("/espace")
    await expect(encore.get_by_role("heading", level=1)).to_contain_text("Retrouvee")
    await nouvelle.sign_in()
    assert await finit_par(lambda: saisies(nouvelle), lambda nombre: nombre == 1, 60) == 1
    assert await saisies(retrouvee) == 1


async def saisies(qui: Navigateur) -> int:
    return (await qui.get("/activites"))["total"]


async def test_e4_un_compte_de_coordination_demande_deux_personnes(visites: Visites) -> None:
    coordinatrice = await visites.scene.inscrite("Unique", "coordinateur")
    nouvelle = await visites.scene.connectee("Unique")
    premiere = await visites.connectee(await visites.scene.habilitee("Avis", "support"), scripts=False)
    await premiere.goto(f"/gestion/rapprochements/nouveau?compte_id={nouvelle.moi['compte_id']}")
    await premiere.fill("#c-autre", coordinatrice.moi["compte_id"])
    await premiere.fill("#c-raison", "Vue ensemble.")
    await premiere.get_by_role("button", name="C’est la même personne").click()
    await expect(premiere.get_by_text("Quelqu’un d’autre doit encore le confirmer")).to_be_visible()
    seconde = await visites.connectee(await visites.scene.habilitee("Avis", "support"), scripts=False)
    await seconde.goto("/gestion/rapprochements")
    await seconde.get_by_role("link", name="Unique").first.click()
    await expect(seconde.locator("main")).to_contain_text("1 attestation")
    await seconde.fill("#c-raison", "Son chef de service le confirme.")
    await seconde.get_by_role("button", name="C’est la même personne").click()
    await expect(seconde.get_by_text("Les deux comptes n’en font plus qu’un")).to_be_visible()


async def test_une_adresse_mal_ecrite_de_la_gestion_se_dit_sans_panne(visites: Visites) -> None:
    support = await visites.connectee(await visites.scene.habilitee("Etourdi", "support"), scripts=False)
    for fin in ("nouveau?compte_id=x", "nouveau", "pas-un-dossier", "?etat=inconnu", "?apres=zzz"):
        reponse = await support.goto(f"/gestion/rapprochements{'' if fin.startswith('?') else '/'}{fin}")
        assert reponse is not None
        assert reponse.status in (400, 404, 422), fin
        await expect(support.get_by_role("heading", level=1)).to_be_visible()


async def test_un_administrateur_tient_le_compte_d_une_personne(visites: Visites) -> None:
    """Without scripts: her emplois, her identities, her roles, then closing and opening again."""
    personne = await visites.scene.inscrite("Tenue", "mediateur")
    admin = await visites.connectee(await visites.scene.habilitee("Tient", "admin"), scripts=False)
    contenu = admin.locator("main")
    await chercher(admin, personne)
    await admin.get_by_role("link", name="Ajouter un emploi").click()
    await admin.fill("#c-siret", "356 000 000 00048")
    await admin.fill("#c-nom", "La Poste")
    await admin.fill("#c-debut", "2026-01-05")
    await admin.get_by_role("button", name="Ajouter cet emploi").click()
    await expect(admin.locator("#e-raison")).to_contain_text("Dites pourquoi")
    await admin.fill("#c-raison", "D’après son contrat.")
    await admin.get_by_role("button", name="Ajouter cet emploi").click()
    await expect(contenu).to_contain_text("Emploi ajouté par")
    await admin.get_by_role("link", name="Corriger l’emploi chez La Poste").click()
    await expect(admin.locator("#c-siret")).to_have_value("35600000000048")
    await admin.fill("#c-nom", "La Poste de Dijon")
    await admin.fill("#c-raison", "Le nom entier.")
    await admin.get_by_role("button", name="Corriger cet emploi").click()
    await admin.get_by_role("link", name="Terminer l’emploi chez La Poste de Dijon").click()
    await admin.fill("#c-fin", "2026-02-27")
    await admin.check("input[value='rupture']")
    await admin.fill("#c-raison", "Partie en février.")
    await admin.get_by_role("button", name="Terminer cet emploi").click()
    await admin.get_by_role("link", name="Retirer l’emploi chez La Poste de Dijon").click()
    await admin.fill("#c-raison", "C’était une homonyme.")
    await admin.get_by_role("button", name="Retirer cet emploi").click()
    await expect(contenu).to_contain_text("Retiré : déclaré par erreur")

    await admin.get_by_role("link", name="Lier une identité").click()
    await admin.fill("#c-sub", str(uuid4()))
    await admin.fill("#c-raison", "Nouvel employeur.")
    await admin.get_by_role("button", name="Lier une identité").click()
    await expect(contenu).to_contain_text("L’identité ouvre désormais ce compte.")
    await admin.get_by_role("link", name="Retirer l’identité").last.click()
    await admin.fill("#c-raison", "Ce n’était pas la sienne.")
    await admin.get_by_role("button", name="Retirer une identité").click()
    await expect(admin.get_by_role("link", name="Retirer l’identité")).to_have_count(0)

    await admin.get_by_role("link", name="Changer les rôles").click()
    await admin.uncheck("input[value='mediateur']")
    await admin.fill("#c-raison", "Anime désormais une équipe.")
    await admin.get_by_role("button", name="Enregistrer les rôles").click()
    await expect(admin.locator("#fautes")).to_contain_text("Au moins un rôle est requis")
    await admin.check("input[value='coordinateur']")
    await admin.get_by_role("button", name="Enregistrer les rôles").click()
    await expect(contenu).to_contain_text("Rôle retiré : médiateur.")
    await admin.get_by_role("link", name="Fermer ce compte").click()
    await admin.fill("#c-raison", "À sa demande, par courrier.")
    await admin.get_by_role("button", name="Fermer ce compte").click()
    await expect(contenu.locator(".etat").first).to_have_text("Fermé")
    await admin.get_by_role("link", name="Rouvrir ce compte").click()
    await admin.fill("#c-raison", "Elle a changé d’avis.")
    await admin.get_by_role("button", name="Rouvrir ce compte").click()
    await expect(contenu).to_contain_text("Compte rouvert par")
    await admin.goto(
        f"/gestion/utilisateurs?q={personne.moi['courriel']}&dispositifs=hors&roles=coordinateur"
    )
    await expect(admin.get_by_role("table")).to_contain_text("Hors dispositif")
    for format_ in ("xlsx", "csv", "ods"):
        await expect(admin.get_by_role("link", name=format_)).to_have_attribute(
            "href", re.compile("dispositifs=hors")
        )


async def test_une_rectification_recoit_sa_reponse(visites: Visites) -> None:
    espace, _ = await visites.inscrite("Rectifiee", scripts=False)
    await espace.goto("/espace/profil/donnees")
    await espace.fill("#c-texte", "Mon emploi commence en septembre.")
    await espace.get_by_role("button", name="Envoyer").click()
    await expect(espace.locator("main")).to_contain_text("En attente d’une réponse")
    admin = await visites.connectee(await visites.scene.habilitee("Repond", "admin"), scripts=False)
    await admin.goto("/gestion/rectifications")
    await admin.get_by_role("link", name="Rectifiee").first.click()
    await expect(admin.locator("main")).to_contain_text("Mon emploi commence en septembre.")
    await admin.get_by_role("button", name="Répondre").click()
    await expect(admin.locator("#e-acceptee")).to_be_visible()
    await admin.check("input[value='oui']")
    await admin.fill("#c-raison", "Le début est corrigé.")
    await admin.get_by_role("button", name="Répondre").click()
    await expect(admin.get_by_role("heading", name="Réponse")).to_be_visible()
    await finit_par_montrer(espace, "/espace/profil/donnees", "Le début est corrigé.")
