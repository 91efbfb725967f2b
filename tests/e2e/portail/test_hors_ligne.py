"""Sans réseau, on saisit quand même : ce qui attend part à son retour, ou redevient un brouillon."""

import asyncio
import re
from typing import Any

import fouille
from embedded import refus
from embedded.runtime import Platform
from playwright.async_api import Page, Route, expect
from scene import ATTENTE, finit_par
from visite import Fenetre, Visites, effacer, sur_l_appareil

CRA = "/espace/cra/individuel"


async def prete(page: Page) -> None:
    """The device has what it needs for the day without a network, and this page goes through it."""
    await page.goto(CRA)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.wait_for_function("navigator.serviceWorker.controller !== null")


async def test_un_compte_rendu_saisi_sans_reseau_part_a_son_retour(visites: Visites) -> None:
    page, personne = await visites.inscrite("Ursule")
    await prete(page)
    await page.context.set_offline(True)
    dit, compteur = page.locator("#dit-par-l-appareil"), page.locator("#a-envoyer")
    enregistrer = page.get_by_role("button", name="Enregistrer", exact=True)
    await page.check("#th-email")
    await page.check("#jour-hier")
    await page.get_by_role("button", name="Enregistrer et saisir le suivant").click()
    await expect(dit).to_contain_text("il partira dès son retour")
    await expect(compteur).to_have_text("1 compte rendu à envoyer")

    # The next one, in the same page: of the first, only the day and the place. A second click says so.
    await expect(page.locator("#th-email")).not_to_be_checked()
    await expect(page.locator("#jour-hier")).to_be_checked()
    await page.check("#th-bureautique")
    await enregistrer.click()
    await expect(compteur).to_have_text("2 comptes rendus à envoyer")
    await expect(page.locator("#jour-auj")).to_be_checked()
    await enregistrer.click()
    await expect(page.locator("#ou-en-est")).to_have_text("Déjà gardé sur cet appareil.")

    # Another one, on the blank form that the device kept.
    await page.goto(CRA)
    await expect(page.get_by_text("Vous êtes hors ligne.")).to_be_visible()
    assert personne.moi["prenom"] not in await page.content()
    await page.check("#th-bureautique")
    await enregistrer.click()
    await expect(compteur).to_have_text("3 comptes rendus à envoyer")

    # The page and the service worker see the network at once: one of them sends all, and the page says so.
    [ouvrier] = page.context.service_workers
    await page.context.set_offline(False)
    await ouvrier.evaluate("seul(auRetourDuReseau)")
    await expect(dit).to_contain_text("3 comptes rendus sont partis")
    await expect(dit).to_contain_class("succes")
    await expect(page.get_by_text("Vous êtes hors ligne.")).to_be_hidden()
    await expect(compteur).to_be_hidden()
    await dit.get_by_role("link", name="Mes activités").click()
    await expect(page.locator(".lignes li")).to_have_count(3)
    jours = [a["date"] for a in (await personne.get("/activites"))["elements"]]
    assert jours.count(min(jours)) == 2
    assert (await personne.get("/brouillons"))["elements"] == []


async def retour_du_reseau(page: Page, base: str) -> None:
    """The browser's own `sync` event, to the service worker of the site: no page of it is needed."""
    cdp = await page.context.new_cdp_session(page)
    connus: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    cdp.on("ServiceWorker.workerRegistrationUpdated", connus.put_nowait)
    await cdp.send("ServiceWorker.enable")
    while True:
        lus = (await connus.get())["registrations"]
        siens = [lu["registrationId"] for lu in lus if lu["scopeURL"] == f"{base}/"]
        if siens:
            break
    evenement = {"origin": base, "registrationId": siens[0], "tag": "coop:envois", "lastChance": False}
    await cdp.send("ServiceWorker.dispatchSyncEvent", evenement)
    await cdp.detach()


async def recues(platform: Platform) -> float:
    """How many reports the service was sent, whatever it answered."""
    lues = (await fouille.mesures(platform))["activites"]
    ligne = r'^http_requests_total\{method="POST",route="/activites",.*\} (.+)$'
    return sum(map(float, re.findall(ligne, lues, re.MULTILINE)))


async def test_onglet_ferme_le_compte_rendu_part_au_retour_du_reseau_une_seule_fois(visites: Visites) -> None:
    page, personne = await visites.inscrite("Ulysse")
    platform = visites.scene.platform
    deja = await recues(platform)
    # A Chromium without a window delivers the event, and refuses to be asked for it.
    await page.add_init_script(
        "SyncManager.prototype.register = async (nom) => { globalThis.demandee = nom; }"
    )
    await prete(page)
    await page.context.set_offline(True)
    await page.check("#th-email")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator("#a-envoyer")).to_have_text("1 compte rendu à envoyer")
    demandee = await finit_par(lambda: page.evaluate("globalThis.demandee ?? ''"), bool, ATTENTE)
    assert demandee == "coop:envois"
    ailleurs = await page.context.new_page()
    await page.close()
    await page.context.set_offline(False)
    await retour_du_reseau(ailleurs, visites.base)

    async def lus() -> list[Any]:
        return (await personne.get("/activites"))["elements"]

    assert await finit_par(lus, bool, ATTENTE)
    await ailleurs.goto("/espace/activites")
    await expect(ailleurs.locator(".lignes li")).to_have_count(1)
    await expect(ailleurs.locator("#a-envoyer")).to_be_hidden()
    assert await sur_l_appareil(ailleurs, f"coop:{personne.moi['compte_id']}:") == []
    assert len(await lus()) == 1
    # Its identifier would hide a second sending: the service counts them.
    assert await recues(platform) - deja == 1


async def test_onglet_ferme_rien_ne_part_sous_un_autre_compte_et_un_refus_redevient_un_brouillon(
    visites: Visites,
) -> None:
    page, personne = await visites.inscrite("Umberto")
    siens = f"coop:{personne.moi['compte_id']}:"
    autre = await visites.scene.inscrite("Ursula", "mediateur")
    await prete(page)
    [ouvrier] = page.context.service_workers
    fenetre = Fenetre(page.context, visites.base)
    await page.context.set_offline(True)
    await page.check("#duree-90")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator("#a-envoyer")).to_be_visible()
    await page.goto("about:blank")
    await page.context.set_offline(False)
    # A page without a script of ours: it sends nothing itself.
    await page.goto("/robots.txt")
    [attend] = await sur_l_appareil(page, siens)

    await fenetre.poser(dict(c.split("=", 1) for c in autre.cookies().split("; ")))
    await ouvrier.evaluate("auRetourDuReseau()")
    assert await sur_l_appareil(page, siens) == [attend]
    assert (await autre.get("/brouillons"))["elements"] == []

    await fenetre.poser(dict(c.split("=", 1) for c in personne.cookies().split("; ")))
    await ouvrier.evaluate("auRetourDuReseau()")
    assert await sur_l_appareil(page, siens) == []
    [brouillon] = (await personne.get("/brouillons"))["elements"]
    await page.goto(f"{CRA}?brouillon={brouillon['id']}")
    await expect(page.locator("#fautes")).to_contain_text("au moins une thématique")


async def test_une_panne_laisse_la_saisie_a_l_ecran_ou_une_page_plus_haut(visites: Visites) -> None:
    async def en_panne(route: Route) -> None:
        if route.request.method != "POST":
            return await route.continue_()
        entetes = "".join(f"{nom}: {valeur}\r\n" for nom, valeur in route.request.headers.items())
        tete, _, corps = refus.answer(f"GET /502 HTTP/1.1\r\n{entetes}\r\n".encode()).partition(b"\r\n\r\n")
        sorte = "text/html" if b"text/html" in tete else "application/problem+json"
        return await route.fulfill(status=503, body=corps, content_type=sorte)

    page, personne = await visites.inscrite("Urbaine")
    sans_scripts = await visites.connectee(personne, scripts=False)
    for onglet in (page, sans_scripts):
        await onglet.goto(CRA)
        await onglet.check("#th-email")
        await onglet.check("#duree-90")
        await onglet.route(f"**{CRA}", en_panne)
        await onglet.get_by_role("button", name="Enregistrer", exact=True).first.click()
    await expect(page.locator("#ou-en-est")).to_contain_text("Votre saisie est toujours là")
    await expect(sans_scripts.get_by_text("Revenez en arrière")).to_be_visible()
    await sans_scripts.go_back()
    for onglet in (page, sans_scripts):
        await expect(onglet.locator("#duree-90")).to_be_checked()
        await onglet.unroute(f"**{CRA}")
        await onglet.get_by_role("button", name="Enregistrer", exact=True).first.click()
        await expect(onglet.get_by_text("Compte rendu enregistré")).to_be_visible()


async def test_ce_qui_attendait_part_aussi_a_l_ouverture_d_une_page(visites: Visites) -> None:
    page, personne = await visites.inscrite("Urbaine")
    # This one's browser refuses its database: kept as every page did before there was one.
    await page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    await prete(page)
    await page.context.set_offline(True)
    await page.check("#th-email")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator("#a-envoyer")).to_be_visible()
    assert "envoi" in await page.evaluate("Object.keys(localStorage).join()")
    suivante = await page.context.new_page()
    await page.close()
    await page.context.set_offline(False)
    await suivante.goto("/espace")
    await expect(suivante.locator("#dit-par-l-appareil")).to_contain_text("Votre compte rendu est parti")
    assert len((await personne.get("/activites"))["elements"]) == 1
    assert await sur_l_appareil(suivante, f"coop:{personne.moi['compte_id']}:") == []


async def test_ce_qui_est_refuse_au_retour_redevient_un_brouillon_qui_dit_pourquoi(visites: Visites) -> None:
    page, personne = await visites.inscrite("Ulla")
    await prete(page)
    await page.context.set_offline(True)
    await page.check("#duree-90")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator("#a-envoyer")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator("#dit-par-l-appareil")).to_contain_text("est à corriger")
    await page.locator("#dit-par-l-appareil").get_by_role("link").click()
    await page.get_by_role("link", name=re.compile("^Reprendre")).click()
    await expect(page.locator("#fautes")).to_contain_text("au moins une thématique")
    await expect(page.locator("#duree-90")).to_be_checked()
    [garde] = (await personne.get("/brouillons"))["elements"]
    brouillon = await personne.get(f"/brouillons/{garde['id']}")
    enregistrer = page.get_by_role("button", name="Enregistrer", exact=True)
    await page.check("#th-email")
    await enregistrer.click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()

    # Another one, left under the identifier that is now taken: it gets its own.
    autre = {"sorte": brouillon["sorte"], "contenu": brouillon["contenu"]}
    await personne.write("PUT", f"/brouillons/{garde['id']}", autre)
    await page.goto(f"{CRA}?brouillon={garde['id']}")
    await page.check("#th-bureautique")
    await enregistrer.click()
    await expect(page.locator("#fautes")).to_contain_text("il s’ajoutera")
    await enregistrer.click()
    await expect(page.get_by_text("Compte rendu enregistré")).to_be_visible()
    assert len((await personne.get("/activites"))["elements"]) == 2
    assert (await personne.get("/brouillons"))["elements"] == []


async def test_une_saisie_commencee_sans_reseau_revient_apres_un_rechargement(visites: Visites) -> None:
    page, personne = await visites.inscrite("Ulrique")
    await prete(page)
    await page.context.set_offline(True)
    await page.goto(CRA)
    await page.check("#th-email")
    await expect(page.locator("#ou-en-est")).to_have_text("Gardé sur cet appareil")
    await page.reload()
    await page.get_by_role("button", name="Reprendre").click()
    await expect(page.locator("#th-email")).to_be_checked()
    # Leaves the form: it would send its copy itself, while the list is being prepared.
    await page.goto("about:blank")
    await page.context.set_offline(False)
    await page.goto("/espace/brouillons")
    await expect(page.locator("[aria-labelledby=t-chez-nous] li")).to_have_count(1)
    await expect(page.locator("#sur-l-appareil")).to_be_hidden()
    assert len((await personne.get("/brouillons"))["elements"]) == 1


async def test_les_brouillons_disent_ce_qui_n_est_que_sur_cet_appareil(visites: Visites) -> None:
    page, _ = await visites.inscrite("Uriel")
    await prete(page)
    brouillons = await page.context.new_page()
    await brouillons.goto("/espace/brouillons")
    await page.context.set_offline(True)
    await page.check("#th-email")
    await expect(page.locator("#ou-en-est")).to_have_text("Gardé sur cet appareil")
    # The list was open: it looks again when the network seems back, and the service is not.
    await page.context.route("**/auth/session", lambda route: route.abort())
    await page.context.route("**/espace/brouillons/*", lambda route: route.abort())
    await page.context.set_offline(False)
    ici = brouillons.locator("#sur-l-appareil li")
    await expect(ici).to_have_count(1)
    await expect(ici).to_contain_text("Accompagnement individuel")
    await expect(brouillons.get_by_text("Vous n’avez aucun brouillon.")).to_be_hidden()

    await effacer(brouillons)
    await expect(ici).to_have_count(0)
    await expect(brouillons.get_by_text("Vous n’avez aucun brouillon.")).to_be_visible()


async def test_l_appareil_ne_garde_la_page_d_aucune_personne(visites: Visites) -> None:
    page, personne = await visites.inscrite("Ugoline")
    await prete(page)
    for chemin in ("/espace", "/espace/activites", CRA):
        await page.goto(chemin)
    gardes = await page.evaluate(
        """async () => {
          const textes = [];
          for (const nom of await caches.keys())
            for (const demande of await (await caches.open(nom)).keys())
              textes.push([new URL(demande.url).pathname, await (await caches.match(demande)).text()]);
          return textes;
        }"""
    )
    chemins = {chemin for chemin, _ in gardes}
    assert {c for c in chemins if not c.startswith("/static/")} == {"/hors-ligne"}
    for chemin, texte in gardes:
        for mot in (personne.moi["prenom"], personne.moi["csrf"], personne.moi["compte_id"]):
            assert mot not in texte, chemin


async def test_sans_reseau_se_deconnecter_demande_d_abord(visites: Visites) -> None:
    page, _ = await visites.inscrite("Uguette")
    await prete(page)
    await page.context.set_offline(True)
    await page.check("#th-email")
    await page.get_by_role("button", name="Se déconnecter").first.click()
    await expect(page.locator("#dit-par-l-appareil")).to_contain_text("se déconnecter l’efface")
    assert await sur_l_appareil(page)
