"""Mon profil : ce que la plateforme sait de moi, mes emplois, mes sessions ; avec et sans scripts."""

import re

import pytest
from playwright.async_api import expect
from scene import finit_par, jour
from visite import Visites


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_un_emploi_s_ajoute_et_se_termine_depuis_le_profil(visites: Visites, scripts: bool) -> None:
    page, personne = await visites.inscrite("Yvonne" if scripts else "Zelie", scripts=scripts)
    await page.goto("/espace/profil")
    await expect(page.locator("main")).to_contain_text(personne.moi["compte_id"])
    await expect(page.locator("main")).to_contain_text(personne.email)

    await page.get_by_role("link", name="Ajouter un emploi").click()
    await page.fill("#c-siret", "11122233344455")
    await page.fill("#c-nom", "Médiathèque d’Exemple")
    await page.fill("#c-debut", jour(-40))
    await page.fill("#c-commune", "Saint-Denis")
    await page.get_by_role("button", name="Ajouter cet emploi").click()
    await expect(page.locator("#e-siret")).to_be_visible()
    await expect(page.locator("#e-commune")).to_contain_text("Plusieurs communes")
    await expect(page.locator("#fautes li")).to_have_count(2)
    await expect(page.locator("#c-nom")).to_have_value("Médiathèque d’Exemple")
    await page.fill("#c-siret", "130 026 032 00016")
    await page.check("input[name=type_contrat][value=cdd]")
    await page.fill("#c-commune", "Saint-Denis (97400)")
    await page.fill("#c-fin_prevue", jour(50))
    await page.get_by_role("button", name="Ajouter cet emploi").click()
    await expect(page.get_by_text("Emploi ajouté")).to_be_visible()
    await page.goto("/espace")
    alerte = page.get_by_text("Votre contrat chez Médiathèque d’Exemple")

    async def annoncee() -> bool:
        await page.reload()
        return await alerte.count() == 1

    assert await finit_par(annoncee, bool, 60)
    await page.get_by_role("link", name="Voir mes emplois").click()

    await page.get_by_role("link", name="Corriger l’emploi chez Médiathèque d’Exemple").click()
    await expect(page.locator("#c-commune")).to_have_value("Saint-Denis (97400)")
    await expect(page.locator("input[name=type_contrat][value=cdd]")).to_be_checked()
    await page.check("input[name=type_contrat][value=cdi]")
    await page.fill("#c-fin_prevue", "")
    await page.get_by_role("button", name="Enregistrer la correction").click()
    await expect(page.get_by_text("Emploi corrigé")).to_be_visible()
    [corrige] = [
        e for e in await personne.get("/comptes/moi/emplois") if e["nom_structure"] == "Médiathèque d’Exemple"
    ]
    assert (corrige["code_insee"], corrige["contrat"], corrige["fin_prevue"]) == ("97411", "CDI", None)

    await page.get_by_role("link", name="Terminer l’emploi chez Médiathèque d’Exemple").click()
    await page.get_by_role("button", name="Terminer cet emploi").click()
    await expect(page).to_have_title(re.compile("^Erreur : "))
    await expect(page.locator("#e-fin")).to_be_visible()
    await expect(page.locator("#e-motif")).to_be_visible()
    await page.fill("#c-fin", jour(30))
    await page.check("#c-motif")
    await page.get_by_role("button", name="Terminer cet emploi").click()
    await expect(page.locator("#e-fin")).to_be_visible()
    await page.fill("#c-fin", jour(-1))
    await page.get_by_role("button", name="Terminer cet emploi").click()
    await expect(page.get_by_text("Emploi terminé")).to_be_visible()
    finis = [e["nom_structure"] for e in await personne.get("/comptes/moi/emplois") if e["fin"]]
    assert finis == ["Médiathèque d’Exemple"]


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_e8_un_autre_siret_chez_proconnect_se_demande_et_les_emplois_suivent(
    visites: Visites, scripts: bool
) -> None:
    qui = await visites.scene.embauchee_ailleurs("Mireille" if scripts else "Mathilde", "35600000000048")
    page = await visites.connectee(qui, scripts=scripts)
    await page.goto("/espace")
    await page.get_by_role("link", name="Dire ce qu’il en est").click()
    await expect(page.locator("main")).to_contain_text("35600000000048")
    await page.fill("#c-nom", "")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("#e-reponse")).to_be_visible()
    await page.check("#c-reponse")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("#e-nom")).to_be_visible()
    await page.fill("#c-nom", "La Poste d’Exemple")
    await page.fill("#c-debut", jour(-10))
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.get_by_text("Vos emplois sont à jour")).to_be_visible()
    fins = {e["siret"]: e["fin"] for e in await qui.get("/comptes/moi/emplois")}
    assert fins.pop("35600000000048") is None
    assert list(fins.values()) == [jour(-11)]
    await page.goto("/espace")
    await expect(page.get_by_role("link", name="Dire ce qu’il en est")).to_have_count(0)


async def test_une_autre_session_se_ferme_et_celle_ci_reste(visites: Visites) -> None:
    page, personne = await visites.inscrite("Ambre", scripts=False)
    ailleurs = [await visites.scene.autre_navigateur(personne) for _ in range(3)]
    await page.goto("/espace/profil")
    await expect(page.get_by_role("button", name="Fermer la session")).to_have_count(3)
    await page.get_by_role("button", name="Fermer la session").first.click()
    await expect(page.get_by_text("Session fermée")).to_be_visible()
    await page.get_by_role("button", name="Fermer toutes les autres").click()
    await expect(page.get_by_text("Vos autres sessions sont fermées")).to_be_visible()
    await expect(page.get_by_role("button", name="Fermer la session")).to_have_count(0)
    assert [(await autre.demander("GET", "/auth/session")).status_code for autre in ailleurs] == [401] * 3
    await page.goto("/espace")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Ambre")


async def test_l_emploi_et_la_session_d_une_autre_n_existent_pas(visites: Visites) -> None:
    autre = await visites.scene.inscrite("Bertille", "mediateur")
    (emploi,) = await autre.get("/comptes/moi/emplois", autre.positions["identity"])
    (session,) = await autre.get("/auth/sessions")
    page, personne = await visites.inscrite("Colombe", scripts=False)
    await page.goto(f"/espace/profil/emplois/{emploi['emploi_id']}/terminer")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas")
    reponse = await page.request.post(
        f"/espace/profil/sessions/{session['id']}/fermer",
        form={"csrf": personne.csrf},
        headers={"Origin": visites.base},
    )
    assert reponse.status == 404
    assert (await autre.demander("GET", "/auth/session")).status_code == 200


async def test_une_coordinatrice_ajoute_la_mediation_puis_la_rend(visites: Visites) -> None:
    page, _ = await visites.inscrite("Bernadette", "coordinateur", scripts=False)
    await page.goto("/espace/profil")
    await page.get_by_role("link", name="Ajouter la médiation numérique").click()
    await page.get_by_role("button", name="Ajouter la médiation numérique").click()
    await expect(page.locator("#fautes")).to_contain_text("conditions générales")
    await page.check("#c-cgu_acceptees")
    await page.get_by_role("button", name="Ajouter la médiation numérique").click()
    await expect(page.get_by_text("Vous êtes médiateur aussi")).to_be_visible()
    await expect(page.locator(".entete").get_by_role("link", name="Activités")).to_have_count(1)
    await page.get_by_role("link", name="Rendre la médiation").click()
    await page.get_by_role("button", name="Rendre la médiation").click()
    await expect(page.get_by_text("Vous n’êtes plus médiateur")).to_be_visible()
