"""Les pages de textes, allumées : un refus de connexion, ce qui s'imprime, l'annonce, les conditions."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest_asyncio
from embedded.runtime import Platform
from identity.api.refus import CODES
from playwright.async_api import PdfMargins
from portail.pages.outils import OUTILS
from portail.pages.publiques import STATUTS
from scene import Scene, finit_par
from visite import Visites

MARGES: PdfMargins = {"top": "12mm", "right": "12mm", "bottom": "12mm", "left": "12mm"}


@pytest_asyncio.fixture
async def http(plateforme: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=plateforme.settings.public_url, timeout=60) as client:
        yield client


async def test_chaque_refus_de_connexion_a_sa_page_et_son_statut(http: httpx2.AsyncClient) -> None:
    for code in CODES:
        page = await http.get(f"/aide/connexion/{code}?numero=0123456789abcdef")
        assert page.status_code == STATUTS.get(code, 400), code
        assert page.headers["content-type"].startswith("text/html")
        assert "<code>0123456789abcdef</code>" in page.text
        assert ("retry-after" in page.headers) is (page.status_code == 503)
    assert (await http.get("/aide/connexion/nulle-raison")).status_code == 404
    hostile = await http.get("/aide/connexion/expiree?numero=%3Cscript%3Ealert(1)")
    assert "script&gt;alert" not in hostile.text


async def test_un_retour_perime_finit_sur_sa_page_sans_rien_de_ce_que_proconnect_a_dit(
    visites: Visites,
) -> None:
    page = await visites.anonyme()
    await page.goto(
        "/auth/retour?error=access_denied&error_description=lea.martin%40ville.exemple.fr&state=x"
    )
    assert re.fullmatch(r".*/aide/connexion/expiree\?numero=[0-9a-f-]{8,64}", page.url)
    await page.get_by_role("heading", level=1, name="Cette page de connexion a expiré").wait_for()
    numero = page.url.partition("numero=")[2]
    assert numero in await page.locator("code").inner_text()
    assert "ville.exemple.fr" not in await page.content()
    await page.get_by_role("link", name="Toutes les raisons d’un refus").click()
    await page.get_by_role("heading", level=1, name="Une connexion refusée").wait_for()


async def test_une_adresse_qui_ne_sert_plus_propose_de_sortir_de_proconnect(
    http: httpx2.AsyncClient, plateforme: Platform
) -> None:
    page = (await http.get("/aide/connexion/adresse-supprimee")).text
    assert 'href="/auth/deconnexion/proconnect"' in page
    sortie = await http.get("/auth/deconnexion/proconnect")
    assert sortie.status_code == 303
    assert sortie.headers["location"].startswith(
        plateforme.settings.url("proconnect").replace("127.0.0.1", "localhost")
    )


async def test_la_presentation_s_imprime_sur_deux_feuilles(visites: Visites) -> None:
    page = await visites.anonyme()
    await page.goto("/presentation")
    imprime = await page.pdf(format="A4", margin=MARGES)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", imprime)) == 2


async def test_une_annonce_est_sur_toutes_les_pages_jusqu_a_son_retrait(
    http: httpx2.AsyncClient, scene: Scene
) -> None:
    personne = await scene.inscrite("Annonce", "mediateur")
    admin = await scene.habilitee("Annonceuse", "admin")
    pages = ["/", "/connexion", "/aide", "/n/existe/pas", "/espace", "/espace/cra/individuel"]

    async def lues() -> set[bool]:
        entetes = {"Cookie": personne.cookies()}
        return {
            "Maintenance &lt;ce soir&gt;" in (await http.get(p, headers=entetes, follow_redirects=True)).text
            for p in pages
        }

    assert await lues() == {False}
    annonce = {"id": str(uuid4()), "texte": "Maintenance <ce soir>"}
    await admin.post("/comptes/gestion/annonces", annonce)
    try:
        assert await finit_par(lues, lambda vues: vues == {True}, 60) == {True}
    finally:
        await admin.write("DELETE", f"/comptes/gestion/annonces/{annonce['id']}")
    assert await finit_par(lues, lambda vues: vues == {False}, 60) == {False}


async def test_les_conditions_sont_celles_de_l_api_et_chaque_version_se_relit(
    http: httpx2.AsyncClient,
) -> None:
    cgu = (await http.get("/auth/cgu")).json()
    for chemin in ("/cgu", *(f"/cgu/{version}" for version in cgu["versions"])):
        page = await http.get(chemin)
        assert page.status_code == 200
        assert cgu["texte"].split("\n\n")[0].split("’")[0][:40] in page.text
    assert (await http.get("/cgu/1789-08")).status_code == 404


async def test_les_outils_demandent_d_etre_connecte_puis_ramenent_ici(
    http: httpx2.AsyncClient, scene: Scene
) -> None:
    dehors = await http.get("/espace/outils/pix-orga")
    assert (dehors.status_code, dehors.headers["location"]) == (
        303,
        "/connexion?retour=%2Fespace%2Foutils%2Fpix-orga",
    )
    entetes = {"Cookie": (await scene.inscrite("Outillee", "mediateur")).cookies()}
    liste = (await http.get("/espace/outils", headers=entetes)).text
    assert [nom for nom in OUTILS if f'href="/espace/outils/{nom}"' not in liste] == []
    assert (await http.get("/espace/outils/nul-outil", headers=entetes)).status_code == 404


async def test_le_pied_de_page_mene_a_des_pages_et_le_fil_se_lit(http: httpx2.AsyncClient) -> None:
    accueil = (await http.get("/")).text
    liens = re.findall(r'href="(/[^"]*)"', accueil[accueil.index("<footer") :])
    assert len(liens) >= 8
    assert {lien: s for lien in liens if (s := (await http.get(lien)).status_code) != 200} == {}
    fil = await http.get("/nouveautes.atom")
    assert (fil.status_code, fil.headers["content-type"]) == (200, "application/atom+xml")
    assert '<?xml version="1.0"' in fil.text
    robots = await http.get("/robots.txt")
    assert (robots.status_code, robots.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "Disallow: /partage\n" in robots.text
