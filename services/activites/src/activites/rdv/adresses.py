"""À qui est une adresse : identity le dit, sur NATS, par oui ou par non (`identity.adresse`)."""

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import nats.errors
from contracts.identity import ADRESSE, DemandeAdresse
from pydantic import ValidationError

from activites.rdv.service import Muet

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

_SECONDES = 2.0


class AdressesDIdentity:
    """One per process."""

    def __init__(self, edge: "NatsBroker") -> None:
        self._edge = edge

    async def est_a(self, compte_id: UUID, courriel: str) -> bool:
        try:
            demande = DemandeAdresse(compte_id=compte_id, courriel=courriel)
        except ValidationError:
            return False
        try:
            async with asyncio.timeout(_SECONDES):
                reponse = await self._edge.request(demande, ADRESSE.subject, timeout=_SECONDES)
            return ADRESSE.answers.model_validate_json(reponse.body).sienne
        except (nats.errors.Error, TimeoutError, ValidationError):
            raise Muet("identity") from None
