"""La passerelle est éteinte : une page de chiffres le dit en français, et garde ce que l'on avait choisi."""

from collections.abc import AsyncIterator

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
    reglages = Settings.model_validate(
        {"service": "portail", "port": 0, "passerelle_url": MORTE, "public_url": "http://localhost:8082"}
    )
    async with passerelle.client(MORTE, reglages.public_url) as http:
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
