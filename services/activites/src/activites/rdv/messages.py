"""Ce que RDV Service Public vient dire : qu'un rendez-vous a changé. On le croit signé, et l'on va relire.

Signature: hexadecimal HMAC-SHA256 of the body, under the secret of the organisation, in `X-Lapin-Signature`
(its public documentation, « API de notifications »). The instant is inside the body, which is signed.
"""

import datetime as dt
import hashlib
import hmac
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from events.store.store import Store
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.dialects.postgresql import insert

from activites.domain.rdv_refus import (
    CompteRdvNonLie,
    MessageDejaRecu,
    MessagePerime,
    RdvInconnu,
    SignatureRefusee,
)
from activites.projections import comptes_suspendus
from activites.projections.tables import rdv_comptes, rdv_messages, rdvs
from activites.rdv.agenda import Agenda
from activites.rdv.http import Identifiant, instant
from activites.rdv.service import Muet, Refuse

log = structlog.get_logger()

ENTETE = "x-lapin-signature"
FENETRE = dt.timedelta(hours=6)
"""How old a message may be: it is sent again for hours when we did not answer."""
AVANCE = dt.timedelta(minutes=5)
"""How far two clocks may be apart."""
_COMPTES_MAX = 20
"""Read again for one message: those to whom the rendez-vous is."""


class _Qui(BaseModel):
    id: Identifiant


class _Donnees(BaseModel):
    id: Identifiant
    organisation: _Qui
    agents: list[_Qui] = Field(default=[], max_length=200)


class _Meta(BaseModel):
    model: str
    timestamp: str | None = None
    event_occurred_at: str | None = None
    payload_computed_at: str | None = None


class _Message(BaseModel):
    data: _Donnees
    meta: _Meta


class Messages:
    """Those of RDV Service Public."""

    def __init__(self, store: Store[Any], agenda: Agenda) -> None:
        self._store = store
        self._agenda = agenda

    async def recevoir(self, corps: bytes, signature: str, maintenant: dt.datetime) -> None:
        """Read again what this message is about. Its words decide nothing but what is read.

        Raises SignatureRefusee (unreadable ones too), MessagePerime, MessageDejaRecu, RdvInconnu.
        """
        try:
            message = _Message.model_validate_json(corps)
            dite = message.meta.payload_computed_at or message.meta.timestamp
            le = instant(dite or message.meta.event_occurred_at or "")
        except (ValidationError, RecursionError, Muet):
            raise SignatureRefusee from None
        attendue = hmac.digest(self._agenda.secret(message.data.organisation.id).encode(), corps, "sha256")
        # Any organisation has a secret, known or not: who cannot sign learns nothing of which we know.
        if not hmac.compare_digest(attendue.hex().encode(), signature.strip().lower().encode()):
            raise SignatureRefusee
        if not maintenant - FENETRE <= le <= maintenant + AVANCE:
            raise MessagePerime
        comptes = await self._concernes(message.data)
        if comptes is None:
            raise RdvInconnu
        async with self._store.database.engine.begin() as connection:
            neuf = (
                insert(rdv_messages)
                .values(empreinte=hashlib.sha256(corps).digest(), recu_le=maintenant)
                .on_conflict_do_nothing()
                .returning(rdv_messages.c.recu_le)
            )
            if (await connection.execute(neuf)).one_or_none() is None:
                raise MessageDejaRecu
        if message.meta.model != "Rdv":
            return
        for compte_id in comptes:
            try:
                await self._agenda.relire_un(compte_id, message.data.id, maintenant)
            except (Muet, Refuse, CompteRdvNonLie) as echec:
                # The page, or the night, reads everything again.
                log.info("rdv_not_read", reason=type(echec).__name__)
                await self._a_relire(compte_id)

    async def _concernes(self, dit: _Donnees) -> list[UUID] | None:
        """The accounts of its agents, and those that have it; None when nobody has that organisation."""
        c = rdv_comptes.c
        agents = [agent.id for agent in dit.agents]
        ont = sa.select(rdvs.c.compte_id).where(rdvs.c.rdv_id == dit.id)
        async with self._store.database.engine.connect() as connection:
            # An organisation that only suspended accounts have is nobody's, until it is lifted.
            de_la = sa.select(c.compte_id).where(
                c.organisations.contains([dit.organisation.id]), ~comptes_suspendus.est(c.compte_id)
            )
            if await connection.scalar(de_la.limit(1)) is None:
                return None
            touches = de_la.where(~c.rompu, c.agent_id.in_(agents) | c.compte_id.in_(ont))
            return list(await connection.scalars(touches.order_by(c.compte_id).limit(_COMPTES_MAX)))

    async def _a_relire(self, compte_id: UUID) -> None:
        async with self._store.database.engine.begin() as connection:
            ici = sa.update(rdv_comptes).where(rdv_comptes.c.compte_id == compte_id)
            await connection.execute(ici.values(lu_le=None, tente_le=None))


async def purger(store: Store[Any], maintenant: dt.datetime) -> int:
    """Oublie les messages trop anciens pour être acceptés encore. Rend combien."""
    async with store.database.engine.begin() as connection:
        vieux = sa.delete(rdv_messages).where(rdv_messages.c.recu_le < maintenant - 2 * FENETRE)
        return (await connection.execute(vieux)).rowcount
