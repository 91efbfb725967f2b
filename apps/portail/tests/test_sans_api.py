"""La passerelle est éteinte : une page de chiffres le dit en français, et garde ce que l'on avait choisi."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
import pytest_asyncio
from portail import passerelle
from portail.app import application
from portail.settings import Settings

MORTE = "http://127.0.0.1:1"
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
        "401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
        "404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
async def test_ce_qui_n_est_pas_une_reponse_de_l_api_ne_fait_pas_une_page_vide(reponse: str) -> None:
    """Un portail captif, un pare-feu : les chiffres de tous ne sont réservés à personne."""

    async def repondre(lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
        await lecteur.readuntil(b"\r\n\r\n")
        ecrivain.write(f"HTTP/1.1 {reponse}".replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1).encode())
        await ecrivain.drain()
        ecrivain.close()

    serveur = await asyncio.start_server(repondre, "127.0.0.1", 0)
    port = serveur.sockets[0].getsockname()[1]
    async with serveur, devant(f"http://127.0.0.1:{port}") as client:
        lue = await client.get("/chiffres")
        assert lue.status_code == 503
        assert "Les chiffres ne répondent pas en ce moment." in lue.text
        assert "Ils s’ouvrent" not in lue.text
        fichier = await client.get("/chiffres/export?format=csv")
        assert fichier.status_code == 503
        assert "Le service ne répond pas" in fichier.text
        conditions = await client.get("/cgu")
        assert conditions.status_code in {404, 503}, "une page publique n'envoie jamais se connecter"
