"""Erases for good, whatever happens to the servers meanwhile, as an operator does (`coop effacer`)."""

import datetime as dt
from functools import partial
from uuid import UUID

from cartographie.erasure import KIND as LIEU
from cartographie.erasure import effacer as effacer_un_lieu
from events.store.store import Context
from identity.erasure import KIND as COMPTE
from identity.erasure import effacer as effacer_un_compte

from chaos.history import Erased, Told
from chaos.journals import Journals, insist

_REASON = "chaos"


class Eraser:
    """What it has erased is told once it is done."""

    def __init__(self, journals: Journals, told: Told) -> None:
        self._journals = journals
        self._told = told

    async def account(self, compte_id: UUID, mark: str) -> None:
        """In identity, whose fact it is; the others hear it on the bus."""
        store, now = self._journals["identity"], dt.datetime.now(dt.UTC)
        await insist(partial(effacer_un_compte, store, COMPTE, compte_id, _REASON, _context(compte_id), now))
        self._told.erased.append(Erased("identity", COMPTE, compte_id, mark))

    async def place(self, lieu_id: UUID, mark: str) -> None:
        """The contacts of a lieu, which cartographie alone holds."""
        store, now = self._journals["cartographie"], dt.datetime.now(dt.UTC)
        await insist(partial(effacer_un_lieu, store, LIEU, lieu_id, _REASON, _context(lieu_id), now))
        self._told.erased.append(Erased("cartographie", LIEU, lieu_id, mark))


def _context(person: UUID) -> Context:
    return Context("chaos", f"chaos-{person}")
