"""Tout code que l'API échange a son libellé dans les nomenclatures de son service, ouvertes et gardées."""

from typing import Any

import httpx2
import pytest
from documentation.applications import applications
from fastapi import FastAPI

APPLICATIONS = applications()
CHEMINS = {
    "identity": "/comptes/nomenclatures",
    "activites": "/activites/nomenclatures",
    "equipes": "/equipes/nomenclatures",
    "cartographie": "/lieux/nomenclatures",
}


async def demander(app: FastAPI, chemin: str, **entetes: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://essai") as client:
        return await client.get(chemin, headers=entetes)


def test_chaque_service_a_ses_nomenclatures() -> None:
    assert CHEMINS.keys() == APPLICATIONS.keys()


@pytest.mark.parametrize("service", CHEMINS)
async def test_tout_code_de_l_api_a_un_libelle_et_un_rang(service: str) -> None:
    app = APPLICATIONS[service]
    reponse = await demander(app, CHEMINS[service])
    assert reponse.status_code == 200, "sans jeton, et devant la route qui attend un identifiant"
    nomenclatures: dict[str, list[dict[str, Any]]] = reponse.json()
    for termes in nomenclatures.values():
        assert [t["ordre"] for t in termes] == list(range(1, len(termes) + 1))
        assert len({t["code"] for t in termes}) == len(termes)
        assert all(t["libelle"].strip() for t in termes)
        assert all(t["aide"] is None or t["aide"].endswith(".") for t in termes)
    publies = [[t["code"] for t in termes] for termes in nomenclatures.values()]
    schemas: dict[str, Any] = app.openapi()["components"]["schemas"]
    echanges = {nom: schema["enum"] for nom, schema in schemas.items() if "enum" in schema}
    assert echanges or service == "cartographie", "les lieux rendent leurs codes en texte"
    assert {nom: codes for nom, codes in echanges.items() if codes not in publies} == {}


@pytest.mark.parametrize("service", CHEMINS)
async def test_une_nomenclature_deja_recue_n_est_pas_renvoyee(service: str) -> None:
    app, chemin = APPLICATIONS[service], CHEMINS[service]
    premiere = await demander(app, chemin)
    etag = premiere.headers["etag"]
    assert premiere.headers["cache-control"] == "public, max-age=3600"
    assert (await demander(app, chemin)).headers["etag"] == etag
    for connu in (etag, f"W/{etag}", f'"autre", {etag}', "*"):
        gardee = await demander(app, chemin, **{"If-None-Match": connu})
        assert (gardee.status_code, gardee.content, gardee.headers["etag"]) == (304, b"", etag)
    for inconnu in ('"autre"', "", etag.strip('"'), "W/"):
        assert (await demander(app, chemin, **{"If-None-Match": inconnu})).status_code == 200
