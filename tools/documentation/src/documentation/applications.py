"""The HTTP application of each service, made as in production but never started: no server is needed.

And the description of each."""

from functools import cache
from typing import Any

import httpx2
from activites import app as activites
from activites.settings import Settings as ActivitesSettings
from cartographie import app as cartographie
from cartographie.settings import Settings as CartographieSettings
from equipes import app as equipes
from equipes.settings import Settings as EquipesSettings
from events.postgres.database import Database
from events.service import Service
from fastapi import FastAPI
from identity import app as identity
from identity.settings import Settings as IdentitySettings
from process.clock import Clock
from process.edge import broker

DESCRIPTIONS: tuple[Service[Any], ...] = (
    identity.DESCRIPTION,
    activites.DESCRIPTION,
    equipes.DESCRIPTION,
    cartographie.DESCRIPTION,
)
_NOWHERE = "http://127.0.0.1:1"
_COMMON: dict[str, Any] = {
    "database_url": "postgresql://127.0.0.1:1/personne",
    "nats_url": "nats://127.0.0.1:1",
    "issuer": _NOWHERE,
    "jwks_url": f"{_NOWHERE}/jwks.json",
    "coffre_cles": {1: bytes(32)},
}


@cache
def applications() -> dict[str, FastAPI]:
    """By service; composed once, and so described once: that takes seconds."""
    return {
        "identity": _identity(),
        "activites": _activites(),
        "equipes": _equipes(),
        "cartographie": _cartographie(),
    }


def _identity() -> FastAPI:
    settings = IdentitySettings(
        **_COMMON,
        service="identity",
        port=0,
        proconnect_issuer=_NOWHERE,
        proconnect_client_id="personne",
        proconnect_client_secret="personne",  # noqa: S106 - nobody is ever asked
        hash_key=bytes(32),
    )
    database, clock = Database(settings.database_url), Clock()
    store = identity.make_store(database, settings)
    acces = identity.make_acces(settings, database, store, clock, httpx2.AsyncClient())
    return identity.application(settings, database, store, acces, clock)


def _activites() -> FastAPI:
    settings = ActivitesSettings(**_COMMON)
    store = activites.DESCRIPTION.store(Database(settings.database_url), settings.coffre_cles)
    return activites.application(settings, store, (*activites.SAISIES, *activites.CHIFFRES))


def _equipes() -> FastAPI:
    settings = EquipesSettings(**_COMMON)
    store = equipes.DESCRIPTION.store(Database(settings.database_url), settings.coffre_cles)
    return equipes.application(settings, store, broker(settings), Clock())


def _cartographie() -> FastAPI:
    settings = CartographieSettings(**_COMMON)
    return cartographie.application(settings, cartographie.journal(settings))
