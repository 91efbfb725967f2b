"""What leaves the service."""

from typing import assert_never

from contracts.equipes import EquipeCreeeV1, InvitationEnvoyeeV1, MembrePartiV1, MembreRejointV1
from events.contract import Contract

from equipes.domain.appartenance import MembreParti, MembreRejoint
from equipes.domain.equipe import CoordinateurEfface, EquipeCreee
from equipes.domain.evenements import Event
from equipes.domain.invitation import (
    InvitationAcceptee,
    InvitationAnnulee,
    InvitationEnvoyee,
    InvitationExpiree,
    InvitationRefusee,
)


def to_contract(event: Event) -> Contract | None:
    """The public form of an event; None keeps it private. Of an invitation, only that it was sent, to whom
    and until when: whoever invites and what is answered stay here."""
    match event:
        case EquipeCreee():
            return EquipeCreeeV1.of(event, creee_le=event.depuis)
        case MembreRejoint():
            return MembreRejointV1.of(event)
        case MembreParti():
            return MembrePartiV1.of(event)
        case InvitationEnvoyee():
            return InvitationEnvoyeeV1.of(event)
        case (
            InvitationAcceptee()
            | InvitationRefusee()
            | InvitationAnnulee()
            | InvitationExpiree()
            | CoordinateurEfface()
        ):
            return None
        case _:
            assert_never(event)
