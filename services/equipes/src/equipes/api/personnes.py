"""Display names, asked from identity over NATS (`identity.personnes`), kept 60 s, dropped when they change.

Names are no part of this service's facts: without identity the views still answer, with `nom` absent.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import nats.errors
import structlog
from contracts.identity import PERSONNES, DemandePersonnes, PersonneEffaceeV1, PersonneModifieeV1
from fastapi import Depends, Request
from pydantic import Json, ValidationError

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

log = structlog.get_logger()

CHANGEMENTS = "identity.PersonneModifiee.v1.>"
EFFACEMENTS = "identity.PersonneEffacee.v1.>"
KEEP_SECONDS = 60.0
_TIMEOUT_SECONDS = 0.5
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
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                answer = await self._edge.request(
                    DemandePersonnes(ids=ids), PERSONNES.subject, timeout=_TIMEOUT_SECONDS
                )
            said = PERSONNES.answers.model_validate_json(answer.body).personnes
        except (nats.errors.Error, TimeoutError, ValidationError) as error:
            log.warning("names_unavailable", error=type(error).__name__)
            return {}
        noms = {i: nom for i, nom in said.items() if i in set(ids)}
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
