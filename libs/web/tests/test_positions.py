"""Lire ses propres écritures : la lecture attend la position, deux secondes au plus."""

import asyncio
from uuid import UUID, uuid4

import httpx2
import pytest
import sqlalchemy as sa
from events.postgres.database import Database
from events.types import Position
from fastapi import FastAPI
from web import positions
from web.positions import wait_until
from web.testing import TokenIssuer

ADVANCE = sa.text(
    """insert into checkpoints (projection, source, xid, number)
       values ('essais_listes', :source, :xid, :number)
       on conflict (projection) do update set xid = excluded.xid, number = excluded.number"""
)


RECORD = sa.text(
    """insert into events (id, stream, version, type, schema_version, data, metadata)
       values (:id, 'essai-1', 1, 'Essai', 1, '{}', '{}')
       returning xid::text::bigint as xid, position"""
)


async def advance(journal: Database, xid: int, number: int, source: str = "essai") -> None:
    async with journal.engine.begin() as connection:
        await connection.execute(ADVANCE, {"source": source, "xid": xid, "number": number})


async def record(journal: Database) -> Position:
    """One event more in the journal: where it stands."""
    async with journal.engine.begin() as connection:
        row = (await connection.execute(RECORD, {"id": uuid4()})).one()
    return Position(row.xid, row.position)


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
    await advance(journal, 12, 34, source="autre")
    for position in ("autre:12-34", "autre:12-33", "autre:11-99"):
        answer = await lire(reading, position)
        assert answer.status_code == 200
        assert "x-position-atteinte" not in answer.headers


async def test_la_lecture_attend_sa_position(
    reading: httpx2.AsyncClient, journal: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "WAIT_SECONDS", 3600.0)
    last = await record(journal)
    asked = asyncio.create_task(lire(reading, f"essai:{last}"))
    await asyncio.sleep(0.1)
    assert not asked.done()
    await advance(journal, *last)
    answer = await asked
    assert answer.status_code == 200
    assert "x-position-atteinte" not in answer.headers


async def test_une_position_jamais_atteinte_repond_quand_meme(
    reading: httpx2.AsyncClient, journal: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "WAIT_SECONDS", 0.2)
    await advance(journal, 12, 34)
    answer = await lire(reading, "autre:12-34")
    assert (answer.status_code, answer.text) == (200, '"lu"')
    assert answer.headers["x-position-atteinte"] == "non"


async def test_une_position_d_un_service_que_la_table_ne_lit_pas_n_est_pas_attendue(
    reader: FastAPI, reading: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Waiting would outlive the test.
    monkeypatch.setattr(positions, "WAIT_SECONDS", 3600.0)
    reader.state.sources = {"essais_listes": "essai"}
    answer = await lire(reading, "autre:12-34")
    assert (answer.status_code, answer.headers["x-position-atteinte"]) == (200, "non")


async def test_une_position_au_dela_du_journal_n_est_pas_attendue(
    reading: httpx2.AsyncClient, journal: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Waiting would outlive the test.
    monkeypatch.setattr(positions, "WAIT_SECONDS", 3600.0)
    assert (await lire(reading, "essai:12-34")).headers["x-position-atteinte"] == "non"
    last = await record(journal)
    for beyond in (last._replace(number=last.number + 1), Position(2**62, 1)):
        assert (await lire(reading, f"essai:{beyond}")).headers["x-position-atteinte"] == "non"


async def test_un_compte_ne_fait_attendre_que_quelques_lectures(
    reading: httpx2.AsyncClient, journal: Database, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "WAIT_SECONDS", 3600.0)

    def asking(account: int) -> asyncio.Task[httpx2.Response]:
        token = issuer.token("essai", compte_id=UUID(int=account))
        headers = {"Authorization": f"Bearer {token}", "X-Position": "autre:12-34"}
        return asyncio.create_task(reading.get("/essais/lecture-a-moi", headers=headers))

    asked = [asking(1) for _ in range(20)]
    while sum(task.done() for task in asked) < 20 - positions.PLACES:
        await asyncio.sleep(0.01)
    neighbour = asking(2)
    at_once = [task for task in asked if task.done()]
    assert {(await task).headers["x-position-atteinte"] for task in at_once} == {"non"}
    await advance(journal, 12, 34, source="autre")
    waited = [neighbour, *(task for task in asked if task not in at_once)]
    assert len(waited) == positions.PLACES + 1
    assert not any("x-position-atteinte" in answer.headers for answer in await asyncio.gather(*waited))
    # The places are free again.
    assert "x-position-atteinte" not in (await asking(1)).headers


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
