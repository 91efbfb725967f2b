"""Erasing an account here: its key, the team names under it, its mandates, memberships and invitations."""

import datetime as dt
from typing import Any
from uuid import UUID

from events.store.store import Claim, Context, Store

from equipes.domain import appartenance, invitation
from equipes.domain.appartenance import APPARTENANCE, MembreRejoint
from equipes.domain.equipe import EQUIPE
from equipes.domain.equipe_faits import EquipeCreee, EquipeReclamee, MandatOuvert, SuccesseurDesigne
from equipes.domain.invitation import INVITATION, InvitationEnvoyee
from equipes.domain.passation import EffacerCoordinateur, QuitterMandat
from equipes.domain.vocabulaire import CompteId, EquipeId, cle_invitation

KIND = "compte"
_LIENS = (EquipeCreee, MandatOuvert, SuccesseurDesigne, EquipeReclamee)
"""What makes a person the coordinateur of a team, or may."""


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
    # Erasures are rare, so the journal is read rather than tables, which may be late. Before the key goes:
    # a team that passes to somebody takes its name along.
    await detacher(store, compte_id, EffacerCoordinateur, context, maintenant)
    if store.vault is not None:
        await store.vault.destroy(kind, person, reason)
    for envoi in await store.streams_with(INVITATION, InvitationEnvoyee, compte_id=person):
        etat, _ = await store.state(envoi)
        if not isinstance(etat, invitation.Absente):
            une_seule = Claim("invitation", cle_invitation(etat.envoyee.equipe_id, compte_id))
            effacer_invite = invitation.EffacerInvite(maintenant)
            await store.execute(envoi, effacer_invite, context, releases=[une_seule])
    for membre in await store.streams_with(APPARTENANCE, MembreRejoint, compte_id=person):
        await store.execute(membre, appartenance.EffacerMembre(maintenant), context)


async def detacher(
    store: Store[Any],
    compte_id: CompteId,
    fin: type[QuitterMandat | EffacerCoordinateur],
    context: Context,
    maintenant: dt.datetime,
) -> None:
    """End whatever ties this account to teams as their coordinateur, present or to come. Safe to repeat."""
    for lien in _LIENS:
        for flux in await store.streams_with(EQUIPE, lien, compte_id=compte_id):
            command = fin(EquipeId(UUID(flux.key)), compte_id, maintenant)
            await store.execute(flux, command, context)
