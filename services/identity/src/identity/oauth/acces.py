"""What the routes for machine clients work with, made once."""

from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa
from events.postgres.database import Database
from events.store.store import Store
from process.clock import Clock

from identity.connexion.chiffre import Empreintes
from identity.connexion.sessions.cles import SigningKeys
from identity.connexion.sessions.registre import PURGED, purge
from identity.oauth.cadence import Cadence
from identity.oauth.clients import Clients
from identity.oauth.jetons import JetonsMachine
from identity.oauth.serveur import Serveur
from identity.projections.tables import assertions_vues, cadences_clients, jetons_revoques


@dataclass(frozen=True, slots=True)
class AccesMachine:
    """The objects of machine clients."""

    database: Database
    clock: Clock
    clients: Clients
    jetons: JetonsMachine
    serveur: Serveur
    cadence: Cadence

    @classmethod
    def of(
        cls,
        database: Database,
        store: Store[Any],
        keys: SigningKeys,
        empreintes: Empreintes,
        issuer: str,
        clock: Clock,
    ) -> Self:
        """All of them."""
        clients = Clients(store, database, empreintes, clock)
        jetons = JetonsMachine(database, keys, clients, issuer, clock)
        serveur = Serveur(database, clients, jetons, keys, issuer, clock)
        return cls(database, clock, clients, jetons, serveur, Cadence(database, empreintes, clock))

    async def purge(self) -> int:
        """Forget the assertions, revoked tokens and counts that no longer matter. Returns how many."""
        count = 0
        for table in (assertions_vues, jetons_revoques, cadences_clients):
            [key] = table.primary_key
            over = sa.select(key).where(table.c.expire_le <= self.clock.now()).limit(PURGED)
            count += await purge(self.database, sa.delete(table).where(key.in_(over)))
        return count
