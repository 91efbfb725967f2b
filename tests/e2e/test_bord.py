"""Le bord de l'API par la vraie passerelle : données ouvertes, méthodes, adresses, refus."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from embedded import etapes
from embedded.runtime import Platform
from portail.formulaires import NOMBRE_REFUSE
from portail.saisie_cra import D_AUCUNE, JOUR_REFUSE
from scene import Navigateur, Role, Scene, atelier, evenement, individuel
from web.problem_pages import known

OUVERTES = [
    "/lieux?limite=5",
    "/lieux?limite=5&format=geojson",
    "/lieux/comptage",
    "/lieux/nomenclatures",
    "/lieux/{lieu}",
    "/comptes/nomenclatures",
    "/activites/nomenclatures",
    "/equipes/nomenclatures",
]


@pytest_asyncio.fixture
async def http_(plateforme: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=plateforme.settings.public_url, timeout=60) as client:
        yield client


@pytest_asyncio.fixture
async def lieu(http_: httpx2.AsyncClient) -> str:
    return (await http_.get("/lieux?limite=1")).json()["elements"][0]["id"]


@pytest.mark.parametrize("chemin", OUVERTES)
async def test_une_donnee_ouverte_se_lit_d_ailleurs_se_garde_et_se_redemande(
    http_: httpx2.AsyncClient, lieu: str, chemin: str
) -> None:
    chemin = chemin.format(lieu=lieu)
    ailleurs = {"Origin": "https://carte.exemple.fr"}
    lue = await http_.get(chemin, headers=ailleurs)
    assert lue.status_code == 200
    assert lue.headers["access-control-allow-origin"] == "*"
    assert lue.headers["cross-origin-resource-policy"] == "cross-origin"
    # A reading that everybody may keep depends on nobody: no credentials, no cookie.
    assert "access-control-allow-credentials" not in lue.headers
    assert "set-cookie" not in lue.headers
    assert lue.headers["cache-control"].startswith("public, max-age=")
    etag = lue.headers["etag"]
    for connu in (etag, f"W/{etag.removeprefix('W/')}", f'"autre", {etag}'):
        gardee = await http_.get(chemin, headers=ailleurs | {"If-None-Match": connu})
        assert (gardee.status_code, gardee.content) == (304, b""), connu
        assert gardee.headers["etag"].removeprefix("W/") == etag.removeprefix("W/")
        assert gardee.headers["access-control-allow-origin"] == "*"
    assert (await http_.get(chemin, headers={"If-None-Match": '"autre"'})).status_code == 200
    tete = await http_.head(chemin, headers=ailleurs)
    assert (tete.status_code, tete.content) == (200, b"")
    for nom in ("etag", "cache-control", "access-control-allow-origin"):
        assert tete.headers[nom].removeprefix("W/") == lue.headers[nom].removeprefix("W/")


async def test_un_refus_de_donnee_ouverte_se_lit_aussi_d_ailleurs(http_: httpx2.AsyncClient) -> None:
    refusee = await http_.get("/lieux?limite=beaucoup", headers={"Origin": "https://carte.exemple.fr"})
    assert refusee.status_code == 422
    assert refusee.headers["access-control-allow-origin"] == "*"
    assert "etag" not in refusee.headers


@pytest.mark.parametrize(
    ("methode", "chemin", "permises"),
    [
        ("DELETE", "/auth/session", "GET, HEAD"),
        ("PUT", "/comptes/moi/emplois", "GET, HEAD, POST"),
        ("DELETE", "/activites", "GET, HEAD, POST"),
        ("POST", "/activites/{id}", "GET, HEAD, PUT, DELETE"),
        ("PATCH", "/equipes", "GET, HEAD, POST"),
    ],
)
async def test_une_methode_refusee_dit_toutes_celles_qui_sont_permises(
    bordiere: Navigateur, methode: str, chemin: str, permises: str
) -> None:
    reponse = await bordiere.demander(methode, chemin.format(id=uuid4()))
    assert (reponse.status_code, reponse.headers["allow"]) == (405, permises)
    assert reponse.json()["type"] == "/problemes/MethodeRefusee"


@pytest.mark.parametrize(
    "chemin",
    [
        "/comptes/nulle/part/du/tout",
        "/auth/nulle-part",
        "/activites/nulle/part",
        "/statistiques/nulle-part",
        "/equipes/nulle/part/du/tout",
        "/invitations/nulle/part/du/tout",
        "/lieux/nulle/part",
        "/carte/nulle-part",
        "/problemes/nulle/part",
        "/problemes/NulleRaison",
        "/docs/identity/nulle-part",
        "/sante/pret",
        "/donnees/nulle-part",
    ],
)
async def test_une_adresse_d_api_que_rien_ne_prend_est_un_probleme_en_francais(
    bordiere: Navigateur, chemin: str
) -> None:
    reponse = await bordiere.demander("GET", chemin)
    assert reponse.status_code == 404
    assert reponse.headers["content-type"] == "application/problem+json"
    assert reponse.json()["title"] == "Cette ressource n’existe pas."


@pytest.mark.parametrize(
    ("methode", "chemin"),
    [
        ("GET", "/comptes/moi"),
        ("GET", "/activites"),
        ("POST", "/activites"),
        ("GET", "/statistiques"),
        ("GET", "/equipes"),
        ("DELETE", "/equipes/00000000-0000-4000-8000-000000000000"),
    ],
)
async def test_un_refus_de_la_passerelle_nomme_la_demande_et_jamais_sa_propre_question(
    scene: Scene, bordiere: Navigateur, methode: str, chemin: str
) -> None:
    inconnu = await (await scene.anonyme()).demander(methode, chemin, {} if methode == "POST" else None)
    assert (inconnu.status_code, inconnu.json()["instance"]) == (401, chemin)
    if methode != "GET":
        sans_jeton = await bordiere.demander(methode, chemin, {} if methode == "POST" else None, entetes={})
        assert (sans_jeton.status_code, sans_jeton.json()["instance"]) == (403, chemin)


async def test_chaque_probleme_a_sa_page_a_l_adresse_que_dit_son_type(http_: httpx2.AsyncClient) -> None:
    noms = known()
    assert len(noms) > 50
    absentes = [nom for nom in noms if (await http_.get(f"/problemes/{nom}")).status_code != 200]
    assert absentes == []
    page = await http_.get("/problemes/NonAuthentifie")
    assert page.headers["content-type"].startswith("text/html")
    assert "Vous n’êtes pas connecté." in page.text
    liste = (await http_.get("/problemes")).text
    assert [nom for nom in noms if f'href="/problemes/{nom}"' not in liste] == []


@pytest.mark.parametrize("porte", ["passerelle", "interne"])
async def test_un_caractere_encode_dans_une_adresse_est_refuse_avec_sa_raison(
    plateforme: Platform, porte: str
) -> None:
    for encode in ("%2F", "%2f", "%5C", "%00", "%3B", "%25", "%3F", "%23"):
        for debut in ("/lieux/", "/auth", "/activites/", "/aide/", "/"):
            chemin = f"{debut}{encode}verifier"
            # In a thread: what the gateway says by itself is answered by this very process.
            statut, entetes, corps = await asyncio.to_thread(brute, plateforme.settings.ports[porte], chemin)
            assert (statut, entetes["content-type"]) == (400, "application/problem+json"), chemin
            probleme = json.loads(corps)
            assert probleme["title"] == "La requête est illisible."
            assert encode.upper() in probleme["detail"]
            assert entetes["strict-transport-security"].startswith("max-age=")


async def test_un_espace_ou_un_accent_encode_reste_une_adresse(http_: httpx2.AsyncClient) -> None:
    assert (await http_.get("/lieux/%C3%A9t%C3%A9%20indien")).status_code in (404, 422)
    assert (await http_.get("/lieux?q=caf%C3%A9%2Fth%C3%A9&limite=1")).status_code == 200


def brute(port: int, chemin: str) -> tuple[int, dict[str, str], bytes]:
    """The answer to an address sent as it is written."""
    connexion = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connexion.putrequest("GET", chemin, skip_host=True)
        connexion.putheader("Host", f"localhost:{port}")
        connexion.endheaders()
        reponse = connexion.getresponse()
        entetes: dict[str, Any] = {nom.lower(): valeur for nom, valeur in reponse.getheaders()}
        return reponse.status, entetes, reponse.read()
    finally:
        connexion.close()


@pytest_asyncio.fixture(scope="module")
async def bordiere(scene: Scene) -> Navigateur:
    return await scene.inscrite("Bordiere", "mediateur")


_DE_NULLE_PART = {"code_insee": D_AUCUNE}
_FICHE = {"prenom": "Aline", "nom": "Bord"}
_EMPLOI = {"siret": etapes.SIRET, "nom": "Ville d’Exemple", "debut": "2024-01-01"}
A_REFUSER: dict[Role, list[tuple[str, dict[str, Any], str]]] = {
    "mediateur": [
        ("/activites", individuel(date=JOUR_REFUSE), "/date"),
        ("/activites", atelier(participants={"total": NOMBRE_REFUSE}), "/participants/total"),
        (
            "/activites",
            individuel(beneficiaire={"commune_residence": _DE_NULLE_PART}),
            "/beneficiaire/commune_residence/code_insee",
        ),
        ("/beneficiaires", {**_FICHE, "annee_naissance": NOMBRE_REFUSE}, "/annee_naissance"),
        ("/beneficiaires", {**_FICHE, "commune": _DE_NULLE_PART}, "/commune/code_insee"),
        ("/comptes/moi/emplois", {**_EMPLOI, **_DE_NULLE_PART}, "/code_insee"),
    ],
    "coordinateur": [
        ("/coordinations", evenement(date=JOUR_REFUSE), "/date"),
        ("/coordinations", evenement(participants=NOMBRE_REFUSE), "/participants"),
    ],
}
"""Ce que le portail met à la place de ce qu'il n'a pas su lire, pour que l'API dise toutes les fautes."""


async def test_ce_que_le_portail_envoie_pour_etre_refuse_l_est_toujours(scene: Scene) -> None:
    for role, corps_refuses in A_REFUSER.items():
        qui = await scene.inscrite("Sentinelle", role)
        for chemin, corps, pointeur in corps_refuses:
            reponse = await qui.demander("POST", chemin, {"id": str(uuid4()), **corps})
            assert reponse.status_code == 422, (chemin, pointeur)
            assert pointeur in {erreur["pointeur"] for erreur in reponse.json()["erreurs"]}
