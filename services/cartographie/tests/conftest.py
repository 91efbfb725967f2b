"""What the tests of cartographie share: a migrated database, its journal, the application, example facts."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from cartographie.app import DESCRIPTION, application
from cartographie.domain import lieu
from cartographie.domain.evenements import Event
from cartographie.domain.fiche import Contact, Fiche, Provenance
from cartographie.domain.vocabulaire import Dispositif, Service
from cartographie.settings import Settings
from events.codec import Codec
from events.postgres.database import Database
from events.projection.projection import Projector
from events.store.store import Context, Store
from events.testing import Copies
from events.vault.vault import Vault
from process.clock import Clock

DONNEES = Path(__file__).parents[3] / "data"
CLES = {1: bytes(range(32))}
MAINTENANT = dt.datetime(2026, 11, 1, 8, 30, tzinfo=dt.UTC)

type Fabrique = Callable[..., lieu.ReferencerLieu]
type Remplir = Callable[..., Any]


def _commande(
    id_source: str = "1",
    *,
    nom: str = "France services de Foix",
    empreinte: str = "e1",
    contact: Contact | None = None,
    **champs: Any,
) -> lieu.ReferencerLieu:
    fiche = Fiche(
        nom,
        "Foix",
        "09000",
        "09122",
        departement="09",
        adresse="37 cours Gabriel Fauré",
        latitude=42.963847,
        longitude=1.606068,
        services=(Service.AIDE_AUX_DEMARCHES_ADMINISTRATIVES,),
        dispositifs=(Dispositif.FRANCE_SERVICES,),
    )
    return lieu.ReferencerLieu(
        lieu.identifier("essai", id_source),
        Provenance("essai", id_source, "essai.jsonl", 1),
        replace(fiche, **champs),
        contact or Contact("+33561020304", "accueil@foix.fr|mairie@foix.fr", None, "Demander Anne"),
        empreinte,
        MAINTENANT,
    )


@pytest.fixture
def commande() -> Fabrique:
    """Une demande de référencement valable, à modifier."""
    return _commande


@pytest_asyncio.fixture
async def database_url(copies: Copies) -> AsyncIterator[str]:
    """L'adresse d'une base neuve, déjà migrée."""
    async with copies.of(DESCRIPTION) as url:
        yield url


@pytest_asyncio.fixture
async def store(database_url: str) -> AsyncIterator[Store[Event]]:
    """Le journal d'une base neuve."""
    database = Database(database_url)
    yield Store(database, Codec[Event](Event), Vault(database, CLES))
    await database.close()


async def _projeter(store: Store[Event]) -> None:
    for projection in DESCRIPTION.own:
        projecteur = Projector(store.database, projection, DESCRIPTION.feed(store))
        while await projecteur.step():
            pass


@pytest.fixture
def projeter() -> Remplir:
    """Met les tables de lecture à jour."""
    return _projeter


async def _remplir(store: Store[Event], *commandes: lieu.ReferencerLieu) -> None:
    faits = [(lieu.LIEU(c.lieu_id).name, 0, lieu.decide(c, lieu.initial)) for c in commandes]
    await store.append_bulk(faits, Context("essai", "essai"))
    await _projeter(store)


@pytest.fixture
def remplir() -> Remplir:
    """Écrit ces lieux dans le journal et dans les tables de lecture."""
    return _remplir


@pytest.fixture
def client_a(store: Store[Event], database_url: str) -> Callable[[dt.datetime], httpx2.AsyncClient]:
    """Un client de l'API à cet instant, sans connexion d'une personne."""
    settings = Settings(
        database_url=database_url,
        nats_url="nats://127.0.0.1:4222",
        issuer="http://identity.test",
        jwks_url="http://127.0.0.1:9/jwks.json",
        coffre_cles=CLES,
    )

    def ouvrir(maintenant: dt.datetime) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=application(settings, store, clock=Clock(lambda: maintenant)))
        return httpx2.AsyncClient(transport=transport, base_url="http://essai")

    return ouvrir


@pytest_asyncio.fixture
async def client(
    client_a: Callable[[dt.datetime], httpx2.AsyncClient],
) -> AsyncIterator[httpx2.AsyncClient]:
    """Le même, aujourd'hui."""
    async with client_a(MAINTENANT) as client:
        yield client
