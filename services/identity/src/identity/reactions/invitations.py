"""A team invites somebody, who answers: identity, which alone has their addresses, writes to both."""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID, uuid5

from contracts.equipes import InvitationAccepteeV1, InvitationEnvoyeeV1, InvitationRefuseeV1
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.store.store import Claim

from identity.courriels import invitation_acceptee, invitation_inconnue, invitation_recue, invitation_refusee
from identity.courriels.envoi import ecrire
from identity.domain.compte import COMPTE
from identity.domain.vocabulaire import CompteId, CoordinateurId, Role
from identity.outils import Outils
from identity.projections import coordinations

type Event = InvitationEnvoyeeV1 | InvitationAccepteeV1 | InvitationRefuseeV1


@dataclass(frozen=True, slots=True)
class EcrireInvitation:
    """Écrire à la personne invitée ; l'invitation vaut jusqu'à expire_le."""

    compte_id: CompteId
    expire_le: dt.datetime


@dataclass(frozen=True, slots=True)
class EcrireReponse:
    """Écrire au coordinateur ce que la personne qu'il invitait a répondu."""

    coordinateur_id: CoordinateurId
    equipe_id: UUID
    acceptee: bool


type Ordre = EcrireInvitation | EcrireReponse


@dataclass(frozen=True, slots=True)
class Invitation:
    """Ce que l'on retient d'une invitation jusqu'à sa réponse."""

    coordinateur_id: CoordinateurId


def key(event: Event) -> UUID:
    return event.invitation_id


def react(row: Invitation | None, event: Event) -> Then[Invitation, Ordre]:
    match event:
        case InvitationEnvoyeeV1():
            order = Order[Ordre](EcrireInvitation(CompteId(event.compte_id), event.expire_le))
            if event.par is None:
                # Written before it said by whom: whoever sent it reads the answer in their team's page.
                return Then(None, [order])
            return Then(Invitation(CoordinateurId(event.par)), [order])
        case InvitationAccepteeV1() | InvitationRefuseeV1():
            if row is None:
                return Then(None)
            acceptee = isinstance(event, InvitationAccepteeV1)
            return Then(None, [Order(EcrireReponse(row.coordinateur_id, event.equipe_id, acceptee))])
        case _:
            assert_never(event)


async def perform(tools: Outils, asked: Asked[Ordre]) -> None:
    """Nothing about an invitation that is over, nor to a coordinateur who is gone."""
    match asked.order:
        case EcrireInvitation(compte_id, expire_le):
            if tools.now() < expire_le:
                await ecrire(
                    tools,
                    asked.id,
                    compte_id,
                    lambda prenom, cadre: invitation_recue.rediger(prenom, expire_le, cadre),
                    inconnue=lambda prenom, cadre: invitation_inconnue.rediger(prenom, expire_le, cadre),
                )
        case EcrireReponse(coordinateur_id, equipe_id, acceptee):
            modele = invitation_acceptee if acceptee else invitation_refusee
            for qui in await _a_qui_repondre(tools, coordinateur_id, equipe_id):
                stream = await tools.store.holder(Claim(Role.COORDINATEUR.value, qui.bytes))
                if stream is not None:
                    await ecrire(
                        tools,
                        asked.id if qui == coordinateur_id else uuid5(asked.id, str(qui)),
                        CompteId(UUID(COMPTE.named(stream).key)),
                        lambda prenom, cadre: modele.rediger(prenom, equipe_id, cadre),
                    )
        case _:
            assert_never(asked.order)


async def _a_qui_repondre(tools: Outils, coordinateur_id: UUID, equipe_id: UUID) -> list[UUID]:
    """Whoever invited, while they coordinate the team; then, its coordinateurs: the invitation follows it."""
    async with tools.store.database.engine.connect() as connection:
        rows = (await connection.execute(coordinations.de_lequipe(equipe_id))).all()
    if any(row.coordinateur_id == coordinateur_id and row.fini_le is not None for row in rows):
        return sorted(row.coordinateur_id for row in rows if row.fini_le is None)
    return [coordinateur_id]
