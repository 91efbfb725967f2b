"""Which account an address or an identity leads to: the claims of the journal, and where they lead on."""

from typing import Any
from uuid import UUID

from events.store.store import Claim, Context, Store, Written
from events.stream import StreamId

from identity.domain import compte
from identity.domain.compte import COMPTE
from identity.domain.vocabulaire import CompteId

_STEPS = 5
"""Accounts brought together one after the other: more is a mistake, not a person."""


async def titulaire(store: Store[Any], claim: Claim) -> CompteId | None:
    """The account that this claim leads to: its holder, or the one that its holder forwards to."""
    stream = await store.holder(claim)
    if stream is None:
        return None
    return await au_bout(store, CompteId(UUID(COMPTE.named(stream).key)))


async def retirer(
    store: Store[Any], mien: StreamId[Any, Any, Any], command: compte.Command, claim: Claim, context: Context
) -> Written:
    """Take away from an account what it has under this claim, which an account brought to it may hold: there
    first, so that a second try finds it still here. Whose it is must have been checked."""
    await retirer_d_ailleurs(store, mien, command, claim, context)
    return await store.execute(mien, command, context, releases=[claim])


async def retirer_d_ailleurs(
    store: Store[Any], mien: StreamId[Any, Any, Any], command: compte.Command, claim: Claim, context: Context
) -> None:
    """The first half of `retirer`: from the account brought to this one, if it holds the claim."""
    holder = await store.holder(claim)
    if holder not in (None, mien.name):
        await store.execute(COMPTE.named(holder), command, context, releases=[claim])


async def au_bout(store: Store[Any], compte_id: CompteId) -> CompteId:
    """This account, or the one that it forwards to."""
    for _ in range(_STEPS):
        state, _version = await store.state(COMPTE(compte_id))
        if not isinstance(state, compte.Renvoye):
            break
        compte_id = state.vers
    return compte_id


async def comptes_de(store: Store[Any], compte_id: CompteId) -> list[CompteId]:
    """This account, then those that were brought to it, and to them. Rare, so the journal itself is read."""
    siens = [compte_id]
    for sien in siens:
        for amene in await store.streams_with(COMPTE, compte.CompteRenvoye, vers=sien):
            state, _version = await store.state(amene)
            if (
                isinstance(state, compte.Renvoye)
                and state.vers == sien
                and state.avant.compte_id not in siens
            ):
                siens.append(state.avant.compte_id)
    return siens
