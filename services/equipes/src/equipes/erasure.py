"""Erasing an account here: its key, the team names under it, its mandates, memberships and invitations."""

import datetime as dt
from typing import Any
from uuid import UUID

from events.store.store import Claim, Context, Store

from equipes.domain import appartenance, equipe, invitation
from equipes.domain.appartenance import APPARTENANCE, MembreRejoint
from equipes.domain.equipe import EQUIPE, EquipeCreee
from equipes.domain.invitation import INVITATION, InvitationEnvoyee
from equipes.domain.vocabulaire import CompteId, EquipeId, cle_invitation

KIND = "compte"


async def effacer(
    store: Store[Any], kind: str, person: UUID, reason: str, context: Context, maintenant: dt.datetime
) -> None:
    """Erase an account from this service. Facts only where there is something to erase. Safe to repeat.

    kind : "compte".   reason : a word for the record of keys, without personal data.
    Raises ValueError for another kind.
    """
    if kind != KIND:
        raise ValueError(f"equipes n'efface que des comptes, pas « {kind} »")
    compte_id = CompteId(person)
    if store.vault is not None:
        await store.vault.destroy(kind, person, reason)
    # Erasures are rare, so the journal is read rather than tables, which may be late.
    for equipe_ in await store.streams_with(EQUIPE, EquipeCreee, compte_id=person):
        effacer_coordinateur = equipe.EffacerCoordinateur(EquipeId(UUID(equipe_.key)), compte_id, maintenant)
        await store.execute(equipe_, effacer_coordinateur, context)
    for envoi in await store.streams_with(INVITATION, InvitationEnvoyee, compte_id=person):
        etat, _ = await store.state(envoi)
        if not isinstance(etat, invitation.Absente):
            une_seule = Claim("invitation", cle_invitation(etat.envoyee.equipe_id, compte_id))
            effacer_invite = invitation.EffacerInvite(maintenant)
            await store.execute(envoi, effacer_invite, context, releases=[une_seule])
    for membre in await store.streams_with(APPARTENANCE, MembreRejoint, compte_id=person):
        await store.execute(membre, appartenance.EffacerMembre(maintenant), context)
