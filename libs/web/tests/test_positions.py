"""Lire ses propres écritures : la lecture attend la position, deux secondes au plus."""

import asyncio

import httpx2
import pytest
import sqlalchemy as sa
from events.postgres.database import Database
from events.types import Position
from web.positions import wait_until

ADVANCE = sa.text(
    """insert into checkpoints (projection, source, xid, number)
       values ('essais_listes', :source, :xid, :number)
       on conflict (projection) do update set xid = excluded.xid, number = excluded.number"""
)


async def advance(journal: Database, xid: int, number: int, source: str = "essai") -> None:
    async with journal.engine.begin() as connection:
        await connection.execute(ADVANCE, {"source": source, "xid": xid, "number": number})


async def lire(reading: httpx2.AsyncClient, position: str) -> httpx2.Response:
    return await reading.get("/essais/lecture", headers={"X-Position": position})


async def test_une_ecriture_rend_sa_version_et_sa_position(client: httpx2.AsyncClient) -> None:
    body = {"id": "00000000-0000-0000-0000-000000000007"}
    answer = await client.post("/essais", json=body, headers={"If-Match": '"2"'})
    assert (answer.headers["etag"], answer.headers["x-position"]) == ('"3"', "essai:12-34")
    assert answer.json()["version"] == 2
    for header, version in (('W/"2"', 2), ("*", None)):
        answer = await client.post("/essais", json=body, headers={"If-Match": header})
        assert answer.json()["version"] == version


@pytest.mark.parametrize(
    "valeur", ["", "2", '"', '"deux"', '"-1"', '"1","2"', '"٣"', '"99999999999999999999"']
)
async def test_un_if_match_illisible_est_refuse(client: httpx2.AsyncClient, valeur: str) -> None:
    body = {"id": "00000000-0000-0000-0000-000000000007"}
    answer = await client.post("/essais", json=body, headers=[(b"If-Match", valeur.encode())])
    assert (answer.status_code, answer.json()["type"]) == (400, "/problemes/RequeteIllisible")


async def test_sans_position_rien_nest_attendu(reading: httpx2.AsyncClient) -> None:
    answer = await reading.get("/essais/lecture")
    assert answer.status_code == 200
    assert "x-position-atteinte" not in answer.headers


async def test_une_position_deja_lue_repond_aussitot(reading: httpx2.AsyncClient, journal: Database) -> None:
    await advance(journal, 12, 34)
    for position in ("essai:12-34", "essai:12-33", "essai:11-99"):
        answer = await lire(reading, position)
        assert answer.status_code == 200
        assert "x-position-atteinte" not in answer.headers


async def test_la_lecture_attend_sa_position(reading: httpx2.AsyncClient, journal: Database) -> None:
    await advance(journal, 12, 33)
    asked = asyncio.create_task(lire(reading, "essai:12-34"))
    await asyncio.sleep(0.1)
    assert not asked.done()
    await advance(journal, 13, 1)
    answer = await asked
    assert answer.status_code == 200
    assert "x-position-atteinte" not in answer.headers


async def test_une_position_jamais_atteinte_repond_quand_meme(
    reading: httpx2.AsyncClient, journal: Database
) -> None:
    await advance(journal, 12, 34, source="autre")
    answer = await lire(reading, "essai:12-34")
    assert (answer.status_code, answer.text) == (200, '"lu"')
    assert answer.headers["x-position-atteinte"] == "non"


@pytest.mark.parametrize(
    "valeur",
    [
        *("", "x", "essai", "essai:", "essai:1", "essai:1-", "essai:-1-2", "Essai:1-2", "essai:1-2-3"),
        *("essai:1-x", "essai:9223372036854775808-1", "essai:1-99999999999999999999", "e'--:1-2"),
        "essai:" + "1" * 60 + "-1",
    ],
)
async def test_une_position_illisible_est_refusee(client: httpx2.AsyncClient, valeur: str) -> None:
    answer = await lire(client, valeur)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problemes/PositionInvalide")


async def test_attendre_une_projection_qui_nest_pas_sur_postgresql() -> None:
    reached = iter([None, Position(1, 1), Position(1, 3)])

    async def read(_source: str) -> Position | None:
        return next(reached)

    assert await wait_until(read, "essai", Position(1, 2))
