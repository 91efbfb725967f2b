"""What leaves the service: public contracts, and the names that the others may ask for."""

import asyncio
from typing import Any, Literal, assert_never
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
from identity.domain.vocabulaire import MotifFin, Role
from identity.projections import comptes

log = structlog.get_logger()

SUBJECT = "identity.personnes"
_NAMES = frozenset({compte.Champ.PRENOM, compte.Champ.NOM})

_ROLES: dict[Role, Literal["mediateur", "coordinateur"]] = {
    Role.MEDIATEUR: "mediateur",
    Role.COORDINATEUR: "coordinateur",
}
_MOTIFS: dict[MotifFin, Literal["terme", "rupture", "erreur"]] = {
    MotifFin.TERME: "terme",
    MotifFin.RUPTURE: "rupture",
    MotifFin.ERREUR: "erreur",
}


def to_contract(event: Event) -> Contract | None:
    """The public form of an event; None keeps it private."""
    match event:
        case compte.CompteOuvert():
            return CompteOuvertV1(compte_id=event.compte_id, ouvert_le=event.ouvert_le)
        case compte.IdentitePersonneModifiee():
            if _NAMES.isdisjoint(event.champs):
                return None
            return PersonneModifieeV1(compte_id=event.compte_id)
        case compte.RoleChoisi():
            return RoleChoisiV1(
                compte_id=event.compte_id,
                role=_ROLES[event.role],
                mediateur_id=event.mediateur_id,
                coordinateur_id=event.coordinateur_id,
                choisi_le=event.choisi_le,
            )
        case emploi.EmploiDeclare():
            return EmploiDeclareV1(
                emploi_id=event.emploi_id,
                compte_id=event.compte_id,
                structure_id=event.structure_id,
                siret=event.siret,
                debut=event.debut,
                fin_prevue=event.fin_prevue,
                declare_le=event.declare_le,
            )
        case emploi.EmploiCommence():
            return EmploiCommenceV1(emploi_id=event.emploi_id, compte_id=event.compte_id, debut=event.debut)
        case emploi.ContratTermine():
            return ContratTermineV1(
                emploi_id=event.emploi_id,
                compte_id=event.compte_id,
                fin=event.fin,
                motif=_MOTIFS[event.motif],
                constate_le=event.constate_le,
            )
        case emploi.EmploiEfface():
            return EmploiEffaceV1(
                emploi_id=event.emploi_id, compte_id=event.compte_id, efface_le=event.efface_le
            )
        case compte.CompteEfface():
            return PersonneEffaceeV1(compte_id=event.compte_id, effacee_le=event.efface_le)
        case session.SessionRevoquee():
            return SessionRevoqueeV1(
                sid=event.session_id, compte_id=event.compte_id, revoquee_le=event.revoquee_le
            )
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
