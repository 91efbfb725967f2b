"""Le service des activités, dans son processus, sur un PostgreSQL durable et neuf."""

import asyncio
import datetime as dt
import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg
import httpx2
import uvicorn
from activites.api.activites import commandes_de, en_propre
from activites.api.saisies import NouvelleActivite
from activites.api.voisins import VoisinsDep
from activites.app import DESCRIPTION, SAISIES, application
from activites.domain.activite import EnregistrerActivite, decide, initial
from activites.policies.activites import SAISIR
from activites.settings import Settings
from events.ops.servers import free_port, start_postgres
from events.postgres.database import Database
from events.store.store import Store
from fastapi import APIRouter
from moteur.http import attendre
from moteur.processus import Cote, run
from web.auth import Mediateur
from web.policies import allow
from web.testing import TokenIssuer
from web.wiring import ClockDep, StoreDep

validations = APIRouter()


@dataclass(frozen=True, slots=True)
class Tailles:
    """cra : de la liste, dont `d_un_mediateur` d'un seul, parmi `mediateurs`.   accompagnements : exportés.

    importes : lignes d'un fichier.   requetes : de chaque côté d'une comparaison.
    """

    cra: int = 3_000_000
    mediateurs: int = 2_000
    d_un_mediateur: int = 20_000
    accompagnements: int = 200_000
    importes: int = 10_000
    requetes: int = 4_000

    @classmethod
    def de_l_environnement(cls) -> "Tailles":
        lues = {f.name: os.environ.get(f.name.upper()) for f in fields(cls)}
        return cls(**{nom: int(texte) for nom, texte in lues.items() if texte})


@dataclass(frozen=True, slots=True)
class Qui:
    """Un médiateur qui a un emploi."""

    compte_id: UUID
    mediateur_id: UUID


class Service:
    """`async with` : le service répond à `port` ; `store` écrit à côté de lui."""

    def __init__(self, dossier: Path) -> None:
        self.dossier = dossier
        self.port = free_port()
        self.url = ""
        self.cle = secrets.token_bytes(32)
        self._pile = AsyncExitStack()

    async def __aenter__(self) -> Self:
        serveur = await asyncio.to_thread(start_postgres, self.dossier / "postgres", durable=True)
        self._pile.callback(serveur.stop)
        self.url = serveur.url
        await asyncio.to_thread(DESCRIPTION.migrate, self.url)
        self._emetteur = await self._pile.enter_async_context(TokenIssuer())
        self.store: Store[Any] = DESCRIPTION.store(Database(self.url), {1: self.cle})
        self._pile.push_async_callback(self.store.database.close)
        cote = Cote(servir, self.url, self.port, self.cle, self._emetteur.issuer, self._emetteur.url)
        self._pile.callback(cote.end)
        await asyncio.to_thread(run, attendre, self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pile.aclose()

    async def mediateur(self) -> Qui:
        compte_id, mediateur_id = uuid4(), uuid4()
        async with self.store.database.raw() as connection:
            await connection.execute(
                "insert into emplois (emploi_id, compte_id, structure_id, debut) values ($1, $2, $1, $3)",
                uuid4(),
                compte_id,
                dt.date(2015, 1, 1),
            )
        return Qui(compte_id, mediateur_id)

    def jeton(self, qui: Qui) -> str:
        """Pour deux minutes."""
        return self._emetteur.token("activites", compte_id=qui.compte_id, mediateur_id=qui.mediateur_id)

    @asynccontextmanager
    async def client(self, qui: Qui) -> AsyncGenerator[httpx2.AsyncClient]:
        """Une mesure dure plus qu'un jeton : chaque requête a le sien."""

        async def signer(request: httpx2.Request) -> None:
            request.headers["Authorization"] = f"Bearer {self.jeton(qui)}"

        adresse = f"http://127.0.0.1:{self.port}"
        async with httpx2.AsyncClient(
            base_url=adresse, timeout=300, event_hooks={"request": [signer]}
        ) as client:
            yield client

    async def ouvrir(self) -> Any:
        """Une connexion dont les requêtes peuvent durer."""
        connection: Any = await asyncpg.connect(self.url)
        await connection.execute("set transaction_timeout = 0")
        return connection


async def servir(url: str, port: int, cle: bytes, issuer: str, jwks_url: str) -> None:
    """L'API, sur un processus, et le même POST qui ne fait que valider."""
    reglages = Settings(
        database_url=url,
        nats_url="nats://127.0.0.1:1",
        issuer=issuer,
        jwks_url=jwks_url,
        coffre_cles={1: cle},
    )
    store = DESCRIPTION.store(Database(url), {1: cle})
    app = application(reglages, store, (*SAISIES, validations))
    await uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=port, http="httptools", access_log=False, log_level="warning"
        )
    ).serve()


@validations.post("/validations", status_code=201, dependencies=[allow(SAISIR)])
async def valider(
    body: NouvelleActivite, moi: Mediateur, voisins: VoisinsDep, store: StoreDep, clock: ClockDep
) -> UUID:
    """Tout ce que fait `POST /activites`, sauf lire le flux et y écrire."""
    saisie = [(body.id, body.contenu())]
    [commande] = await commandes_de(EnregistrerActivite, saisie, moi, en_propre(moi), store, clock, voisins)
    decide(commande, initial)
    return body.id
