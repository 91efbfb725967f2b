"""Erasing here: the free texts of one activité, or of all those of an account."""

import datetime as dt
from typing import Any
from uuid import UUID

from events.store.appender import Erasure
from events.store.store import Context, Store

from activites import casiers
from activites.domain import activite
from activites.domain.activite import ACTIVITE
from activites.domain.faits import ActiviteEnregistree
from activites.domain.vocabulaire import ActiviteId
from activites.imports.v1 import archive


async def effacer(
    store: Store[Any], kind: str, person: UUID, reason: str, context: Context, maintenant: dt.datetime
) -> None:
    """Erase the free texts of an activité, or those of all the activités of an account. Safe to repeat.

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
        await archive.oublier(store.database, person)
    elif kind != "compte":
        raise ValueError(f"activites n'efface que des activités et des comptes, pas « {kind} »")
    else:
        # What this person wrote may name somebody: it goes with them. What was done still counts.
        for flux in await store.streams_with(ACTIVITE, ActiviteEnregistree, compte_id=person):
            activite_id = UUID(flux.name.removeprefix("activite-"))
            await effacer(store, "activite", activite_id, reason, context, maintenant)
    # Its emplois go by their own contract.
    if store.vault is not None:
        await store.vault.destroy(kind, person, reason)
    if kind == "compte":
        # Once the key is gone: what would be kept meanwhile could not be sealed.
        await casiers.vider(store.database, person)
