"""Erasing here: the contacts and texts of one lieu."""

import datetime as dt
from typing import Any
from uuid import UUID

from events.store.appender import Erasure
from events.store.store import Context, Store

from cartographie.domain import lieu
from cartographie.domain.lieu import LIEU
from cartographie.domain.vocabulaire import LieuId

KIND = "lieu"


async def effacer(
    store: Store[Any], kind: str, person: UUID, reason: str, context: Context, maintenant: dt.datetime
) -> None:
    """Erase the contacts and texts of a lieu; its file stays published without them. Safe to repeat.

    kind : "lieu", person is its identifier.   reason : a word for the record of keys, without personal data.
    Raises ValueError (another kind), LieuInconnu.
    """
    if kind != KIND:
        raise ValueError(f"cartographie n'efface que les contacts des lieux, pas « {kind} »")
    lieu_id = LieuId(person)
    await store.execute(
        LIEU(lieu_id),
        lieu.EffacerContacts(lieu_id, maintenant),
        context,
        erasures=[Erasure(kind, person, reason)],
    )
    if store.vault is not None:
        await store.vault.destroy(kind, person, reason)
