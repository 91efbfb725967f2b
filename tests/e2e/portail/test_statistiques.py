"""Des chiffres que l'on compare, que l'on emporte, que l'on donne à lire à qui n'a pas de compte."""

import datetime as dt

import pytest
from playwright.async_api import expect
from scene import atelier, creer_une_equipe, evenement, faire_membre, individuel
from visite import Visites, finit_par_montrer

ICI = "/espace/statistiques"


@pytest.mark.parametrize("scripts", [True, False], ids=["avec scripts", "sans scripts"])
async def test_des_chiffres_se_filtrent_se_comparent_s_emportent_et_se_partagent(
    visites: Visites, scripts: bool
) -> None:
    page, mediatrice = await visites.inscrite("Chiffrine" if scripts else "Chiffrette", scripts=scripts)
    il_y_a_un_an = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=365)
    await mediatrice.post("/activites", atelier())
    await mediatrice.post("/activites", individuel(date=il_y_a_un_an.isoformat()))
    await finit_par_montrer(page, ICI, "8 participations")

    await page.goto(f"{ICI}?periode=30j&comparer=annee_precedente&types=individuel&types=collectif")
    await expect(page.locator("#resultats")).to_contain_text("Comparé à la période du")
    await page.goto(f"{ICI}?types=collectif&pas=trimestre")
    await expect(page.locator("#resultats")).to_contain_text("Accompagnements par trimestre")
    async with page.expect_download() as telechargement:
        await page.get_by_role("link", name="Exporter (csv)").click()
    fichier = await (await telechargement.value).path()
    assert "Accompagnements au total" in fichier.read_text(encoding="utf-8-sig")

    await page.get_by_role("link", name="Partager par un lien").click()
    await page.get_by_role("button", name="Donner un lien").click()
    lien = await page.locator("a.lien-donne").get_attribute("href")
    assert lien is not None
    dehors = await visites.anonyme()
    await dehors.goto(lien)
    await expect(dehors.locator("main")).to_contain_text("Statistiques partagées")
    await expect(dehors.locator("main")).not_to_contain_text("Chiffrine")
    assert "Accompagnements" in await dehors.locator("main").inner_text()

    await page.goto(f"{ICI}/partages")
    await page.get_by_role("button", name="Révoquer").click()
    await expect(page.get_by_text("Ce lien ne montre plus rien.")).to_be_visible()
    await dehors.goto(lien)
    await expect(dehors.get_by_role("heading", level=1)).to_have_text("Ce lien n’est plus valable")


async def test_une_coordinatrice_lit_un_membre_son_equipe_et_sa_coordination(visites: Visites) -> None:
    page, coordinatrice = await visites.inscrite("Chiffromene", "coordinateur", scripts=False)
    mediatrice = await visites.scene.inscrite("Membrine", "mediateur")
    equipe = await creer_une_equipe(coordinatrice)
    await faire_membre(coordinatrice, equipe, mediatrice)
    await mediatrice.post("/activites", individuel())
    await coordinatrice.post("/coordinations", evenement())
    await finit_par_montrer(page, f"/espace/equipes/{equipe}/statistiques", "1 individuel")
    await finit_par_montrer(page, f"/espace/equipes/{equipe}", "Membrine")
    await page.get_by_role("link", name="Statistiques de Membrine").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Membrine")
    await finit_par_montrer(page, page.url, "1 individuel")
    await finit_par_montrer(page, f"{ICI}/coordination", "Par trimestre")
