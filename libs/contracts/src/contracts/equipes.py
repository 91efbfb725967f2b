"""Ce que le service equipes publie : équipes et appartenances."""

import datetime as dt
from uuid import UUID

from events.contract import Contract


class EquipeCreeeV1(Contract):
    """Une équipe existe ; coordinateur_id est son premier coordinateur."""

    equipe_id: UUID
    coordinateur_id: UUID
    creee_le: dt.datetime


class InvitationEnvoyeeV1(Contract):
    """Une équipe invite une personne, qui peut répondre jusqu'à expire_le.

    par : le coordinateur qui invite.
    """

    invitation_id: UUID
    equipe_id: UUID
    compte_id: UUID
    expire_le: dt.datetime
    par: UUID | None = None


class InvitationAccepteeV1(Contract):
    """La personne invitée a accepté, elle-même."""

    invitation_id: UUID
    equipe_id: UUID
    acceptee_le: dt.datetime


class InvitationRefuseeV1(Contract):
    """La personne invitée a refusé, elle-même."""

    invitation_id: UUID
    equipe_id: UUID
    refusee_le: dt.datetime


class MembreRejointV1(Contract):
    """Un médiateur a rejoint une équipe, de son propre accord."""

    equipe_id: UUID
    mediateur_id: UUID
    compte_id: UUID
    depuis: dt.datetime


class MembrePartiV1(Contract):
    """Un médiateur a quitté une équipe, ou en a été retiré par son coordinateur."""

    equipe_id: UUID
    mediateur_id: UUID
    compte_id: UUID
    parti_le: dt.datetime
