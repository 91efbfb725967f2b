"""A team invites somebody, who answers: identity, which alone has their addresses, writes to both."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import assert_never
from uuid import UUID

from contracts.equipes import InvitationAccepteeV1, InvitationEnvoyeeV1, InvitationRefuseeV1
from courriels.message import Courriel
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.store.store import Claim

from identity.courriels import invitation_acceptee, invitation_inconnue, invitation_recue, invitation_refusee
from identity.courriels.envoi import ecrire
from identity.courriels.textes import Cadre
from identity.domain.compte import COMPTE
from identity.domain.vocabulaire import CompteId, CoordinateurId, Role
from identity.outils import Outils

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
                recue, inconnue = (
                    partial(_invitation, modele, expire_le)
                    for modele in (invitation_recue.rediger, invitation_inconnue.rediger)
                )
                await ecrire(tools, asked.id, compte_id, recue, inconnue=inconnue)
        case EcrireReponse(coordinateur_id, equipe_id, acceptee):
            stream = await tools.store.holder(Claim(Role.COORDINATEUR.value, coordinateur_id.bytes))
            if stream is None:
                return
            modele = invitation_acceptee if acceptee else invitation_refusee
            compte_id = CompteId(UUID(COMPTE.named(stream).key))
            await ecrire(
                tools, asked.id, compte_id, lambda prenom, cadre: modele.rediger(prenom, equipe_id, cadre)
            )
        case _:
            assert_never(asked.order)


def _invitation(
    rediger: Callable[[str, dt.datetime, Cadre], Courriel],
    expire_le: dt.datetime,
    prenom: str,
    cadre: Cadre,
) -> Courriel:
    return rediger(prenom, expire_le, cadre)
