"""Names that another service keeps sealed, asked from it over NATS: said to who may read them, never kept.

And how many people are registered, which it alone knows.
"""

import asyncio
from collections.abc import Collection
from itertools import batched
from typing import TYPE_CHECKING
from uuid import UUID

import nats.errors
import structlog
from contracts.equipes import EQUIPES, EQUIPES_A_LA_FOIS, DemandeEquipes
from contracts.identity import (
    INSCRITS,
    NOMS_A_LA_FOIS,
    PERSONNES,
    STRUCTURES,
    STRUCTURES_A_LA_FOIS,
    DemandeInscrits,
    DemandePersonnes,
    DemandeStructures,
    Inscrits,
    NomsPersonnes,
)
from contracts.question import Question
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

log = structlog.get_logger()

_TIMEOUT_SECONDS = 0.5


async def ask_names(edge: "NatsBroker", ids: Collection[UUID]) -> NomsPersonnes | None:
    """The names of these accounts, and of no other; None when identity cannot say them now."""
    said = NomsPersonnes(personnes={})
    for together in batched(sorted(set(ids)), NOMS_A_LA_FOIS):
        found = await _ask(edge, PERSONNES, DemandePersonnes(ids=[*together]))
        if found is None:
            return None
        for one in together:
            if one in found.personnes:
                said.personnes[one] = found.personnes[one]
            if one in found.prenoms:
                said.prenoms[one] = found.prenoms[one]
    return said


async def ask_structures(edge: "NatsBroker", compte_id: UUID, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these employers, as this person may read them; the others, or all, are absent."""
    said: dict[UUID, str] = {}
    for together in batched(sorted(set(ids)), STRUCTURES_A_LA_FOIS):
        found = await _ask(edge, STRUCTURES, DemandeStructures(compte_id=compte_id, ids=[*together]))
        if found is None:
            return {}
        said |= {one: found.noms[one] for one in together if one in found.noms}
    return said


async def ask_teams(edge: "NatsBroker", compte_id: UUID, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these équipes, likewise."""
    said: dict[UUID, str] = {}
    for together in batched(sorted(set(ids)), EQUIPES_A_LA_FOIS):
        found = await _ask(edge, EQUIPES, DemandeEquipes(compte_id=compte_id, ids=[*together]))
        if found is None:
            return {}
        said |= {one: found.noms[one] for one in together if one in found.noms}
    return said


async def ask_registered(edge: "NatsBroker") -> Inscrits | None:
    """How many are registered; None when identity cannot say it now."""
    return await _ask(edge, INSCRITS, DemandeInscrits())


async def _ask[Q: BaseModel, R: BaseModel](
    edge: "NatsBroker", question: Question[Q, R], asked: Q
) -> R | None:
    """The answer; None, once logged, when the service is silent, away, or answers something else."""
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            answer = await edge.request(asked, question.subject, timeout=_TIMEOUT_SECONDS)
        return question.answers.model_validate_json(answer.body)
    except (nats.errors.Error, TimeoutError, ValidationError) as error:
        log.warning("names_unavailable", question=question.subject, error=type(error).__name__)
        return None
