"""Display names, asked from identity over NATS (`identity.personnes`), kept 60 s, dropped when they change.

Names are no part of this service's facts: without identity the views still answer, with `nom` absent.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Annotated
from uuid import UUID

import nats.errors
import structlog
from contracts.identity import PersonneEffaceeV1, PersonneModifieeV1
from fastapi import Depends, Request
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import BaseModel, ValidationError

log = structlog.get_logger()

QUESTION = "identity.personnes"
CHANGEMENTS = "identity.PersonneModifiee.v1.>"
EFFACEMENTS = "identity.PersonneEffacee.v1.>"
KEEP_SECONDS = 60.0
_TIMEOUT_SECONDS = 0.5
_CACHE_SIZE = 20_000


class _Question(BaseModel):
    ids: list[UUID]


class _Reponse(BaseModel):
    personnes: dict[UUID, str]


class Personnes:
    """One per process."""

    def __init__(self, bus: Client, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._monotonic = monotonic
        self._known: dict[UUID, tuple[float, str]] = {}
        self._changes = 0

    async def listen(self) -> None:
        """Follow the changes of names. A message missed while disconnected costs 60 s of an old name."""
        await self._bus.subscribe(CHANGEMENTS, cb=self._changed)
        await self._bus.subscribe(EFFACEMENTS, cb=self._erased)

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
                answer = await self._bus.request(
                    QUESTION, _Question(ids=ids).model_dump_json().encode(), timeout=_TIMEOUT_SECONDS
                )
            said = _Reponse.model_validate_json(answer.data).personnes
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

    async def _changed(self, message: Msg) -> None:
        self._drop(message, PersonneModifieeV1)

    async def _erased(self, message: Msg) -> None:
        self._drop(message, PersonneEffaceeV1)

    def _drop(self, message: Msg, contract: type[PersonneModifieeV1] | type[PersonneEffaceeV1]) -> None:
        self._changes += 1
        try:
            self._known.pop(contract.model_validate_json(message.data).compte_id, None)
        except ValidationError:
            log.warning("contract_unreadable", subject=message.subject)
            self._known.clear()


def _personnes(request: Request) -> Personnes:
    return request.app.state.personnes


PersonnesDep = Annotated[Personnes, Depends(_personnes)]
