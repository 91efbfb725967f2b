"""Les portes de service : les jetons internes aux ports, et ce que la passerelle ne montre pas."""

import asyncio
import re
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from embedded.runtime import Platform
from embedded.settings import SERVICES
from faussaire import Faussaire, vraie_cle
from scene import Navigateur, Scene, finit_par

A_JETON = {"identity": "/comptes/moi", "activites": "/activites", "equipes": "/equipes"}
"""Une lecture que le jeton d'un médiateur ouvre, par service. cartographie ne lit aucun jeton."""


@pytest_asyncio.fixture(scope="module")
async def cible(scene: Scene) -> Navigateur:
    """La médiatrice que l'on voudrait être."""
    return await scene.inscrite("Cible", "mediateur")


@pytest_asyncio.fixture(scope="module")
async def faussaire(plateforme: Platform, cible: Navigateur) -> Faussaire:
    """Qui connaît tout d'elle, et jusqu'à la clé, pour ne se tromper que d'un point à la fois."""
    return Faussaire(await vraie_cle(plateforme), plateforme.settings.public_url, cible.moi)


async def au_port(platform: Platform, service: str, chemin: str, **entetes: str) -> httpx2.Response:
    """A request straight at the service, without the gateway."""
    async with httpx2.AsyncClient(timeout=60) as http:
        return await http.get(platform.settings.url(service) + chemin, headers=entetes)


@pytest.mark.parametrize("service", A_JETON)
async def test_un_jeton_forge_ou_absent_est_refuse_au_port_du_service(
    service: str, plateforme: Platform, faussaire: Faussaire
) -> None:
    bon = f"Bearer {faussaire.bon(service)}"
    assert (await au_port(plateforme, service, A_JETON[service], authorization=bon)).status_code == 200
    essais = {nom: {"authorization": f"Bearer {jeton}"} for nom, jeton in faussaire.faux(service).items()}
    essais |= {
        "absent": {},
        "bon jeton, autre schéma": {"authorization": bon.replace("Bearer", "Basic")},
        "identité d'un mandataire": {"x-forwarded-user": "admin", "x-authenticated-user": "admin"},
    }
    reponses = {
        nom: await au_port(plateforme, service, A_JETON[service], **entetes)
        for nom, entetes in essais.items()
    }
    assert {nom: r.status_code for nom, r in reponses.items() if r.status_code != 401} == {}
    # Not a word on what was wrong: one body for all of them.
    corps = [{k: v for k, v in r.json().items() if k != "request_id"} for r in reponses.values()]
    assert all(c == corps[0] for c in corps)


@pytest.mark.parametrize("service", SERVICES)
async def test_aucune_route_reservee_ne_repond_sans_jeton(
    service: str, plateforme: Platform, scene: Scene
) -> None:
    description = await (await scene.anonyme()).get(f"/docs/{service}/openapi.json")
    async with httpx2.AsyncClient(base_url=plateforme.settings.url(service), timeout=60) as http:
        statuts = {
            f"{methode} {chemin}": (
                # One identifier is a number, which RDV Service Public gave.
                await http.request(
                    methode, re.sub(r"{\w+}", str(uuid4()), chemin.replace("{rdv_id}", "1")), json={}
                )
            ).status_code
            for chemin, operations in description["paths"].items()
            for methode, operation in operations.items()
            if {"Session": []} in operation.get("security", []) or "401" in operation["responses"]
        }
    assert {route: statut for route, statut in statuts.items() if statut != 401} == {}
    # The map is open data: no route of it reads a token, so none can be fooled by one.
    assert (len(statuts) == 0) == (service not in A_JETON)


async def test_la_carte_ignore_tout_jeton(plateforme: Platform, faussaire: Faussaire) -> None:
    for jeton in faussaire.faux("cartographie").values():
        reponse = await au_port(
            plateforme, "cartographie", "/lieux/comptage", authorization=f"Bearer {jeton}"
        )
        assert reponse.status_code == 200


async def test_le_jeton_envoye_par_un_client_est_ignore_par_la_passerelle(
    scene: Scene, cible: Navigateur, faussaire: Faussaire
) -> None:
    anonyme, autre = await scene.anonyme(), await scene.connectee("Curieuse")
    for service, chemin in A_JETON.items():
        vole = {"Authorization": f"Bearer {faussaire.bon(service)}"}
        assert (await anonyme.demander("GET", chemin, entetes=vole)).status_code == 401
    vole = {
        "Authorization": f"Bearer {faussaire.bon('identity')}",
        "X-Forwarded-User": cible.moi["compte_id"],
    }
    compte = (await autre.demander("GET", "/comptes/moi", entetes=vole)).json()
    assert compte["compte_id"] == autre.moi["compte_id"] != cible.moi["compte_id"]
    public = await anonyme.demander(
        "GET", "/lieux/comptage", entetes={"Authorization": "Bearer n'importe quoi"}
    )
    assert public.status_code == 200


@pytest.mark.parametrize("service", A_JETON)
async def test_une_session_fermee_n_ouvre_plus_rien(
    service: str, plateforme: Platform, scene: Scene, cible: Navigateur
) -> None:
    ailleurs = await scene.autre_navigateur(cible)
    cookie = {"cookie": ailleurs.cookies()}
    question = f"/auth/verifier?audience={service}"
    reponse = await au_port(plateforme, "identity", question, **cookie, **{"x-forwarded-method": "GET"})
    porteur = reponse.headers["authorization"]

    async def au_service() -> int:
        return (await au_port(plateforme, service, A_JETON[service], authorization=porteur)).status_code

    assert await au_service() == 200
    assert (await ailleurs.demander("POST", "/auth/deconnexion")).status_code == 200
    # The cookie is dead at once at the gateway; the token already given, as soon as the service heard of it.
    revenant = await (await scene.anonyme()).demander("GET", A_JETON[service], entetes=cookie)
    assert revenant.status_code == 401
    assert await finit_par(au_service, lambda statut: statut == 401, 60) == 401
    assert (await cible.who())["inscription"] == "terminee"


@pytest.mark.parametrize(
    "chemin",
    [
        "/auth/verifier?audience=activites",
        "/auth/verifier/?audience=activites",
        "//auth//verifier?audience=activites",
        "/auth/./verifier?audience=activites",
        "/auth/x/../verifier?audience=activites",
        "/lieux/../auth/verifier?audience=activites",
        "/auth/%76erifier?audience=activites",
        "/auth%2Fverifier?audience=activites",
        "/auth/%2e/verifier?audience=activites",
        "/auth/verifier;x?audience=activites",
        "/auth/verifier%00?audience=activites",
        "/AUTH/verifier?audience=activites",
        "/auth/Verifier?audience=activites",
        "/sante/pret",
        "/metrics",
    ],
)
async def test_ce_qui_est_interne_ne_s_atteint_pas_par_la_passerelle(
    chemin: str, plateforme: Platform, cible: Navigateur
) -> None:
    reponse = await brute(plateforme.settings.ports["passerelle"], chemin, cible.cookies())
    statut = int(reponse.split()[1])
    assert 400 <= statut < 500, reponse
    assert "bearer" not in reponse.lower()


async def brute(port: int, chemin: str, cookies: str) -> str:
    """The answer to an address sent as it is written: an HTTP client would tidy it up."""
    lecteur, ecrivain = await asyncio.open_connection("127.0.0.1", port)
    try:
        entetes = (
            f"Host: localhost:{port}\r\nCookie: {cookies}\r\nX-Forwarded-Method: GET\r\nConnection: close"
        )
        ecrivain.write(f"GET {chemin} HTTP/1.1\r\n{entetes}\r\n\r\n".encode())
        return (await lecteur.read()).decode()
    finally:
        ecrivain.close()
        await ecrivain.wait_closed()
