"""Une invitation acceptée fait un membre, même si le processus s'arrête entre les deux faits."""

from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools

from equipes.domain.adhesion import adherer
from equipes.domain.appartenance import APPARTENANCE
from equipes.domain.invitation import InvitationAcceptee
from equipes.domain.vocabulaire import InvitationId, cle_appartenance


@dataclass(frozen=True, slots=True)
class FaireMembre:
    """La personne qui a accepté devient membre."""

    acceptee: InvitationAcceptee


def key(event: InvitationAcceptee) -> InvitationId:
    return event.invitation_id


def react(row: None, event: InvitationAcceptee) -> Then[None, FaireMembre]:
    return Then(None, [Order(FaireMembre(event))] if adherer(event) else [])


async def perform(tools: Tools, asked: Asked[FaireMembre]) -> None:
    """Déjà membre : rien ne change."""
    command = adherer(asked.order.acceptee)
    assert command is not None
    flux = APPARTENANCE(cle_appartenance(command.equipe_id, command.mediateur_id))
    await tools.store.execute(flux, command, asked.context)
