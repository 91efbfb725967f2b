"""Pages et curseurs : bornés, signés, propres à leur liste."""

import base64
import datetime as dt
import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import httpx2
import pytest
import sqlalchemy as sa
from events.postgres.database import Database
from fastapi import Request
from web.cursors import Cursors
from web.pages import PageRequest
from web.problems import Problem
from web.testing import TokenIssuer


async def test_on_parcourt_une_liste_jusquau_bout(reading: httpx2.AsyncClient) -> None:
    seen: list[int] = []
    params = {"limite": "3"}
    while params:
        page = (await reading.get("/essais/nombres", params=params)).json()
        seen += page["elements"]
        params = {"limite": "3", "apres": page["suivant"]} if page["suivant"] else {}
    assert seen == list(range(10))


async def test_cinquante_par_defaut_deux_cents_au_plus(reading: httpx2.AsyncClient) -> None:
    assert (await reading.get("/essais/nombres")).status_code == 200
    assert (await reading.get("/essais/nombres?limite=200")).status_code == 200
    for limite in ("0", "-1", "201", "1e3", "1000000000", "9" * 50):
        assert (await reading.get(f"/essais/nombres?limite={limite}")).status_code == 422


async def test_un_curseur_touche_est_refuse(reading: httpx2.AsyncClient) -> None:
    cursor = (await reading.get("/essais/nombres?limite=3")).json()["suivant"]
    assert (await reading.get(f"/essais/nombres?limite=5&apres={cursor}")).status_code == 200
    raw = base64.urlsafe_b64decode(cursor + "==")
    inflated = base64.urlsafe_b64encode(raw[:16] + json.dumps([["=", 0]] * 9).encode()).decode().rstrip("=")
    flipped = [cursor[:i] + ("A" if cursor[i] != "A" else "B") + cursor[i + 1 :] for i in range(len(cursor))]
    for bad in (
        *flipped,
        cursor[:-1],
        cursor + "A",
        cursor + "=",
        "é",
        "A" * 5000,
        inflated,
        "eyJhIjoxfQ",
    ):
        answer = await reading.get("/essais/nombres", params={"limite": "3", "apres": bad})
        assert (answer.status_code, answer.json()["type"]) == (400, "/problemes/CurseurInvalide"), bad


async def test_un_curseur_ne_vaut_que_pour_ses_filtres(reading: httpx2.AsyncClient) -> None:
    cursor = (await reading.get("/essais/nombres?limite=3&filtre=a")).json()["suivant"]
    assert (await reading.get(f"/essais/nombres?limite=3&filtre=a&apres={cursor}")).status_code == 200
    assert (await reading.get(f"/essais/nombres?limite=3&filtre=b&apres={cursor}")).status_code == 400
    assert (await reading.get(f"/essais/nombres?limite=3&apres={cursor}")).status_code == 400


async def test_un_curseur_ne_vaut_que_pour_qui_la_recu(
    reading: httpx2.AsyncClient, issuer: TokenIssuer
) -> None:
    moi, autre = ({"Authorization": f"Bearer {issuer.token('essai', compte_id=UUID(int=n))}"} for n in (1, 2))
    cursor = (await reading.get("/essais/miens?limite=3", headers=moi)).json()["suivant"]
    suite = f"/essais/miens?limite=3&apres={cursor}"
    assert (await reading.get(suite, headers=moi)).json()["elements"] == [3, 4, 5]
    # Another token of the same account is still the same person.
    again = {"Authorization": f"Bearer {issuer.token('essai', compte_id=UUID(int=1))}"}
    assert (await reading.get(suite, headers=again)).status_code == 200
    assert (await reading.get(suite, headers=autre)).status_code == 400
    assert (await reading.get(suite)).status_code == 401
    anonymous = (await reading.get("/essais/nombres?limite=3")).json()["suivant"]
    for path in ("/essais/miens?", "/essais/tries?sens=asc&sens=asc&sens=asc&"):
        stolen = await reading.get(f"{path}apres={anonymous}", headers=moi)
        assert stolen.json()["type"] == "/problemes/CurseurInvalide"


VILLES = ("Évry", "evry", "Lyon")


def ordered(ways: Sequence[str]) -> list[int]:
    """What PostgreSQL must answer, by Python's stable sort: in code points, as the collation C."""
    numbers = list(range(10))
    keys: list[Callable[[int], Any]] = [lambda n: VILLES[n % 3], lambda n: n // 4, lambda n: n]
    for key, way in reversed(list(zip(keys, ways, strict=True))):
        numbers.sort(key=key, reverse=way == "desc")
    return numbers


@pytest.mark.parametrize("limite", [1, 3, 9, 10, 11])
@pytest.mark.parametrize("ways", list(itertools.product(("asc", "desc"), repeat=3)))
async def test_chaque_ordre_se_parcourt_dans_les_deux_sens(
    reading: httpx2.AsyncClient, ways: tuple[str, ...], limite: int
) -> None:
    async def page(cursor: str | None) -> dict[str, Any]:
        params: dict[str, Any] = {"sens": ways, "limite": limite} | ({"apres": cursor} if cursor else {})
        return (await reading.get("/essais/tries", params=params)).json()

    forth: list[dict[str, Any]] = [await page(None)]
    while forth[-1]["suivant"] is not None:
        forth.append(await page(forth[-1]["suivant"]))
    assert [n for p in forth for n in p["elements"]] == ordered(ways)
    assert {p["total"] for p in forth} == {10}
    assert "precedent" not in forth[0]
    back = [forth[-1]]
    while "precedent" in back[0]:
        back.insert(0, await page(back[0]["precedent"]))
    assert [p["elements"] for p in back] == [p["elements"] for p in forth]


async def test_la_reponse_ne_change_pas_quand_rien_nest_demande(reading: httpx2.AsyncClient) -> None:
    assert (await reading.get("/essais/nombres?limite=200")).json() == {
        "elements": list(range(10)),
        "suivant": None,
    }


async def test_une_colonne_qui_peut_etre_nulle_nordonne_rien(journal: Database) -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("vide", sa.Text))
    page = PageRequest(3, None, Request({"type": "http", "app": None}))
    for order in (table.c.vide, table.c.vide.desc()):
        with pytest.raises(TypeError, match="vide"):
            await page.find(journal, sa.select(table), order=(order,))


def test_les_valeurs_reviennent_avec_leur_type() -> None:
    cursors = Cursors([b"k" * 32])
    instant = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)
    values: tuple[Any, ...] = (True, 7, 1.5, "é", dt.date(2026, 1, 2), instant, UUID(int=9))
    assert cursors.decode(cursors.encode(values, "liste"), "liste") == values
    with pytest.raises(TypeError):
        cursors.encode((None,), "liste")


def test_apres_une_rotation_les_anciens_curseurs_valent_encore() -> None:
    old, new = Cursors([b"a" * 32]), Cursors([b"b" * 32, b"a" * 32])
    assert new.decode(old.encode((1,), "liste"), "liste") == (1,)
    with pytest.raises(Problem):
        old.decode(new.encode((1,), "liste"), "liste")


def test_un_curseur_qui_va_dans_une_adresse_n_y_dit_rien() -> None:
    cursor = Cursors([b"k" * 32]).encode(("martin lea", UUID(int=9)), "liste")
    assert b"martin" not in base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
