"""Les jetons dont un compte ne se sert plus, révoqués chez RDV Service Public (RFC 7009) : tout de suite, ou
plus tard.

Unlinking, or linking again, waits for nobody: in the same transaction the tokens, still sealed, go from the
link to here. Their key destroyed, they serve nobody any more, and there is nothing left to revoke. Those that
the account is linked with are never revoked: a server may give the same ones twice.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from events.jobs import Tally
from events.postgres.database import Database
from events.store.store import Store
from events.types import ERASED
from sqlalchemy.ext.asyncio import AsyncConnection

from activites.projections.tables import rdv_comptes, rdv_revocations
from activites.rdv.service import Muet, ServiceRdv

log = structlog.get_logger()

GARDE = dt.timedelta(days=7)
"""How long one is tried: an access token has ended long before, and what renews it was spent or never is."""
PATIENCE = dt.timedelta(minutes=10)
"""After an attempt, how long before the next one."""
_A_LA_FOIS = 10


async def ceder(connection: AsyncConnection, compte_id: UUID, le: dt.datetime) -> None:
    """Keep the tokens of this account's link, which its transaction takes away, until they are revoked."""
    c = rdv_comptes.c
    siens = sa.select(c.compte_id, c.jetons, sa.literal(le, sa.DateTime(timezone=True)))
    # Being renewed, they are those that it gives.
    siens = siens.where(c.compte_id == compte_id, ~c.rompu).with_for_update()
    await connection.execute(
        sa.insert(rdv_revocations).from_select(["compte_id", "jetons", "cedee_le"], siens)
    )


async def rendre(connection: AsyncConnection, compte_id: UUID, jetons: str, le: dt.datetime) -> None:
    """Keep these tokens, sealed, until they are revoked: they were given for a link that was not made."""
    valeurs = {"compte_id": compte_id, "jetons": jetons, "cedee_le": le}
    await connection.execute(sa.insert(rdv_revocations).values(**valeurs))


async def oublier(database: Database, compte_id: UUID) -> None:
    """The account is erased, and its key: nobody reads these tokens any more."""
    async with database.engine.begin() as connection:
        siennes = sa.delete(rdv_revocations).where(rdv_revocations.c.compte_id == compte_id)
        await connection.execute(siennes)


async def oublier_tout(database: Database) -> int:
    """Nobody is there to revoke them. Gives how many there were."""
    async with database.engine.begin() as connection:
        return (await connection.execute(sa.delete(rdv_revocations))).rowcount


class Revocations:
    """Those that wait."""

    def __init__(self, store: Store[Any], service: ServiceRdv) -> None:
        self._store = store
        self._service = service

    async def reprendre(self, maintenant: dt.datetime, de: UUID | None = None) -> Tally:
        """Revoke a few of them, those never tried first. Never raises for the other side's sake.

        de : those of this account only.
        """
        faites, manquees = 0, 0
        for row in await self._prendre(maintenant, de):
            try:
                await self._revoquer(row)
            except Muet as echec:
                log.info("rdv_token_not_revoked", reason=str(echec))
                if row.cedee_le >= maintenant - GARDE:
                    manquees += 1
                    continue
                log.warning("rdv_token_given_up", reason=str(echec))
            await self._finir(row)
            faites += 1
        return Tally(faites, manquees)

    async def _prendre(self, maintenant: dt.datetime, de: UUID | None) -> list[Any]:
        """One process at a time asks for each, and holds no connection while it does."""
        c = rdv_revocations.c
        libres = (
            sa.select(c.numero)
            .where(c.tente_le.is_(None) | (c.tente_le < maintenant - PATIENCE))
            .where(sa.true() if de is None else c.compte_id == de)
            .order_by(c.tente_le.nulls_first(), c.numero)
            .limit(_A_LA_FOIS)
            .with_for_update(skip_locked=True)
        )
        prise = sa.update(rdv_revocations).where(c.numero.in_(libres)).values(tente_le=maintenant)
        async with self._store.database.engine.begin() as connection:
            rows = (await connection.execute(prise.returning(*c))).all()
        return sorted(rows, key=lambda row: row.numero)

    async def _revoquer(self, row: Any) -> None:
        jetons = await self._ouvrir(row)
        if ERASED in jetons.values():
            return
        async with self._store.database.engine.connect() as connection:
            choix = sa.select(rdv_comptes).where(rdv_comptes.c.compte_id == row.compte_id)
            lie = (await connection.execute(choix)).one_or_none()
        # A server that gives again the tokens it gave would cut the link that was just made.
        if lie is None or set(jetons.values()).isdisjoint((await self._ouvrir(lie)).values()):
            await self._service.revoquer(jetons["acces"], jetons["renouvellement"])

    async def _ouvrir(self, row: Any) -> Mapping[str, str]:
        """row : of a link, or of one that waits."""
        assert self._store.vault is not None
        await self._store.vault.load_keys([row.jetons], cached=True)
        return self._store.vault.open(row.compte_id, rdv_comptes.name, row.jetons)

    async def _finir(self, row: Any) -> None:
        async with self._store.database.engine.begin() as connection:
            ici = sa.delete(rdv_revocations).where(rdv_revocations.c.numero == row.numero)
            await connection.execute(ici)
