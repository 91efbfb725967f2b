"""Display names, asked from identity over NATS (`identity.personnes`)."""

import asyncio
from collections.abc import Collection
from itertools import batched
from typing import TYPE_CHECKING
from uuid import UUID

import nats.errors
import structlog
from contracts.identity import NOMS_A_LA_FOIS, PERSONNES, DemandePersonnes, NomsPersonnes
from pydantic import ValidationError

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

log = structlog.get_logger()

_TIMEOUT_SECONDS = 0.5


async def ask_names(edge: "NatsBroker", ids: Collection[UUID]) -> NomsPersonnes | None:
    """The names of these accounts, and of no other; None when identity cannot say them now."""
    said = NomsPersonnes(personnes={})
    for together in batched(sorted(set(ids)), NOMS_A_LA_FOIS):
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                answer = await edge.request(
                    DemandePersonnes(ids=[*together]), PERSONNES.subject, timeout=_TIMEOUT_SECONDS
                )
            found = PERSONNES.answers.model_validate_json(answer.body)
        except (nats.errors.Error, TimeoutError, ValidationError) as error:
            log.warning("names_unavailable", error=type(error).__name__)
            return None
        for one in together:
            if one in found.personnes:
                said.personnes[one] = found.personnes[one]
            if one in found.prenoms:
                said.prenoms[one] = found.prenoms[one]
    return said
