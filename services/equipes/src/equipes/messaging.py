"""What leaves the service (`to_contract`), and what follows from its own facts (reactions)."""

from collections.abc import Awaitable, Callable
from typing import Any, assert_never

import structlog
from contracts.equipes import EquipeCreeeV1, MembrePartiV1, MembreRejointV1
from events.contract import Contract
from events.store.store import Context, Store
from events.types import Recorded

from equipes.domain.adhesion import adherer
from equipes.domain.appartenance import APPARTENANCE, MembreParti, MembreRejoint
from equipes.domain.equipe import CoordinateurEfface, EquipeCreee
from equipes.domain.evenements import Event
from equipes.domain.invitation import (
    InvitationAcceptee,
    InvitationAnnulee,
    InvitationEnvoyee,
    InvitationExpiree,
    InvitationRefusee,
)
from equipes.domain.vocabulaire import cle_appartenance

log = structlog.get_logger()


def to_contract(event: Event) -> Contract | None:
    """The public form of an event; None keeps it private. Invitations concern two people: they stay here."""
    match event:
        case EquipeCreee():
            return EquipeCreeeV1(
                equipe_id=event.equipe_id, coordinateur_id=event.coordinateur_id, creee_le=event.depuis
            )
        case MembreRejoint():
            return MembreRejointV1(
                equipe_id=event.equipe_id,
                mediateur_id=event.mediateur_id,
                compte_id=event.compte_id,
                depuis=event.depuis,
            )
        case MembreParti():
            return MembrePartiV1(
                equipe_id=event.equipe_id,
                mediateur_id=event.mediateur_id,
                compte_id=event.compte_id,
                parti_le=event.parti_le,
            )
        case (
            InvitationEnvoyee()
            | InvitationAcceptee()
            | InvitationRefusee()
            | InvitationAnnulee()
            | InvitationExpiree()
            | CoordinateurEfface()
        ):
            return None
        case _:
            assert_never(event)


def adhesions(store: Store[Any]) -> Callable[[Recorded[Any]], Awaitable[None]]:
    """Handler of the reaction `adhesions`: an accepted invitation makes a member. Safe to repeat."""

    async def handle(recorded: Recorded[Any]) -> None:
        if isinstance(recorded.event, InvitationAcceptee):
            command = adherer(recorded.event)
            flux = APPARTENANCE(cle_appartenance(command.equipe_id, command.mediateur_id))
            context = Context("equipes", f"reaction-{recorded.id}", causation=recorded.id)
            await store.execute(flux, command, context)

    return handle
