"""POST with a durable commit, against the same POST that only validates; one uvicorn worker."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import orjson
import uvicorn
from events.ops.servers import free_port
from events.postgres.database import Database
from fastapi import FastAPI
from pydantic import BaseModel

from moteur.banc import Banc
from moteur.domaine import (
    CONTEXT,
    ActiviteEnregistree,
    ActiviteEnregistreeV1,
    activites,
    open_store,
    stream,
)
from moteur.journal import compter
from moteur.mesure import Ligne, comparer
from moteur.processus import Cote, CoteEchoue, run
from moteur.serveurs import base_vide

CALLERS = 32
_PATIENCE = 60.0


class NouvelleActivite(ActiviteEnregistreeV1):
    """What a médiateur sends: the fields of the contract, read as strictly."""

    def event(self) -> ActiviteEnregistree:
        return ActiviteEnregistree(**dict(self))


class Reference(BaseModel):
    """position : empty when nothing was stored."""

    id: UUID
    position: str


def lignes(banc: Banc) -> Iterator[Ligne]:
    """FastAPI on uvicorn (uvloop, httptools), 32 keep-alive connections from another process.

    Both routes read the same body into the same model, make the same event and answer the same model; one
    appends the event and answers after the commit.
    """
    for disque, server in banc.postgres.items():
        url = base_vide(server, "nous")
        port = free_port()
        application = Cote(servir, url, port)
        try:
            run(attendre, port)
            sent = banc.reglages.requetes
            before = compter(url, "select count(*) from events")
            yield comparer(
                f"POST avec écriture durable, disque {disque}, face au même POST qui valide",
                "requêtes/s",
                banc.reglages.tours,
                lambda p=port, n=sent: run(charger, p, "/activites", n),
                lambda p=port, n=sent: run(charger, p, "/validations", n),
                barre=0.45,
            )
            stored = compter(url, "select count(*) from events") - before
            if stored != sent * banc.reglages.tours:
                raise CoteEchoue(f"{stored} faits écrits pour {sent * banc.reglages.tours} réponses 201")
        finally:
            application.end()


# --- The server ---


async def servir(url: str, port: int) -> None:
    """One worker on this process's uvloop, until it is killed."""
    config = uvicorn.Config(
        application(url),
        host="127.0.0.1",
        port=port,
        http="httptools",
        access_log=False,
        log_level="warning",
    )
    await uvicorn.Server(config).serve()


def application(url: str) -> FastAPI:
    database = Database(url)
    store = open_store(database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await database.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/activites", status_code=201)
    async def enregistrer(body: NouvelleActivite) -> Reference:  # pyright: ignore[reportUnusedFunction]
        event = body.event()
        written = await store.append(stream(event), 0, [event], CONTEXT)
        return Reference(id=event.activite_id, position=str(written.position))

    @app.post("/validations", status_code=201)
    async def valider(body: NouvelleActivite) -> Reference:  # pyright: ignore[reportUnusedFunction]
        event = body.event()
        return Reference(id=event.activite_id, position="")

    return app


# --- The load ---


async def attendre(port: int) -> None:
    """Return when the server accepts connections."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


async def charger(port: int, path: str, count: int) -> float:
    """Requests per second of this path."""
    return await charger_requetes(port, _requests(path, count))


async def charger_requetes(port: int, whole: list[bytes]) -> float:
    """Requests per second, each connection sending the next one when it has its answer."""
    requests, count = iter(whole), len(whole)

    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CALLERS)]

    async def caller(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in requests:
            writer.write(request)
            await _created(reader)

    try:
        async with asyncio.timeout(_PATIENCE):
            started = time.perf_counter()
            await asyncio.gather(*(caller(*c) for c in connections))
            return count / (time.perf_counter() - started)
    finally:
        for _, writer in connections:
            writer.close()


async def _created(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 201"):
        raise RuntimeError(f"{head.splitlines()[0].decode()} : {body[:200].decode()}")


def _requests(path: str, count: int) -> list[bytes]:
    """Whole requests, each with an identifier of its own, made before the clock starts."""
    documents = [_document(a) for a in activites(1000)]
    return [_request(path, documents[n % 1000] | {"activite_id": str(uuid4())}) for n in range(count)]


def _document(event: ActiviteEnregistree) -> dict[str, Any]:
    return orjson.loads(orjson.dumps(event))


def _request(path: str, document: dict[str, Any]) -> bytes:
    body = orjson.dumps(document)
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
