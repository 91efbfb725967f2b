"""Erasing here: the free texts of one activité, or what this service could seal under an account."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from contracts.identity import PersonneEffaceeV1
from events.store.appender import Erasure
from events.store.store import Context, Store
from events.types import Recorded

from activites.domain import activite
from activites.domain.activite import ACTIVITE
from activites.domain.vocabulaire import ActiviteId

CONTRACTS = (PersonneEffaceeV1,)
"""What the reaction `effacements` listens to, from identity."""


async def effacer(store: Store[Any], kind: str, person: UUID, reason: str, context: Context) -> None:
    """Erase the free texts of an activité, or an account from this service. Safe to repeat.

    kind : "activite" (person is then its identifier) or "compte".
    reason : a word for the record of keys, without personal data.
    Raises ValueError (another kind), ActiviteInconnue.
    """
    if kind == "activite":
        await store.execute(
            ACTIVITE(person),
            activite.EffacerTextes(activite_id=ActiviteId(person), maintenant=dt.datetime.now(dt.UTC)),
            context,
            erasures=[Erasure(kind, person, reason)],
        )
    elif kind != "compte":
        raise ValueError(f"activites n'efface que des activités et des comptes, pas « {kind} »")
    # An account has no text here and its emplois go by their own contract; nor has a deleted activité a fact.
    if store.vault is not None:
        await store.vault.destroy(kind, person, reason)


def effacements(store: Store[Any]) -> Callable[[Recorded[Any]], Awaitable[None]]:
    """Handler of the reaction `effacements` to identity's contract."""

    async def handle(recorded: Recorded[Any]) -> None:
        contract = recorded.event
        if isinstance(contract, PersonneEffaceeV1):
            context = Context("activites", f"reaction-{recorded.id}", causation=recorded.id)
            await effacer(store, "compte", contract.compte_id, "identity.PersonneEffacee", context)

    return handle
