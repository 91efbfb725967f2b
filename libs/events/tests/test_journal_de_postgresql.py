"""What PostgreSQL writes in its own log when a statement fails: that it did, never the values."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from events.ops.servers import PostgresServer, start_postgres

CANARI = "quorvelin-7f3a"
FAUTES = {
    "contrainte": f"insert into personnes values (1, '{CANARI}', 'trop court')",
    "valeur absente": f"insert into personnes values (null, '{CANARI}', null)",
    "doublon": f"insert into personnes values (0, '{CANARI}', null), (0, '{CANARI}', null)",
    "doublon de texte": f"insert into personnes values (5, '{CANARI}', null), (6, '{CANARI}', null)",
    "json": f"""select '{{"nom": "{CANARI}" "faute"}}'::jsonb""",
    "json d'un octet nul": f"""select '{{"nom": "{CANARI} \\u0000"}}'::jsonb""",
    "fonction": f"do $$ begin perform 1/0 from (select '{CANARI}') c; end $$",
    "cle etrangere": f"insert into courriels values ('{CANARI}')",
}
TABLES = """
create table personnes (id int primary key, nom text unique, note text check (length(note) > 100));
create table courriels (nom text references personnes (nom))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = start_postgres(tmp_path_factory.mktemp("terse") / "postgres")
    yield server
    server.stop()


@pytest.mark.parametrize("faute", FAUTES)
async def test_une_faute_est_dite_sans_les_valeurs_qui_l_ont_causee(
    server: PostgresServer, faute: str
) -> None:
    log: Path = server.folder / "postgres.log"
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute("drop table if exists courriels, personnes")
        await connection.execute(TABLES)
        before = log.read_text().count("ERROR")
        with pytest.raises(asyncpg.PostgresError):
            # The values are in the statement, as a literal, and in parameters.
            await connection.execute(FAUTES[faute])
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute("insert into personnes values ($1, $2, $3)", 9, CANARI, CANARI)
        async with asyncio.timeout(60):
            while log.read_text().count("ERROR") < before + 2:
                await asyncio.sleep(0.05)
    finally:
        await connection.close()
    assert CANARI not in log.read_text()
