"""Le service qui écrit et celui qui compte, dans un processus, sur un PostgreSQL neuf."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uvicorn
from activites.app import CHIFFRES, DESCRIPTION, SAISIES, application
from activites.settings import Settings
from activites.statistiques import fichier
from events.postgres.database import Database


async def servir(url: str, port: int, cle: bytes, issuer: str, jwks_url: str, chemin: Path) -> None:
    """L'API des saisies et celle des chiffres ; le fichier, s'il manque, est refait avant de répondre."""
    reglages = Settings(
        database_url=url,
        nats_url="nats://127.0.0.1:1",
        issuer=issuer,
        jwks_url=jwks_url,
        coffre_cles={1: cle},
    )
    store = DESCRIPTION.store(Database(url), {1: cle})
    chiffres = DESCRIPTION.file(fichier, store, chemin)
    await chiffres.open()
    app = application(reglages, store, (*SAISIES, *CHIFFRES))
    app.state.statistiques = chiffres
    async with asyncio.TaskGroup() as taches:
        taches.create_task(chiffres.run())
        await uvicorn.Server(
            uvicorn.Config(
                app, host="127.0.0.1", port=port, http="httptools", access_log=False, log_level="warning"
            )
        ).serve()


async def coordonner(store: Any, membres: list[UUID]) -> UUID:
    """Une équipe de ces médiateurs, depuis toujours. Rend son coordinateur."""
    equipe, chef = uuid4(), uuid4()
    async with store.database.raw() as connection:
        await connection.execute(
            "insert into coordinations (equipe_id, coordinateur_id) values ($1, $2)", equipe, chef
        )
        await connection.executemany(
            "insert into appartenances (equipe_id, mediateur_id, depuis) values ($1, $2, '2015-01-01')",
            [(equipe, membre) for membre in membres],
        )
    return chef


async def employer(store: Any) -> UUID:
    """Un compte qui a un emploi depuis toujours : sans, nul CRA ne s'enregistre."""
    compte = uuid4()
    async with store.database.raw() as connection:
        await connection.execute(
            "insert into emplois (emploi_id, compte_id, structure_id, debut)"
            " values ($1, $2, $1, '2015-01-01')",
            uuid4(),
            compte,
        )
    return compte
