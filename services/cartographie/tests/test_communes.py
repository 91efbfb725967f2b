"""Les communes proposées pendant que l'on écrit."""

import httpx2
import pytest


async def proposees(client: httpx2.AsyncClient, q: str) -> list[tuple[str, str, str]]:
    reponse = await client.get("/carte/communes", params={"q": q})
    assert reponse.status_code == 200, reponse.text
    return [(c["nom"], c["code_postal"], c["code_insee"]) for c in reponse.json()["elements"]]


@pytest.mark.parametrize("ecrite", ["lille", "LILLE", "Lille (59000)", "59350"])
async def test_une_commune_se_trouve_par_son_nom_son_code_et_sa_forme_lue(
    client: httpx2.AsyncClient, ecrite: str
) -> None:
    assert (await proposees(client, ecrite))[0] == ("Lille", "59000", "59350")


async def test_un_code_postal_donne_ses_communes_avec_lui(client: httpx2.AsyncClient) -> None:
    trouvees = await proposees(client, "97400")
    assert ("Saint-Denis", "97400", "97411") in trouvees


async def test_des_homonymes_sont_tous_proposes(client: httpx2.AsyncClient) -> None:
    noms = {(nom, postal) for nom, postal, _ in await proposees(client, "Saint-Denis")}
    assert {("Saint-Denis", "93200"), ("Saint-Denis", "97400")} <= noms


async def test_un_nom_inconnu_ou_hostile_ne_propose_rien(client: httpx2.AsyncClient) -> None:
    for ecrite in ("Zzyzx", "'; drop table lieux", "%", "(((("):
        assert await proposees(client, ecrite) == []


@pytest.mark.parametrize("limite", ["0", "51", "x"])
async def test_une_limite_hors_bornes_est_refusee(client: httpx2.AsyncClient, limite: str) -> None:
    assert (await client.get("/carte/communes", params={"q": "a", "limite": limite})).status_code == 422
