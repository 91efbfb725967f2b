"""Un compte rendu de coordination dans un vrai navigateur : saisi, refusé, corrigé, supprimé, repris."""

import re
from uuid import uuid4

from playwright.async_api import expect
from scene import creer_une_equipe, faire_membre
from visite import Visites, finit_par_montrer


async def test_une_coordinatrice_saisit_corrige_duplique_supprime_et_reprend(visites: Visites) -> None:
    page, personne = await visites.inscrite("Coralie", "coordinateur")
    membre = await visites.scene.inscrite("Membre", "mediateur")
    await faire_membre(personne, await creer_une_equipe(personne), membre)
    etiquette = {"id": str(uuid4()), "portee": "personnel", "nom": "Chartes"}
    await personne.post("/tags", etiquette)
    await page.goto("/espace")
    await page.get_by_role("link", name="Partenariat").click()
    await finit_par_montrer(page, page.url, "Poser des étiquettes")

    # All that is wrong is said at once, beside what was typed.
    await page.fill("[name='structures_partenaires/0/siret']", "123")
    await page.get_by_role("button", name="Enregistrer").first.click()
    fautes = page.locator("#fautes li")
    await expect(fautes).to_have_text(
        [
            "Veuillez renseigner au moins une nature de partenariat",
            "Veuillez renseigner le nom de la structure",
            "Veuillez renseigner le type de la structure partenaire",
            re.compile("^Ce SIRET n’existe pas"),
        ]
    )
    await expect(page.locator("[name='structures_partenaires/0/siret']")).to_have_value("123")
    await page.check("#c-natures_partenariat-autre")
    await page.get_by_label("Précisez", exact=True).fill("Une charte")
    await page.fill("[name='structures_partenaires/0/nom']", "Les Amis du web")
    await page.select_option("[name='structures_partenaires/0/type']", "association")
    await page.fill("[name='structures_partenaires/0/siret']", "130 026 032 00016")
    await page.locator("summary", has_text="Personnes concernées").click()
    await page.locator("[name=personnes]").first.check()
    await page.locator("summary", has_text="Poser des étiquettes").click()
    await page.get_by_role("checkbox", name="Chartes").check()
    # Kept as a model, it opens filled of what was chosen, and of nobody.
    await page.locator("summary", has_text="Garder comme modèle").click()
    await page.fill("#c-modele_nom", "Une charte")
    await page.get_by_role("button", name="Garder ce modèle").click()
    await expect(page.get_by_text("Modèle « Une charte » gardé")).to_be_visible()
    modele = await page.context.new_page()
    await modele.goto("/espace/modeles")
    await modele.get_by_role("link", name="Saisir avec le modèle Une charte").click()
    await expect(modele.get_by_label("Précisez", exact=True)).to_have_value("Une charte")
    await expect(modele.get_by_role("checkbox", name="Chartes")).to_be_checked()
    await expect(modele.locator("[name=personnes]:checked")).to_have_count(0)
    await modele.close()
    await page.get_by_role("button", name="Enregistrer").first.click()
    await expect(page.get_by_text("Compte rendu enregistré.")).to_be_visible()

    await finit_par_montrer(page, f"/espace/coordinations?tag={etiquette['id']}", "1 activité")
    await expect(page.locator(".filtres-actifs")).to_contain_text("Chartes")
    await page.locator(".lignes a").click()
    reponses = page.get_by_role("definition")
    await expect(reponses.filter(has_text="Autre : Une charte")).to_be_visible()
    await expect(
        reponses.filter(has_text="Les Amis du web (Une association, SIRET 13002603200016)")
    ).to_be_visible()
    await expect(reponses.filter(has_text="Membre")).to_be_visible()

    await page.get_by_role("link", name="Corriger").click()
    autre = await page.context.new_page()
    await autre.goto(page.url)
    await autre.fill("#c-nom", "Charte du quartier")
    await autre.get_by_role("button", name="Enregistrer").first.click()
    await expect(autre.get_by_text("Correction enregistrée")).to_be_visible()
    await page.fill("#c-nom", "Charte de la ville")
    await page.get_by_role("button", name="Enregistrer").first.click()
    differences = page.get_by_role("region", name="Ce qui diffère").locator("tbody tr")
    await expect(differences).to_have_text([re.compile(r"^Nom\s*Charte de la ville\s*Charte du quartier$")])
    await page.get_by_role("button", name="Enregistrer").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Charte de la ville")
    fiche = page.url
    await page.get_by_role("link", name="Histoire").click()
    corrections = page.get_by_role("listitem").filter(has_text="Compte rendu corrigé.")
    await expect(corrections.get_by_role("row", name=re.compile("^Nom"))).to_contain_text(
        ["Charte de la ville", "Sans réponse"]
    )
    await page.goto(fiche)

    await page.get_by_role("link", name="Dupliquer").click()
    await expect(page.locator("#c-nom")).to_have_value("Charte de la ville")
    await page.get_by_role("button", name="Enregistrer").first.click()
    await expect(page.locator(".lignes li")).to_have_count(2)

    await page.locator(".lignes a").first.click()
    await page.get_by_role("link", name="Supprimer").click()
    await page.get_by_role("button", name="Supprimer").click()
    await expect(page.locator(".lignes li")).to_have_count(1)
    await page.get_by_role("button", name="Annuler la suppression").click()
    await expect(page.get_by_text("Compte rendu repris.")).to_be_visible()
    await expect(page.locator(".lignes li")).to_have_count(2)


async def test_sans_scripts_une_animation_se_saisit_et_se_garde_en_brouillon(visites: Visites) -> None:
    page, personne = await visites.inscrite("Corinne", "coordinateur", scripts=False)
    await page.goto("/espace/cra/coordination/animation")
    await page.check("#c-type_animation-autre")
    await page.locator("[name=type_animation_autre]").fill("Marche")
    await page.fill("#c-autres_acteurs", "3")
    await page.fill("[name='structures_concernees/0/nom']", "Mairie")
    await page.get_by_role("button", name="Ajouter des structures").click()
    await page.fill("[name='structures_concernees/2/nom']", "École")
    await page.get_by_role("button", name="Garder en brouillon").click()
    await page.get_by_role("link", name=re.compile("^Reprendre : animation")).click()
    await expect(page.locator("[name=type_animation_autre]")).to_have_value("Marche")
    await page.check("#c-thematiques_animation")
    await page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    await expect(page.get_by_text("Compte rendu enregistré.")).to_be_visible()
    (une,) = (await personne.get("/coordinations"))["elements"]
    assert (une["type"], une["structures"], une["autres_acteurs"]) == ("animation", 2, 3)
    assert (await personne.get("/brouillons"))["elements"] == []
