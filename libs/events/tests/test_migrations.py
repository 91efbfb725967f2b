"""Migrations of a journal that is large, and in use."""

import asyncio
from pathlib import Path
from uuid import uuid4

import carnet
import pytest
from carnet import NoteAjoutee
from events.postgres.database import Database
from events.postgres.migrations import upgrade
from events.store.store import Context

CONTEXT = Context("test", "requete-de-test")
ENV = "from events.postgres.migrations import run_env\n\nrun_env()\n"
INDEX = """from alembic import op

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade() -> None:
    op.execute("create index events_essai on events (lente(stream))")
"""
SLOW = """
create function lente(t text) returns text immutable language plpgsql as
$$ begin perform pg_sleep(0.0001); return t; end $$
"""
EVENTS = 3_000


@pytest.fixture
def index(tmp_path: Path) -> Path:
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV)
    (tmp_path / "versions" / "0001_index.py").write_text(INDEX)
    return tmp_path


async def has_index(journal: Database) -> bool:
    async with journal.raw() as connection:
        return bool(await connection.fetchval("select to_regclass('events_essai') is not null"))


async def test_un_index_sur_un_grand_journal_dure_autant_qu_il_faut(
    journal: Database, database_url: str, index: Path
) -> None:
    """Far longer than the server lets a transaction last: three seconds at least, where it has two."""
    async with journal.raw() as connection:
        await connection.execute(
            f"""insert into events (id, stream, version, type, schema_version, data, metadata)
                select gen_random_uuid(), 'carnet-' || n, 1, 'NoteAjoutee', 1,
                  jsonb_build_object('titre', md5(n::text)), '{{}}' from generate_series(1, {EVENTS}) n""",
            timeout=120,
        )
        await connection.execute(SLOW)
        name = await connection.fetchval("select current_database()")
        await connection.execute(f"alter database {name} set transaction_timeout = '2s'")
    await asyncio.to_thread(upgrade, database_url, index)
    assert await has_index(journal)


async def test_une_migration_qui_attend_son_tour_ne_retient_pas_ceux_qui_ecrivent(
    journal: Database, database_url: str, index: Path
) -> None:
    store, qui = carnet.open_store(journal), carnet.CarnetId(uuid4())
    async with journal.raw() as connection:
        await connection.execute(SLOW)
    async with journal.raw() as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("lock table events in row exclusive mode")
        migration = asyncio.create_task(asyncio.to_thread(upgrade, database_url, index))
        async with asyncio.timeout(60):
            async with journal.raw() as connection:
                while not await connection.fetchval(
                    "select exists (select from pg_locks where not granted and mode = 'ShareLock')"
                ):
                    await asyncio.sleep(0.02)
            for n in range(5):
                await store.append(f"carnet-{n}", 0, [NoteAjoutee(qui, 1, "note")], CONTEXT)
        assert not migration.done()
        await transaction.rollback()
    async with asyncio.timeout(60):
        await migration
    assert await has_index(journal)
