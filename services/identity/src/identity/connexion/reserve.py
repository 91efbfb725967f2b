"""The accounts that no address ever opens: those of administrators and of the support."""

from typing import Any

from events.store.store import Store

from identity.domain.acces import ACCES
from identity.domain.vocabulaire import CompteId, Droit


async def est_reserve(store: Store[Any], compte_id: CompteId) -> bool:
    """Whether this account has a right of application, suspended or not."""
    access, _ = await store.state(ACCES(compte_id))
    return access.droit is not Droit.AUCUN
