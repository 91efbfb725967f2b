"""Accounts of one person, in every service that keeps what each of them did.

Why: docs/adr/0030-comptes-rapproches.md. Facts stay under the identifiers that recorded them. A read or a
right asks here which ones are the same person's now: undoing takes a row away, and everything is where it
was.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from web.auth import Caller, Connecte
from web.wiring import DatabaseDep

type Sorte = Literal["compte", "mediateur", "coordinateur"]
"""Which of a person's identifiers."""
type _Pas = tuple[sa.Column[Any], sa.Column[Any]]
"""From which identifier to which: the columns of a row."""


@dataclass(frozen=True, slots=True)
class Personne:
    """sert : the identifier of today.   tous : the same one, then those of the accounts brought to it."""

    sert: UUID
    tous: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Siens:
    """Under which identifiers a caller does and did things: today's first; none of a role not held."""

    comptes: tuple[UUID, ...]
    mediateurs: tuple[UUID, ...]
    coordinateurs: tuple[UUID, ...]


class Rapproches:
    """Read model: one row per pair of accounts brought together. A service has one, of its metadata."""

    def __init__(self, metadata: sa.MetaData, fait: type[Any], defait: type[Any]) -> None:
        """fait, defait : ComptesRapproches and RapprochementAnnule, the facts or their contracts."""
        self.table = sa.Table(
            "comptes_rapproches",
            metadata,
            sa.Column("rapprochement_id", sa.Uuid, primary_key=True),
            sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
            sa.Column("renvoye", sa.Uuid, nullable=False),
            sa.Column("mediateur_id", sa.Uuid, index=True),
            sa.Column("mediateur_renvoye", sa.Uuid),
            sa.Column("coordinateur_id", sa.Uuid, index=True),
            sa.Column("coordinateur_renvoye", sa.Uuid),
        )
        self.reads = fait | defait
        self._fait = fait
        c = self.table.c
        self._pas: dict[Sorte, _Pas] = {
            "compte": (c.renvoye, c.compte_id),
            "mediateur": (c.mediateur_renvoye, c.mediateur_id),
            "coordinateur": (c.coordinateur_renvoye, c.coordinateur_id),
        }
        self._servis = {sorte: _servis(sorte, *pas) for sorte, pas in self._pas.items()}
        # Written once: nearly every request asks these, and writing them costs more than their answers.
        self._personnes = {sorte: _personnes(servis) for sorte, servis in self._servis.items()}
        self._de = sa.select(
            *(_menant_a(pas, sa.bindparam(sorte, type_=sa.Uuid)) for sorte, pas in self._pas.items())
        )

    def key(self, event: Any) -> UUID:
        return event.rapprochement_id

    def project(self, row: Row | None, event: Any) -> Row | None:
        """The row as long as the two are one."""
        return row_of(self.table, event) if isinstance(event, self._fait) else None

    def sert(self, sorte: Sorte, identifiant: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The identifier under which the person of this one serves."""
        servis = self._servis[sorte]
        vers = sa.select(servis.c.sert).where(servis.c.ancien == identifiant).correlate_except(servis)
        return sa.func.coalesce(vers.scalar_subquery(), identifiant)

    def siens(self, sorte: Sorte, sert: UUID | sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """For `colonne == siens(…)`: this identifier, and those that lead to it. An index still serves."""
        if isinstance(sert, UUID):
            sert = sa.literal(sert, sa.Uuid)
        if isinstance(sert, sa.BindParameter):
            return sa.func.any(sa.func.array_append(_menant_a(self._pas[sorte], sert), sert))
        return sa.func.any(sa.func.array_append(_anciens(self._servis[sorte], sert), sert))

    def autres(self, sorte: Sorte, sert: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The same, without this identifier itself."""
        return sa.func.any(_anciens(self._servis[sorte], sert))

    def de_leurs(self, table: sa.FromClause, condition: sa.ColumnElement[bool]) -> sa.Select[UUID]:
        """Accounts to which was brought one that has such a row. table : by `compte_id`."""
        servis = self._servis["compte"]
        return sa.select(servis.c.sert).join(table, table.c.compte_id == servis.c.ancien).where(condition)

    async def de(self, connection: AsyncConnection, caller: Caller) -> Siens:
        """Those of who calls."""
        ids = (caller.compte_id, caller.mediateur_id, caller.coordinateur_id)
        lus = await connection.execute(self._de, dict(zip(self._pas, ids, strict=True)))
        return Siens(*((un, *autres) if un else () for un, autres in zip(ids, lus.one(), strict=True)))

    def tous(self, sorte: Sorte) -> sa.Select[Any, Any]:
        """Every identifier that leads to another now, and that one: ancien, sert."""
        servis = self._servis[sorte]
        return sa.select(servis.c.ancien, servis.c.sert)

    async def personnes(
        self, connection: AsyncConnection, sorte: Sorte, identifiants: Collection[UUID]
    ) -> dict[UUID, Personne]:
        """Whose each of these identifiers is now."""
        if not identifiants:
            return {}
        lus = await connection.execute(self._personnes[sorte], {"ids": list(identifiants)})
        trouvees: dict[UUID, Personne] = {}
        for un, sert_, ancien in lus:
            avant = trouvees.get(un, Personne(sert_, (sert_,)))
            trouvees[un] = Personne(sert_, (*avant.tous, *([ancien] if ancien else [])))
        return trouvees


def _servis(sorte: Sorte, ancien: sa.ColumnElement[Any], vers: sa.ColumnElement[Any]) -> sa.CTE:
    """Rows (ancien, sert) : each identifier that forwards, and the last one that it leads to."""
    # A role that the other account did not have came with its identifier, and forwards nowhere.
    pas = sa.select(ancien.label("ancien"), vers.label("sert")).where(ancien != vers).cte(f"pas_{sorte}")
    chemins = sa.select(pas.c.ancien, pas.c.sert).cte(f"chemins_{sorte}", recursive=True)
    chemins = chemins.union(
        sa.select(chemins.c.ancien, pas.c.sert).join_from(chemins, pas, pas.c.ancien == chemins.c.sert)
    )
    plus_loin = sa.exists().where(pas.c.ancien == chemins.c.sert)
    return sa.select(chemins.c.ancien, chemins.c.sert).where(~plus_loin).cte(f"servis_{sorte}")


def _personnes(servis: sa.CTE) -> sa.Select[Any, Any, Any]:
    """Rows (id, sert, ancien) : of each of `ids`, the one of today, and each of those that lead to it."""
    autres = servis.alias("autres")
    ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid))
    donnes = sa.select(sa.func.unnest(ids, type_=sa.Uuid).label("id")).subquery("donnes")
    sert = sa.func.coalesce(servis.c.sert, donnes.c.id)
    return (
        sa.select(donnes.c.id, sert.label("sert"), autres.c.ancien)
        .select_from(
            donnes.outerjoin(servis, servis.c.ancien == donnes.c.id).outerjoin(autres, autres.c.sert == sert)
        )
        .order_by(donnes.c.id, autres.c.ancien)
    )


def _menant_a(pas: _Pas, sert: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The same array for one identifier: from it backwards, whatever other accounts there are."""
    ancien, vers = pas
    siens = sa.select(ancien.label("ancien")).where(vers == sert, ancien != vers).cte(recursive=True)
    siens = siens.union(
        sa.select(ancien).join_from(siens, ancien.table, vers == siens.c.ancien).where(ancien != vers)
    )
    return sa.func.array(sa.select(siens.c.ancien).scalar_subquery(), type_=ARRAY(sa.Uuid))


def _anciens(servis: sa.CTE, sert: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Array of those that lead to this one."""
    lus = sa.select(servis.c.ancien).where(servis.c.sert == sert).correlate_except(servis)
    return sa.func.array(lus.scalar_subquery(), type_=ARRAY(sa.Uuid))


def siens_de(rapproches: Rapproches) -> Callable[..., Awaitable[Siens]]:
    """Dependency: the identifiers of who calls."""

    async def siens(caller: Connecte, database: DatabaseDep) -> Siens:
        async with database.engine.connect() as connection:
            return await rapproches.de(connection, caller)

    return siens
