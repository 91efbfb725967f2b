"""La passerelle est éteinte, ou la session finie : une page le dit en français, rien de saisi ne se perd."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from portail import passerelle
from portail.app import application
from portail.erreurs import DE_BOUTON
from portail.pages import ROUTES, imports
from portail.rendu import ICI
from portail.settings import Settings

MORTE = "http://127.0.0.1:1"
SESSION_FINIE = "401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
CHOISI = "periode=libre&amp;du=2026-01&amp;comparer=precedente"


@pytest_asyncio.fixture
async def dehors() -> AsyncIterator[httpx2.AsyncClient]:
    """Quelqu'un qui n'est pas connecté, devant le portail seul."""
    async with devant(MORTE) as client:
        yield client


@asynccontextmanager
async def devant(url: str) -> AsyncGenerator[httpx2.AsyncClient]:
    """La même personne, quand c'est ceci qui est à l'adresse de la passerelle."""
    reglages = Settings.model_validate(
        {"service": "portail", "port": 0, "passerelle_url": url, "public_url": "http://localhost:8082"}
    )
    async with passerelle.client(url, reglages.public_url) as http:
        transport = httpx2.ASGITransport(application(reglages, http))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8082") as client:
            yield client


@asynccontextmanager
async def derriere(reponse: str, *, muette: str = "rien") -> AsyncGenerator[httpx2.AsyncClient]:
    """La même personne, quand la passerelle répond toujours ceci. muette : adresse qui ne répond pas."""

    async def repondre(lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
        demande = await lecteur.readuntil(b"\r\n\r\n")
        if muette.encode() not in demande:
            ecrivain.write(
                f"HTTP/1.1 {reponse}".replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1).encode()
            )
        await ecrivain.drain()
        ecrivain.close()

    serveur = await asyncio.start_server(repondre, "127.0.0.1", 0)
    port = serveur.sockets[0].getsockname()[1]
    async with serveur, devant(f"http://127.0.0.1:{port}") as client:
        yield client


async def test_ce_qui_s_attend_en_vain_d_un_autre_service_ne_s_attend_pas_deux_fois() -> None:
    json, attente = "Content-Type: application/json\r\nContent-Length: 2", "X-Position-Atteinte: non"
    async with derriere(f"200 OK\r\n{attente}\r\n{json}\r\n\r\n{{}}") as client:
        gardee = {"Cookie": "__Host-coop_position_identity=identity:12-34"}
        reprise = f"/espace/activites/{uuid4()}/restaurer"
        lue = await client.post(reprise, data={"csrf": "jeton"}, headers=gardee)
    assert re.search(r'__Host-coop_position_identity="";.* Max-Age=0', lue.headers["set-cookie"])


@pytest.mark.parametrize(
    ("lu", "encodage"), [("gzip, br", "gzip"), ("identity", None), ("gzip;q=0, br", None), ("", None)]
)
async def test_un_fichier_ne_se_comprime_que_pour_qui_sait_le_lire(
    dehors: httpx2.AsyncClient, lu: str, encodage: str | None
) -> None:
    recu, entier = [
        await dehors.get("/static/lots/saisie.js", headers={"Accept-Encoding": demande})
        for demande in (lu, "identity")
    ]
    assert (recu.status_code, recu.headers.get("content-encoding")) == (200, encodage)
    assert "Accept-Encoding" in recu.headers["vary"]
    assert recu.content == entier.content


@pytest.mark.parametrize("page", ["/chiffres", "/chiffres/departements/21"])
async def test_des_chiffres_qui_ne_repondent_pas_le_disent_et_gardent_la_question(
    dehors: httpx2.AsyncClient, page: str
) -> None:
    lue = await dehors.get(f"{page}?{CHOISI.replace('&amp;', '&')}")
    assert lue.status_code == 503
    assert "Les chiffres ne répondent pas en ce moment." in lue.text
    assert f'<a href="{page}?{CHOISI}">Réessayer</a>' in lue.text
    assert '<input type="hidden" name="comparer" value="precedente">' in lue.text
    assert (await dehors.get(f"{page}/export?format=csv")).status_code == 503
    plus_tard = await dehors.get(f"{page}?periode=libre&du=9999-12&comparer=precedente")
    assert plus_tard.status_code == 422
    assert "Ce mois n’est pas encore commencé." in plus_tard.text


async def test_une_coordination_qui_ne_repond_pas_garde_sa_page_et_ses_filtres() -> None:
    moi = {"roles": ["coordinateur"], "prenom": "Zoé", "nom": "Brun", "droit": "aucun", "csrf": "c"}
    moi |= {"compte_id": str(uuid4()), "inactive_dans": 60, "expire_dans": 60, "fuseau": "Europe/Paris"}
    moi |= dict.fromkeys(("effacement_le", "usurpation", "fin_de_contrat", "mediateur_id", "coordinateur_id"))
    corps = json.dumps(moi | {"elements": [], "comparer": [], "format": [], "inscription": "terminee"})
    entetes = f"Content-Type: application/json\r\nContent-Length: {len(corps.encode())}"
    async with derriere(f"200 OK\r\n{entetes}\r\n\r\n{corps}", muette="/statistiques/") as client:
        lue = await client.get("/espace/statistiques/coordination?du=2026-01-01&types=animation")
    assert lue.status_code == 503
    assert "Les chiffres ne répondent pas." in lue.text
    assert 'value="2026-01-01"' in lue.text


async def test_la_liste_des_departements_ne_demande_rien_a_personne(dehors: httpx2.AsyncClient) -> None:
    liste = await dehors.get("/chiffres/departements")
    assert liste.status_code == 200
    assert liste.text.count('href="/chiffres/departements/') == 109
    inconnu = await dehors.get("/chiffres/departements/%3Cscript%3E")
    assert inconnu.status_code == 404
    assert "Ce département n’existe pas" in inconnu.text
    assert "<script>" not in inconnu.text
    assert (await dehors.get("/chiffres/departements/21/export?format=exe")).status_code == 400


@pytest.mark.parametrize(
    "reponse",
    [
        "200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n<p>Bonjour</p>",
        "200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
        "302 Found\r\nLocation: /ailleurs\r\nContent-Length: 0\r\n\r\n",
        SESSION_FINIE,
        "404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
async def test_ce_qui_n_est_pas_une_reponse_de_l_api_ne_fait_pas_une_page_vide(reponse: str) -> None:
    """Un portail captif, un pare-feu : les chiffres de tous ne sont réservés à personne."""

    async with derriere(reponse) as client:
        lue = await client.get("/chiffres")
        assert lue.status_code == 503
        assert "Les chiffres ne répondent pas en ce moment." in lue.text
        assert "Ils s’ouvrent" not in lue.text
        fichier = await client.get("/chiffres/export?format=csv")
        assert fichier.status_code == 503
        assert "Le service ne répond pas" in fichier.text
        conditions = await client.get("/cgu")
        assert conditions.status_code in {404, 503}, "une page publique n'envoie jamais se connecter"


CHOIX = {
    "{section}": "espace",
    "{type_}": "animation",
    "{etape}": "formation_continue",
    "{geste}": "attestation",
    "{rdv_id:int}": "7",
    "{emploi_id}/{quoi}": f"{uuid4()}/corriger",
    "{quoi}": "droit",
}
SANS_SAISIE = {"/deconnexion", "/espace/appareil", "/espace/cra/suivis"}
"""Ne lit rien de ce qui est tapé, ou le demande par un script pendant la frappe."""
RENDUS_PAR_LEUR_PAGE = {"code", "compte_id", "courriel", "lieu", "q", "state"}
"""Cachés ici, tapés ailleurs : leur page les montre et dit de recommencer."""
ECRIT = "<b>gardé</b>"
GARDE = 'value="&lt;b&gt;gardé&lt;/b&gt;"'


def envois() -> list[str]:
    """L'adresse de chaque formulaire, sauf ceux d'un fichier, que le navigateur ne rendrait pas."""
    adresses: list[str] = []
    toutes = (r for un in ROUTES for r in un.routes if isinstance(r, APIRoute))
    for route in (r for r in toutes if "POST" in (r.methods or ())):
        adresse = route.path
        for nom, valeur in CHOIX.items():
            adresse = adresse.replace(nom, valeur)
        adresses.append(re.sub(r"{\w+}", lambda _: str(uuid4()), adresse))
    return [a for a in adresses if a not in SANS_SAISIE and a not in imports.CHEMINS]


def saisie() -> dict[str, str]:
    """Ce qu'un formulaire envoie : son jeton, ce qui nomme l'envoi, ce que quelqu'un a tapé."""
    technique = {"csrf": "jeton", "id": str(uuid4()), "une": str(uuid4()), "autre": str(uuid4())}
    choisi = {"geste": "fusion", "ids": str(uuid4()), "recherche": ECRIT, "sorte": "individuel", "jour": ""}
    return technique | choisi | dict.fromkeys(("nom", "raison", "texte", "compte_id", "notes", "cle"), ECRIT)


async def test_une_passerelle_eteinte_rend_chaque_saisie_et_de_quoi_la_renvoyer() -> None:
    perdues: list[str] = []
    async with devant(MORTE) as client:
        for adresse in envois():
            lue = await client.post(f"{adresse}?compte_id={uuid4()}&q=a%22b", data=saisie())
            renvoi = re.search(r'<form[^>]* method="post" action="([^"]*)"', lue.text)
            gardee = GARDE in lue.text or "&lt;b&gt;gardé&lt;/b&gt;" in lue.text
            if lue.status_code != 503 or not gardee or renvoi is None or "ne répond pas" not in lue.text:
                perdues.append(f"{adresse} : {lue.status_code}")
            assert "<b>gardé" not in lue.text
    assert perdues == []


async def test_une_session_finie_rend_chaque_saisie_et_un_bouton_ramene_a_sa_page() -> None:
    perdues: list[str] = []
    async with derriere(SESSION_FINIE) as client:
        for adresse in envois():
            lue = await client.post(adresse, data=saisie())
            if lue.status_code != 401 or GARDE not in lue.text or "Retrouver ma saisie" not in lue.text:
                perdues.append(f"{adresse} : {lue.status_code}")
            assert 'value="jeton"' not in lue.text
        fichier = {"fichier": ("été <b>.csv", b"x" * 1500)}
        for page in imports.CHEMINS:
            rendue = await client.post(page, data={"csrf": "jeton"}, files=fichier)
            assert rendue.status_code == 401
            assert '« <span class="nom-de-fichier">été &lt;b&gt;.csv</span> » (2\u00a0ko)' in rendue.text
            assert f'<a class="bouton" href="{page}">' in rendue.text
        ici = {"Referer": "http://localhost:8082/espace/statistiques/partages?types=collectif"}
        revoquer = f"/espace/statistiques/partages/{uuid4()}/revoquer"
        rendue = await client.post(revoquer, data={"csrf": "jeton"}, headers=ici)
        retour = "/connexion?retour=%2Fespace%2Fstatistiques%2Fpartages%3Ftypes%3Dcollectif"
        assert (rendue.status_code, rendue.headers["location"]) == (303, retour)
        d_ailleurs = {"Referer": "https://pirate.example/espace"}
        ailleurs = await client.post(revoquer, data={"csrf": "jeton"}, headers=d_ailleurs)
        assert "pirate" not in ailleurs.headers["location"]
    assert perdues == []


async def test_l_adresse_d_un_formulaire_refuse_se_rouvre_a_sa_page(dehors: httpx2.AsyncClient) -> None:
    for page, envoi in (
        (f"/espace/equipes/{uuid4()}", "invitations"),
        (f"/espace/tags/{uuid4()}", "fusionner"),
        ("/espace/profil", f"sessions/{uuid4()}/fermer"),
        ("/espace/profil/donnees", "rectification"),
    ):
        rouverte = await dehors.get(f"{page}/{envoi}")
        assert (rouverte.status_code, rouverte.headers["location"]) == (303, page)
    assert (await dehors.request("PUT", "/espace/tags")).status_code == 405


async def test_une_partie_de_page_qui_manque_ne_recoit_pas_une_page_entiere(
    dehors: httpx2.AsyncClient,
) -> None:
    par_htmx = {"HX-Request": "true", "HX-Target": "resultats"}
    for page in ("/espace/statistiques?types=collectif", "/espace/reseau", "/espace/coordinations"):
        muette = await dehors.get(page, headers=par_htmx)
        assert muette.status_code == 503
        assert "<h1" not in muette.text
        assert "Le service ne répond pas" in muette.text
    async with derriere(SESSION_FINIE) as client:
        finie = await client.get("/espace/statistiques?types=collectif", headers=par_htmx)
        ou = "/connexion?retour=%2Fespace%2Fstatistiques%3Ftypes%3Dcollectif"
        assert (finie.status_code, finie.headers["hx-redirect"], finie.text) == (401, ou, "")


def test_un_formulaire_sans_question_n_envoie_que_des_noms_de_bouton() -> None:
    """Sans quoi une session finie rendrait une « saisie » à qui n'a pressé qu'un bouton."""
    hors: set[str] = set()
    for gabarit in (ICI / "templates").rglob("*.html"):
        for envoi in re.findall(r'<form\b[^>]*method="post".*?</form>', gabarit.read_text(), re.DOTALL):
            question = (
                r"<(?:textarea|select)|<input(?![^>]*hidden)|\bc\.(?:texte|choix|puce)|\{%|et\.|\bcaches\("
            )
            if not re.search(question, envoi):
                hors |= {*re.findall(r'name="(\w+)"', envoi)} - DE_BOUTON
    assert hors == RENDUS_PAR_LEUR_PAGE
