"""Erasing here: the free texts of one activité, or what this service could seal under an account."""

import datetime as dt
from typing import Any
from uuid import UUID

from events.store.appender import Erasure
from events.store.store import Context, Store

from activites.domain import activite
from activites.domain.activite import ACTIVITE
from activites.domain.vocabulaire import ActiviteId


async def effacer(
    store: Store[Any], kind: str, person: UUID, reason: str, context: Context, maintenant: dt.datetime
) -> None:
    """Erase the free texts of an activité, or an account from this service. Safe to repeat.

    kind : "activite" (person is then its identifier) or "compte".
    reason : a word for the record of keys, without personal data.   maintenant : the Clock's.
    Raises ValueError (another kind), ActiviteInconnue.
    """
    if kind == "activite":
        await store.execute(
            ACTIVITE(person),
            activite.EffacerTextes(activite_id=ActiviteId(person), maintenant=maintenant),
            context,
            erasures=[Erasure(kind, person, reason)],
        )
    elif kind != "compte":
        raise ValueError(f"activites n'efface que des activités et des comptes, pas « {kind} »")
    # An account has no text here and its emplois go by their own contract; nor has a deleted activité a fact.
    if store.vault is not None:
        await store.vault.destroy(kind, person, reason)
