"""What leaves the service: public contracts, and the names that the others may ask for."""

import asyncio
from typing import Any, assert_never
from uuid import UUID

import orjson
import structlog
from contracts.identity import (
    CompteOuvertV1,
    ContratTermineV1,
    EmploiCommenceV1,
    EmploiDeclareV1,
    EmploiEffaceV1,
    PersonneEffaceeV1,
    PersonneModifieeV1,
    RoleChoisiV1,
    SessionRevoqueeV1,
)
from events.contract import Contract
from events.postgres.database import Database
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from identity.domain import compte, emploi, session
from identity.domain.evenements import Event
from identity.projections import comptes

log = structlog.get_logger()

SUBJECT = "identity.personnes"
_NAMES = frozenset({compte.Champ.PRENOM, compte.Champ.NOM})


def to_contract(event: Event) -> Contract | None:
    """The public form of an event; None keeps it private."""
    match event:
        case compte.CompteOuvert():
            return CompteOuvertV1.of(event)
        case compte.IdentitePersonneModifiee():
            if _NAMES.isdisjoint(event.champs):
                return None
            return PersonneModifieeV1.of(event)
        case compte.RoleChoisi():
            return RoleChoisiV1.of(event)
        case emploi.EmploiDeclare():
            return EmploiDeclareV1.of(event)
        case emploi.EmploiCommence():
            return EmploiCommenceV1.of(event)
        case emploi.ContratTermine():
            return ContratTermineV1.of(event)
        case emploi.EmploiEfface():
            return EmploiEffaceV1.of(event)
        case compte.CompteEfface():
            return PersonneEffaceeV1.of(event, effacee_le=event.efface_le)
        case session.SessionRevoquee():
            return SessionRevoqueeV1.of(event, sid=event.session_id)
        case compte.IdentiteLiee() | compte.CguAcceptees() | session.SessionOuverte():
            return None
        case _:
            assert_never(event)


# --- Names, asked over NATS request-reply ---


class Demande(BaseModel):
    """Des comptes dont on veut le nom affiché, 500 au plus."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(max_length=500)


class Personnes:
    """Answers `identity.personnes`: `{"ids": […]}` -> `{"personnes": {"<id>": "Prénom Nom"}}`.

    Unknown ids are absent. `{"erreur": …}` instead when the question is unreadable or the base is away.
    """

    def __init__(self, database: Database, nats: Client) -> None:
        self._database = database
        self._nats = nats

    async def run(self) -> None:
        """Answer for ever; instances share the questions."""
        subscription = await self._nats.subscribe(SUBJECT, queue="identity", cb=self._answer)
        try:
            await asyncio.Event().wait()
        finally:
            if not self._nats.is_closed:
                await subscription.unsubscribe()

    async def _answer(self, message: Msg) -> None:
        if not message.reply:
            return
        try:
            answer: dict[str, Any] = await self._names(Demande.model_validate_json(message.data).ids)
        except ValidationError:
            answer = {"erreur": "DemandeIllisible"}
        except Exception as error:
            log.warning("names_unavailable", error=type(error).__name__)
            answer = {"erreur": "Indisponible"}
        await message.respond(orjson.dumps(answer))

    async def _names(self, ids: list[UUID]) -> dict[str, Any]:
        async with self._database.engine.connect() as connection:
            rows = await connection.execute(comptes.noms(ids))
            return {"personnes": {str(row.compte_id): f"{row.prenom} {row.nom}" for row in rows}}
