"""The journals of the four services, opened beside their processes: on the server itself, so that what the
network does to the services is not done to who judges them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

from activites.app import DESCRIPTION as ACTIVITES
from cartographie.app import DESCRIPTION as CARTOGRAPHIE
from equipes.app import DESCRIPTION as EQUIPES
from events.postgres.database import Database, is_unavailable
from events.service import Service
from events.store.store import Conflict, Overloaded, Store
from identity.app import DESCRIPTION as IDENTITY

from chaos.servers import MASTER_KEY, database

SERVICES: dict[str, Service[Any]] = {s.name: s for s in (IDENTITY, CARTOGRAPHIE, EQUIPES, ACTIVITES)}
_AGAIN = 0.15
_CONNECTIONS = 4


class Journals:
    """`journals["identity"]` is the store of identity. `close` when done."""

    def __init__(self, url: str) -> None:
        """url : of any database of the server."""
        self._stores: dict[str, Store[Any]] = {
            name: service.store(Database(database(url, name), pool_size=_CONNECTIONS), {1: MASTER_KEY})
            for name, service in SERVICES.items()
        }

    def __getitem__(self, service: str) -> Store[Any]:
        return self._stores[service]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for store in self._stores.values():
            await store.database.close()


async def insist[T](work: Callable[[], Awaitable[T]]) -> T:
    """Again until it is done: for what may be done twice, while a server is away."""
    while True:
        try:
            return await work()
        except (Conflict, Overloaded):
            pass
        except Exception as error:
            if not is_unavailable(error):
                raise
        await asyncio.sleep(_AGAIN)
