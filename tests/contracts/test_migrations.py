"""The migrations of a service make the tables that its code declares: nothing more, nothing less."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any, Concatenate

import pytest
import sqlalchemy as sa
from contracts.publish import catalogue
from events.postgres.drift import NoValue, differences, migration
from sqlalchemy.ext.asyncio import create_async_engine


async def ask[**P, T](
    url: str, question: Callable[Concatenate[sa.Connection, P], T], *arguments: P.args, **more: P.kwargs
) -> T:
    engine = create_async_engine(sa.make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(question, *arguments, **more)
    finally:
        await engine.dispose()


@pytest.mark.parametrize("service", catalogue.SERVICES)
async def test_les_migrations_font_les_tables_du_code(service: str, database_url: str) -> None:
    description = import_module(f"{service}.app").DESCRIPTION
    await asyncio.to_thread(description.migrate, database_url)
    assert await ask(database_url, differences, description.metadata) == []


def carnets(*more: sa.Column[Any]) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("carnets", metadata, sa.Column("carnet_id", sa.Uuid, primary_key=True), *more)
    return metadata


async def test_une_colonne_de_plus_donne_sa_migration(database_url: str) -> None:
    await ask(database_url, carnets().create_all)
    assert await ask(database_url, migration, carnets(), 2, "Rien") is None
    texte = await ask(database_url, migration, carnets(sa.Column("note", sa.Text)), 2, "La note")
    assert texte is not None
    assert 'down_revision = "0001"' in texte
    assert "op.add_column('carnets', sa.Column('note', sa.Text(), nullable=True))" in texte


async def test_une_colonne_obligatoire_sans_valeur_pour_les_lignes_deja_la_est_refusee(
    database_url: str,
) -> None:
    await ask(database_url, carnets().create_all)
    with pytest.raises(NoValue, match=r"carnets\.note"):
        await ask(database_url, migration, carnets(sa.Column("note", sa.Text, nullable=False)), 2, "La note")
