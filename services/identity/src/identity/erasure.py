"""Erasing an account: the fact and its keys at once, then what follows from it, as often as needed."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.store.appender import Erasure
from events.store.store import (
    Claim,
    Conflict,
    Context,
    Store,
    execute,
)
from events.types import Recorded

from identity.domain import compte, emploi, session
from identity.domain.vocabulaire import CompteId, MotifRevocation
from identity.projections.tables import claims, sessions

KIND = "compte"
RELEASED = ("identite", "courriel")
"""What a later sign-in may claim for a new account. The identifier of a role never serves again: it would
give the erased person's activities to somebody else."""

_ATTEMPTS = 8
# Erasures are rare, so the journal is read rather than a table, which may be late.
_EMPLOIS = sa.text(
    "select stream from events"
    " where type = 'EmploiDeclare' and data->>'compte_id' = :compte_id order by stream"
)


async def effacer(store: Store[Any], kind: str, person: UUID, reason: str, context: Context) -> None:
    """Erase an account: keys, claims, emplois, sessions; the read models and the other services follow.

    kind : "compte".   reason : a word for the record of keys, without personal data. Safe to repeat: after a
    restore, call it for each line of the ledger.
    Raises ValueError (another kind), CompteInconnu, Conflict.
    """
    if kind != KIND:
        raise ValueError(f"identity n'efface que des comptes, pas « {kind} »")
    maintenant = dt.datetime.now(dt.UTC)
    for _ in range(_ATTEMPTS):
        history = await store.load(f"compte-{person}")
        version = history[-1].version if history else 0
        # Read from the table: the hashes can no longer be made once the keys are gone.
        releases = await _claims(store, person)
        try:
            outcome = await execute(
                store,
                compte,
                f"compte-{person}",
                compte.EffacerCompte(maintenant),
                context,
                expected=version,
                releases=releases,
                erasures=[Erasure(kind, person, reason)],
            )
            break
        except Conflict:
            # The person was signing in: what they claimed since must be released too.
            continue
    else:
        raise Conflict
    if not outcome.changed and store.vault is not None:
        await store.vault.destroy(kind, person, reason)
    await suites(store, CompteId(person), context, maintenant)


def effacements(store: Store[Any]) -> Callable[[Recorded[Any]], Awaitable[None]]:
    """Handler of the reaction `effacements`: finishes what an erasure cut short had begun."""

    async def handle(recorded: Recorded[Any]) -> None:
        event = recorded.event
        if isinstance(event, compte.CompteEfface):
            context = Context("identity", f"reaction-{recorded.id}", causation=recorded.id)
            await suites(store, event.compte_id, context, event.efface_le)

    return handle


async def suites(store: Store[Any], compte_id: CompteId, context: Context, maintenant: dt.datetime) -> None:
    """Erase the emplois, close the sessions and forget them. Safe to repeat."""
    async with store.database.engine.connect() as connection:
        emplois = list((await connection.execute(_EMPLOIS, {"compte_id": str(compte_id)})).scalars())
        ouvertes = sa.select(sessions.c.session_id).where(sessions.c.compte_id == compte_id)
        ids = list((await connection.execute(ouvertes)).scalars())
    for stream in emplois:
        await execute(store, emploi, stream, emploi.EffacerEmploi(maintenant), context)
    revocation = session.RevoquerSession(compte_id, MotifRevocation.EFFACEMENT, maintenant)
    for session_id in ids:
        await execute(store, session, f"session-{session_id}", revocation, context)
    async with store.database.engine.begin() as connection:
        await connection.execute(sa.delete(sessions).where(sessions.c.session_id.in_(ids)))


async def _claims(store: Store[Any], person: UUID) -> list[Claim]:
    async with store.database.engine.connect() as connection:
        rows = await connection.execute(
            sa.select(claims.c.kind, claims.c.key).where(
                claims.c.stream == f"compte-{person}", claims.c.kind.in_(RELEASED)
            )
        )
        return [Claim(row.kind, row.key) for row in rows]
