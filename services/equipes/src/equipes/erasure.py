"""Erasing an account here: its key, the team names under it, its mandates, memberships and invitations."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from contracts.identity import PersonneEffaceeV1
from events.store.store import Claim, Context, Store, execute
from events.types import Recorded

from equipes.domain import appartenance, equipe, invitation
from equipes.domain.vocabulaire import CompteId, EquipeId, cle_invitation, flux_equipe

KIND = "compte"
CONTRACTS = (PersonneEffaceeV1,)
"""What the reaction `effacements` listens to, from identity."""

# Erasures are rare, so the journal is read rather than tables, which may be late.
_FAITS = sa.text(
    """select stream, type, data->>'equipe_id' as equipe_id from events
       where type in ('EquipeCreee', 'InvitationEnvoyee', 'MembreRejoint')
         and data->>'compte_id' = :compte_id
       order by xid, position"""
)


async def effacer(store: Store[Any], kind: str, person: UUID, reason: str, context: Context) -> None:
    """Erase an account from this service. Facts only where there is something to erase. Safe to repeat.

    kind : "compte".   reason : a word for the record of keys, without personal data.
    Raises ValueError for another kind.
    """
    if kind != KIND:
        raise ValueError(f"equipes n'efface que des comptes, pas « {kind} »")
    compte_id, maintenant = CompteId(person), dt.datetime.now(dt.UTC)
    if store.vault is not None:
        await store.vault.destroy(kind, person, reason)
    async with store.database.engine.connect() as connection:
        faits = list(await connection.execute(_FAITS, {"compte_id": str(person)}))
    for fait in faits:
        equipe_id = EquipeId(UUID(fait.equipe_id))
        match fait.type:
            case "EquipeCreee":
                coordinateur = equipe.EffacerCoordinateur(equipe_id, compte_id, maintenant)
                await execute(store, equipe, flux_equipe(equipe_id), coordinateur, context)
            case "InvitationEnvoyee":
                await execute(
                    store,
                    invitation,
                    fait.stream,
                    invitation.EffacerInvite(maintenant),
                    context,
                    releases=[Claim("invitation", cle_invitation(equipe_id, compte_id))],
                )
            case _:
                membre = appartenance.EffacerMembre(maintenant)
                await execute(store, appartenance, fait.stream, membre, context)


def effacements(store: Store[Any]) -> Callable[[Recorded[Any]], Awaitable[None]]:
    """Handler of the reaction `effacements` to identity's contract."""

    async def handle(recorded: Recorded[Any]) -> None:
        contract = recorded.event
        if isinstance(contract, PersonneEffaceeV1):
            context = Context("equipes", f"reaction-{recorded.id}", causation=recorded.id)
            await effacer(store, KIND, contract.compte_id, "identity.PersonneEffacee", context)

    return handle
