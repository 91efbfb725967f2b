"""Un paramètre que la route ne connaît pas, vide ou répété est refusé ; un jour s'écrit AAAA-MM-JJ."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

ID = str(UUID(int=7))


async def fautes(client: httpx2.AsyncClient, adresse: str) -> list[tuple[str, str]]:
    answer = await client.get(adresse)
    assert answer.status_code == 422, answer.text
    erreurs = answer.json()["erreurs"]
    assert all(e["dans"] == "query" and e["message"].endswith(".") for e in erreurs)
    return [(e["parametre"], e["type"]) for e in erreurs]


@pytest.mark.parametrize(
    ("adresse", "attendues"),
    [
        ("/essais/periode?type=collectif", [("type", "parametre_inconnu")]),
        ("/essais/periode?DU=2026-01-01", [("DU", "parametre_inconnu")]),
        ("/essais/periode?du=", [("du", "parametre_vide")]),
        ("/essais/periode?mots=&mots=b", [("mots", "parametre_vide")]),
        ("/essais/periode?du=2026-01-01&du=2026-01-02", [("du", "parametre_repete")]),
        ("/essais?limite=3&page=2&filtre=", [("page", "parametre_inconnu"), ("filtre", "parametre_vide")]),
        (f"/essais/{ID}?x=1", [("x", "parametre_inconnu")]),
        ("/essais/heure?x", [("x", "parametre_inconnu")]),
    ],
)
async def test_un_parametre_inconnu_vide_ou_repete_est_refuse(
    client: httpx2.AsyncClient, adresse: str, attendues: list[tuple[str, str]]
) -> None:
    assert await fautes(client, adresse) == attendues


async def test_le_nom_d_un_parametre_inconnu_n_est_pas_repete_sans_borne(client: httpx2.AsyncClient) -> None:
    [(nom, _)] = await fautes(client, "/essais/heure?" + "a" * 3000)
    assert len(nom) == 100


async def test_une_liste_se_repete_et_une_route_ecrite_par_d_autres_prend_tout(
    client: httpx2.AsyncClient,
) -> None:
    assert (await client.get("/essais/periode?mots=a&mots=b")).json() == [None, None, ["a", "b"]]
    assert (await client.get("/essais/ouverte?code=1&code=2&vide=")).json() == ["code", "vide"]


@pytest.mark.parametrize(
    "jour",
    ["1641600000", "2026-01-08T00:00:00", "2026-01-08T00:00:00+11:00", "20260108", "8/1/2026", "2026-1-8"],
)
async def test_un_jour_s_ecrit_aaaa_mm_jj_et_rien_d_autre(client: httpx2.AsyncClient, jour: str) -> None:
    answer = await client.get("/essais/periode", params={"du": jour})
    assert answer.status_code == 422
    assert answer.json()["erreurs"] == [
        {
            "parametre": "du",
            "dans": "query",
            "message": "Une date est attendue, au format AAAA-MM-JJ.",
            "type": "date_parsing",
        }
    ]
    corps = await client.post("/essais", json={"id": ID, "jour": jour})
    assert [e["pointeur"] for e in corps.json()["erreurs"]] == ["/jour"]


@pytest.mark.parametrize("jour", [1641600000, 1641600000.5, True, [2026, 1, 8]])
async def test_un_nombre_n_est_pas_un_jour(client: httpx2.AsyncClient, jour: Any) -> None:
    answer = await client.post("/essais", json={"id": ID, "jour": jour})
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["message"] == "Une date est attendue, au format AAAA-MM-JJ."


async def test_une_periode_a_l_envers_est_refusee(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/essais/periode?du=2026-01-08&au=2026-01-08")).status_code == 200
    assert await fautes(client, "/essais/periode?du=2026-01-09&au=2026-01-08") == [
        ("au", "periode_a_l_envers")
    ]
    assert await fautes(client, "/essais/periode?du=2026-02-30") == [("du", "date_from_datetime_parsing")]
