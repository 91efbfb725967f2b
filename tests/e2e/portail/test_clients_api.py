"""Les clients de l'API, par un administrateur, sans scripts : un secret se montre une fois, et ouvre."""

import json
import re
from uuid import uuid4

import httpx2
from joserfc.jwk import ECKey
from playwright.async_api import expect
from scene import Scene
from visite import Visites


async def test_un_secret_se_montre_une_fois_ouvre_et_se_coupe(visites: Visites) -> None:
    admin = await visites.scene.habilitee("Cliente", "admin")
    page = await visites.connectee(admin, scripts=False)
    await page.goto("/gestion/clients-api")
    await page.get_by_role("button", name="Admettre ce client").click()
    await expect(page.locator("#fautes")).to_contain_text("à corriger")
    await page.get_by_label("Nom du programme").fill("Carte des lieux du Nord")
    await page.check("input[value='lieux:lire']")
    await page.get_by_role("button", name="Admettre ce client").click()
    secret = await page.locator("#secret").inner_text()
    assert re.fullmatch(r"coop_secret_[0-9a-f]{64}", secret)
    client_id = await page.locator("dd code").first.inner_text()
    base = visites.scene.platform.settings.public_url
    demande = {"grant_type": "client_credentials", "scope": "lieux:lire"}
    async with httpx2.AsyncClient(base_url=base, timeout=60) as http:
        preuve = httpx2.BasicAuth(client_id, secret)
        jeton = (await http.post("/oauth/token", data=demande, auth=preuve)).json()["access_token"]
        porteur = {"Authorization": f"Bearer {jeton}"}
        moi = (await http.get("/oauth/client", headers=porteur)).json()
        assert (moi["client_id"], moi["portees"]) == (client_id, ["lieux:lire"])
        # Sent again, the form shows it no more.
        await page.reload()
        await expect(page.locator("main")).to_contain_text("a déjà été montré")
        assert secret not in await page.content()
        await expect(page.locator("main")).to_contain_text("Dernier usage")
        await page.get_by_role("button", name="Couper l’accès aussitôt").click()
        await expect(page.locator("#fautes")).to_be_visible()
        await page.check("input[value='usage_anormal']")
        await page.get_by_role("button", name="Couper l’accès aussitôt").click()
        await expect(page.locator("main")).to_contain_text("Coupé depuis le")
        assert (await http.get("/oauth/client", headers=porteur)).status_code == 401
        await page.get_by_role("button", name="Rendre l’accès").click()
        await expect(page.locator("main")).to_contain_text("L’accès de ce client est rendu.")
        assert (await http.get("/oauth/client", headers=porteur)).status_code == 200
    await page.get_by_role("link", name="Clients de l’API").click()
    await expect(page.get_by_role("table")).to_contain_text("Carte des lieux du Nord")


async def test_un_secret_de_plus_puis_l_ancien_retire(visites: Visites) -> None:
    admin = await visites.scene.habilitee("Rotation", "admin")
    page = await visites.connectee(admin, scripts=False)
    await page.goto("/gestion/clients-api")
    await page.get_by_label("Nom du programme").fill("Programme à rotation")
    await page.check("input[value='statistiques:lire']")
    await page.get_by_role("button", name="Admettre ce client").click()
    await page.get_by_role("link", name="Je l’ai copié").click()
    await page.get_by_role("button", name="Donner un nouveau secret").click()
    await expect(page.locator("#secret")).to_be_visible()
    await page.get_by_role("link", name="Je l’ai copié").click()
    await expect(page.get_by_role("button", name="Retirer")).to_have_count(2)
    await expect(page.get_by_role("button", name="Donner un nouveau secret")).to_have_count(0)
    await page.get_by_role("button", name="Retirer").last.click()
    await expect(page.get_by_role("button", name="Retirer")).to_have_count(1)


async def test_une_cle_publique_remplace_les_secrets_puis_se_change(visites: Visites) -> None:
    admin = await visites.scene.habilitee("Cles", "admin")
    client = {"id": str(uuid4()), "nom": f"Programme {uuid4()}", "portees": ["lieux:lire"]}
    await admin.post("/clients", client)
    page = await visites.connectee(admin, scripts=False)
    await page.goto(f"/gestion/clients-api/{client['id']}")
    await page.get_by_text("Passer aux clés").click()
    await page.fill("#c-cle", "pas du JSON")
    await page.get_by_role("button", name="Enregistrer cette clé").click()
    await expect(page.locator("#e-cle")).to_contain_text("Collez une clé publique")
    for kid in ("ancienne", "nouvelle"):
        await page.fill(
            "#c-cle", json.dumps({**ECKey.generate_key("P-256").as_dict(private=False), "kid": kid})
        )
        await page.get_by_role("button", name="Enregistrer cette clé").click()
        await expect(page.locator("main")).to_contain_text("La clé est enregistrée")
        await page.get_by_text("Ajouter une clé").click()
    await page.get_by_role("button", name="Retirer la clé ancienne").click()
    await expect(page.locator("main")).to_contain_text("se prouve par 1 clé")
    await expect(page.get_by_role("button", name="Retirer")).to_have_count(0)


async def test_pour_qui_n_est_pas_administrateur_rien_n_est_la(visites: Visites, scene: Scene) -> None:
    for personne, statut in (
        (await scene.habilitee("Lit", "support"), 403),
        (await scene.inscrite("Non", "mediateur"), 404),
    ):
        page = await visites.connectee(personne)
        reponse = await page.goto("/gestion/clients-api")
        assert reponse is not None
        assert reponse.status == statut
