"""Le service entier sur un vrai PostgreSQL : une base par test, copiée d'un modèle migré une fois."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import pytest_asyncio
import sqlalchemy as sa
from activites.app import CHIFFRES, DESCRIPTION, SAISIES, application
from activites.domain.evenements import Event
from activites.projections import activites_listees, emplois, lieux_choisis, lieux_connus, tags
from activites.settings import Settings
from activites.statistiques import fichier as modele_de_fichier
from activites.statistiques.fichier import Statistiques
from events.postgres.database import Database
from events.projection.projection import Projection, Projector
from events.projection.source import FeedSource
from events.store.store import Store
from events.testing import Copies
from fastapi import FastAPI
from process.clock import Clock
from sqlalchemy.dialects.postgresql import insert
from web.testing import TokenIssuer

from .exemples import LIEU, MEDIATHEQUE, STRUCTURE

CLE = bytes(range(32))


def reglages(database_url: str, **autres: Any) -> Settings:
    return Settings(
        database_url=database_url,
        nats_url=autres.pop("nats_url", "nats://127.0.0.1:4222"),
        issuer=autres.pop("issuer", "http://identity.test"),
        jwks_url=autres.pop("jwks_url", "http://127.0.0.1:1/jwks.json"),
        coffre_cles={1: CLE},
        **autres,
    )


@dataclass
class Personne:
    """Quelqu'un qui appelle l'API. entetes : son jeton."""

    compte_id: UUID = field(default_factory=uuid4)
    mediateur_id: UUID | None = None
    coordinateur_id: UUID | None = None
    entetes: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class Banc:
    """L'application, sa base, et de quoi y faire entrer des personnes."""

    store: Store[Event]
    client: httpx2.AsyncClient
    issuer: TokenIssuer
    app: FastAPI

    def a_l_heure(self, instant: dt.datetime) -> None:
        """L'heure qu'il est pour les routes ; les jetons gardent la vraie."""
        self.app.state.clock = Clock(lambda: instant)

    def personne(
        self, *, mediateur: bool = False, coordinateur: bool = False, roles: Sequence[str] = ()
    ) -> Personne:
        qui = Personne(
            mediateur_id=uuid4() if mediateur else None, coordinateur_id=uuid4() if coordinateur else None
        )
        jeton = self.issuer.token(
            "activites",
            compte_id=qui.compte_id,
            mediateur_id=qui.mediateur_id,
            coordinateur_id=qui.coordinateur_id,
            roles=roles,
        )
        qui.entetes["Authorization"] = f"Bearer {jeton}"
        return qui

    async def mediateur(self) -> Personne:
        """Un médiateur qui a un emploi depuis 2020, et qui a exercé à la médiathèque."""
        qui = self.personne(mediateur=True)
        await self.embaucher(qui, STRUCTURE, dt.date(2020, 1, 1))
        await self.exercer(qui, anciens=[LIEU])
        return qui

    async def exercer(self, qui: Personne, *lieux: UUID, anciens: Sequence[UUID] = ()) -> None:
        """Il dit exercer dans ces lieux désormais ; il l'a dit de ceux-là."""
        ligne = {"lieux": [*lieux], "tous": [*anciens, *lieux]}
        choisis = insert(lieux_choisis.table).values(compte_id=qui.compte_id, **ligne)
        async with self.store.database.engine.begin() as connection:
            await connection.execute(choisis.on_conflict_do_update(index_elements=["compte_id"], set_=ligne))

    async def embaucher(self, qui: Personne, structure_id: UUID, debut: dt.date) -> None:
        ligne = {
            "emploi_id": uuid4(),
            "compte_id": qui.compte_id,
            "structure_id": structure_id,
            "debut": debut,
        }
        await self.inserer(emplois.table, ligne)

    async def inserer(self, table: sa.Table, ligne: dict[str, Any]) -> None:
        async with self.store.database.engine.begin() as connection:
            await connection.execute(sa.insert(table).values(**ligne))

    def projecteur(self) -> Projector:
        return Projector(self.store.database, activites_listees, FeedSource(self.store, "activites"))

    async def projeter(self, *projections: Projection[Any]) -> None:
        """Met la liste et les étiquettes à jour, ou d'autres tables, sans tâche de fond."""
        source = FeedSource(self.store, "activites")
        for projection in projections or (activites_listees, tags):
            projecteur = Projector(self.store.database, projection, source)
            while await projecteur.step():
                pass

    @asynccontextmanager
    async def en_fond(self) -> AsyncGenerator[None]:
        """Le projecteur tourne, comme dans le service."""
        tache = asyncio.create_task(self.projecteur().run())
        yield
        tache.cancel()
        await asyncio.gather(tache, return_exceptions=True)


@asynccontextmanager
async def en_fond(*travaux: Callable[[], Coroutine[Any, Any, None]]) -> AsyncGenerator[None]:
    """Des tâches qui tournent, comme dans le service."""
    taches = [asyncio.create_task(travail()) for travail in travaux]
    yield
    for tache in taches:
        tache.cancel()
    await asyncio.gather(*taches, return_exceptions=True)


@pytest_asyncio.fixture
async def base(copies: Copies) -> AsyncIterator[str]:
    """L'adresse d'une base neuve, déjà migrée."""
    async with copies.of(DESCRIPTION) as url:
        yield url


@pytest_asyncio.fixture
async def store(base: str) -> AsyncIterator[Store[Event]]:
    """Le journal du service, avec son coffre."""
    database = Database(base)
    yield DESCRIPTION.store(database, {1: CLE})
    await database.close()


@pytest_asyncio.fixture
async def banc(base: str, store: Store[Event]) -> AsyncIterator[Banc]:
    """L'API, un lieu connu, et un émetteur de jetons."""
    async with TokenIssuer() as issuer:
        app = application(
            reglages(base, issuer=issuer.issuer, jwks_url=issuer.url),
            store,
            SAISIES,
        )
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app), base_url="http://activites.test"
            ) as client,
        ):
            banc = Banc(store, client, issuer, app)
            m = MEDIATHEQUE
            await banc.inserer(
                lieux_connus.table,
                {
                    "lieu_id": LIEU,
                    "nom": "Médiathèque",
                    "commune": m.commune,
                    "code_postal": m.code_postal,
                    "code_insee": m.code_insee,
                    "departement": m.departement,
                },
            )
            yield banc


@pytest.fixture
def individuel() -> dict[str, Any]:
    """Le corps d'un POST : un accompagnement individuel à domicile."""
    return {
        "id": str(uuid4()),
        "type": "individuel",
        "date": "2025-06-30",
        "duree_minutes": 45,
        "type_lieu": "domicile",
        "commune": {"nom": "Dijon", "code_postal": "21000", "code_insee": "21231"},
        "thematiques": ["email"],
        "materiels": ["ordinateur"],
        "beneficiaire": {"genre": "feminin", "deja_accompagne": True},
        "autonomie": "autonome",
        "oriente_vers_structure": True,
        "structure_de_redirection": "aide_sociale",
        "notes": "<p>Compte <b>créé</b></p>",
    }


@pytest.fixture
def atelier() -> dict[str, Any]:
    """Le corps d'un POST : un atelier collectif à la médiathèque."""
    return {
        "id": str(uuid4()),
        "type": "collectif",
        "date": "2025-06-29",
        "duree_minutes": 120,
        "type_lieu": "lieu_activite",
        "lieu_id": str(LIEU),
        "thematiques": ["aide_aux_demarches_administratives", "logement"],
        "precisions_demarche": "Demande de logement social",
        "titre_atelier": "Le tableur pas à pas",
        "niveau": "debutant",
        "participants": {"total": 12, "deja_accompagnes": 4, "genres": {"feminin": 7, "masculin": 5}},
    }


@pytest_asyncio.fixture
async def fichier(tmp_path: Path) -> Path:
    return tmp_path / "statistiques.duckdb"


@asynccontextmanager
async def statistiques_en_marche(store: Store[Event], fichier: Path) -> AsyncGenerator[Statistiques]:
    """Les statistiques du service, ouvertes et nourries par son journal."""
    ouvertes = DESCRIPTION.file(modele_de_fichier, store, fichier)
    await ouvertes.open()
    async with en_fond(ouvertes.run):
        yield ouvertes
    await ouvertes.close()


@pytest_asyncio.fixture
async def chiffres(fichier: Path, store: Store[Event]) -> AsyncIterator[Statistiques]:
    """Les statistiques en marche."""
    async with statistiques_en_marche(store, fichier) as ouvertes:
        yield ouvertes


@pytest_asyncio.fixture
async def guichet(base: str, store: Store[Event], chiffres: Statistiques) -> AsyncIterator[Banc]:
    """L'API qui enregistre et celle qui compte."""
    async with TokenIssuer() as issuer:
        app = application(
            reglages(base, issuer=issuer.issuer, jwks_url=issuer.url),
            store,
            (*SAISIES, *CHIFFRES),
        )
        app.state.statistiques = chiffres
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app), base_url="http://activites.test"
            ) as client,
        ):
            yield Banc(store, client, issuer, app)
