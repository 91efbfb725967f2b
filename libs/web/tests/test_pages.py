"""Pages et curseurs : bornés, signés, propres à leur liste."""

import base64
import datetime as dt
import json
from typing import Any
from uuid import UUID

import httpx2
import pytest
from web.pages import Cursors
from web.problems import Problem


async def test_on_parcourt_une_liste_jusquau_bout(client: httpx2.AsyncClient) -> None:
    seen: list[int] = []
    params = {"limite": "3"}
    while params:
        page = (await client.get("/essais", params=params)).json()
        seen += page["elements"]
        params = {"limite": "3", "apres": page["suivant"]} if page["suivant"] else {}
    assert seen == list(range(10))


async def test_cinquante_par_defaut_deux_cents_au_plus(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/essais")).status_code == 200
    assert (await client.get("/essais?limite=200")).status_code == 200
    for limite in ("0", "-1", "201", "1e3", "1000000000", "9" * 50):
        assert (await client.get(f"/essais?limite={limite}")).status_code == 422


async def test_un_curseur_touche_est_refuse(client: httpx2.AsyncClient) -> None:
    cursor = (await client.get("/essais?limite=3")).json()["suivant"]
    assert (await client.get(f"/essais?limite=5&apres={cursor}")).status_code == 200
    raw = base64.urlsafe_b64decode(cursor + "==")
    inflated = base64.urlsafe_b64encode(raw[:16] + json.dumps([["=", 0]] * 9).encode()).decode().rstrip("=")
    flipped = [cursor[:i] + ("A" if cursor[i] != "A" else "B") + cursor[i + 1 :] for i in range(len(cursor))]
    for bad in (
        *flipped,
        cursor[:-1],
        cursor + "A",
        cursor + "=",
        "",
        "é",
        "A" * 5000,
        inflated,
        "eyJhIjoxfQ",
    ):
        answer = await client.get("/essais", params={"limite": "3", "apres": bad})
        assert (answer.status_code, answer.json()["type"]) == (400, "/problemes/CurseurInvalide"), bad


async def test_un_curseur_ne_vaut_que_pour_ses_filtres(client: httpx2.AsyncClient) -> None:
    cursor = (await client.get("/essais?limite=3&filtre=a")).json()["suivant"]
    assert (await client.get(f"/essais?limite=3&filtre=a&apres={cursor}")).status_code == 200
    assert (await client.get(f"/essais?limite=3&filtre=b&apres={cursor}")).status_code == 400
    assert (await client.get(f"/essais?limite=3&apres={cursor}")).status_code == 400


def test_les_valeurs_reviennent_avec_leur_type() -> None:
    cursors = Cursors([b"k" * 32])
    instant = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)
    values: tuple[Any, ...] = (None, True, 7, 1.5, "é", dt.date(2026, 1, 2), instant, UUID(int=9))
    assert cursors.decode(cursors.encode(values, "liste"), "liste") == values


def test_apres_une_rotation_les_anciens_curseurs_valent_encore() -> None:
    old, new = Cursors([b"a" * 32]), Cursors([b"b" * 32, b"a" * 32])
    assert new.decode(old.encode((1,), "liste"), "liste") == (1,)
    with pytest.raises(Problem):
        old.decode(new.encode((1,), "liste"), "liste")
