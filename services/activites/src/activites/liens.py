"""Links to one's own figures, given to whom has no account: a plain table, beside the journal.

The link is a secret: only its digest is kept, so that a copy of the base opens nothing. Revoked, out of date,
of a person erased or whose account is closed, or never given: all the same from outside.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.postgres.database import Database
from process.clock import Clock
from referentiels.territoires import PARIS
from sqlalchemy.dialects import postgresql

from activites.domain.refus import LienInconnu, LienPlusValable, TropDeLiensPartages
from activites.projections import emplois
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import Rows, liens_de_chiffres

MAXIMUM = 50
"""That one account may have valid at a time."""
DUREE_MAX = dt.timedelta(days=366)
GARDE = dt.timedelta(days=30)
"""How long a link that opens nothing any more is kept."""
_PURGES = 1_000

_t = liens_de_chiffres
_VALABLE = _t.c.revoque_le.is_(None)


@dataclass(frozen=True, slots=True)
class Lien:
    """What a link shows, and of whom. question : as it was asked."""

    id: UUID
    compte_id: UUID
    mediateur_id: UUID | None
    coordinateur_id: UUID | None
    question: dict[str, Any]
    jusqu_au: dt.date


def empreinte(jeton: str) -> bytes:
    """What is kept of a token, which is random and long: nothing to slow down."""
    return sha256(jeton.encode()).digest()


async def donner(
    database: Database, lien: Lien, jeton: str, maintenant: dt.datetime, aujourd_hui: dt.date
) -> None:
    """Keep a link. The same id again: its token takes the place of the first, which nobody may have read.
    Raises TropDeLiensPartages, LienInconnu for an id that is not this account's, or is revoked."""
    async with database.engine.begin() as connection:
        # One at a time for one account, so that two at once do not go over.
        await connection.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(str(lien.compte_id), 18)))
        )
        combien = await connection.scalar(
            sa.select(sa.func.count()).where(
                _t.c.compte_id == lien.compte_id,
                _t.c.id != lien.id,
                _VALABLE,
                _t.c.jusqu_au >= aujourd_hui,
            )
        )
        if (combien or 0) >= MAXIMUM:
            raise TropDeLiensPartages
        neuf = {"empreinte": empreinte(jeton), "question": lien.question, "jusqu_au": lien.jusqu_au}
        ecrit = postgresql.insert(_t).values(
            id=lien.id,
            compte_id=lien.compte_id,
            mediateur_id=lien.mediateur_id,
            coordinateur_id=lien.coordinateur_id,
            cree_le=maintenant,
            **neuf,
        )
        le_sien = sa.and_(_t.c.compte_id == lien.compte_id, _VALABLE)
        pris = ecrit.on_conflict_do_update(index_elements=[_t.c.id], set_=neuf, where=le_sien)
        if await connection.scalar(pris.returning(_t.c.id)) is None:
            raise LienInconnu


def donnes_par(compte_id: UUID, aujourd_hui: dt.date) -> Rows:
    """Those that a person gave, and still open something: id, question, cree_le, jusqu_au."""
    return sa.select(_t.c.id, _t.c.question, _t.c.cree_le, _t.c.jusqu_au).where(
        _t.c.compte_id == comptes_rapproches.siens("compte", compte_id),
        _VALABLE,
        _t.c.jusqu_au >= aujourd_hui,
    )


def sien(lien_id: UUID, compte_id: UUID) -> sa.Select[bool]:
    """Whether this person gave this link, revoked since or not."""
    leur = sa.select(_t.c.id).where(
        _t.c.id == lien_id, _t.c.compte_id == comptes_rapproches.siens("compte", compte_id)
    )
    return sa.select(leur.exists())


async def revoquer(database: Database, lien_id: UUID, maintenant: dt.datetime) -> None:
    """The link opens nothing any more; again, nothing changes."""
    ecrit = sa.update(_t).where(_t.c.id == lien_id)
    async with database.engine.begin() as connection:
        await connection.execute(ecrit.values(revoque_le=sa.func.coalesce(_t.c.revoque_le, maintenant)))


async def revoquer_ceux_de(database: Database, comptes: Sequence[UUID], maintenant: dt.datetime) -> None:
    """The same for all that these accounts gave."""
    ecrit = sa.update(_t).where(_t.c.compte_id.in_(comptes), _VALABLE).values(revoque_le=maintenant)
    async with database.engine.begin() as connection:
        await connection.execute(ecrit)


async def ouvrir(database: Database, jeton: str, clock: Clock) -> tuple[Lien, dt.date]:
    """What a token shows, and the civil day of who gave it. Raises LienPlusValable."""
    c = _t.c
    fuseau = emplois.fuseau_de_la_personne(c.compte_id).scalar_subquery()
    choix = sa.select(
        c.id, c.compte_id, c.mediateur_id, c.coordinateur_id, c.question, c.jusqu_au, fuseau
    ).where(c.empreinte == empreinte(jeton), _VALABLE)
    async with database.engine.connect() as connection:
        row = (await connection.execute(choix)).one_or_none()
    if row is None:
        raise LienPlusValable
    *dit, ou = row
    lien, aujourd_hui = Lien(*dit), clock.today(ou or PARIS)
    if lien.jusqu_au < aujourd_hui:
        raise LienPlusValable
    return lien, aujourd_hui


async def oublier(database: Database, compte_id: UUID) -> None:
    """All of an account's, with what they asked."""
    async with database.engine.begin() as connection:
        await connection.execute(sa.delete(_t).where(_t.c.compte_id == compte_id))


async def purger(database: Database, maintenant: dt.datetime) -> int:
    """Forget those revoked or out of date for 30 days, in short transactions. Returns how many."""
    avant = maintenant - GARDE
    vieux = sa.select(_t.c.id).where(sa.or_(_t.c.revoque_le < avant, _t.c.jusqu_au < avant.date()))
    efface, total = sa.delete(_t).where(_t.c.id.in_(vieux.limit(_PURGES))), 0
    while True:
        async with database.engine.begin() as connection:
            partis = (await connection.execute(efface)).rowcount
        if not partis:
            return total
        total += partis
