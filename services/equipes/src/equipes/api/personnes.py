"""Display names, asked from identity over NATS (`identity.personnes`), kept 60 s, dropped when they change.

Names are no part of this service's facts: without identity the views still answer, with `nom` absent.
"""

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from contracts.identity import PersonneEffaceeV1, PersonneModifieeV1
from fastapi import Depends, Request
from process.names import ask_names
from pydantic import Json

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

CHANGEMENTS = "identity.PersonneModifiee.v1.>"
EFFACEMENTS = "identity.PersonneEffacee.v1.>"
KEEP_SECONDS = 60.0
_CACHE_SIZE = 20_000


class Personnes:
    """One per process."""

    def __init__(self, edge: "NatsBroker", *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._edge = edge
        self._monotonic = monotonic
        self._known: dict[UUID, tuple[float, str]] = {}
        self._changes = 0

    def listen(self) -> None:
        """Follow the changes of names, once the edge has started.

        A message missed while disconnected, or unreadable, costs 60 s of an old name.
        """
        # The relay's messages carry the inbox of its own acknowledgements: never to be answered.
        self._edge.subscriber(CHANGEMENTS, no_reply=True)(self._changed)
        self._edge.subscriber(EFFACEMENTS, no_reply=True)(self._erased)

    async def noms(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """compte_id -> name; those that identity does not know, or cannot say now, are absent."""
        now = self._monotonic()
        found = {i: k[1] for i in ids if (k := self._known.get(i)) is not None and k[0] > now}
        missing = sorted(set(ids) - found.keys())
        return found | await self._ask(missing, now) if missing else found

    async def _ask(self, ids: list[UUID], now: float) -> dict[UUID, str]:
        changes = self._changes
        said = await ask_names(self._edge, ids)
        if said is None:
            return {}
        noms = said.personnes
        # An answer that crossed a change may be the old name: used once, not kept.
        if changes == self._changes:
            if len(self._known) + len(noms) > _CACHE_SIZE:
                self._known.clear()
            self._known |= {i: (now + KEEP_SECONDS, nom) for i, nom in noms.items()}
        return noms

    async def _changed(self, modifiee: Json[PersonneModifieeV1]) -> None:
        self._drop(modifiee.compte_id)

    async def _erased(self, effacee: Json[PersonneEffaceeV1]) -> None:
        self._drop(effacee.compte_id)

    def _drop(self, compte_id: UUID) -> None:
        self._changes += 1
        self._known.pop(compte_id, None)


async def _personnes(request: Request) -> Personnes:
    return request.app.state.personnes


PersonnesDep = Annotated[Personnes, Depends(_personnes)]
