"""Ce que le service equipes publie : équipes et appartenances."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from events.contract import Contract
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.question import Question


class EquipeCreeeV1(Contract):
    """Une équipe existe ; coordinateur_id est son premier coordinateur."""

    equipe_id: UUID
    coordinateur_id: UUID
    creee_le: dt.datetime


class MandatOuvertV1(Contract):
    """Une équipe qui existait a un coordinateur de plus, ou un autre : il en voit tout le passé."""

    equipe_id: UUID
    coordinateur_id: UUID
    compte_id: UUID
    depuis: dt.datetime


class MandatFiniV1(Contract):
    """Un coordinateur ne coordonne plus l'équipe : depuis cet instant, il n'y voit plus rien."""

    equipe_id: UUID
    coordinateur_id: UUID
    compte_id: UUID
    fini_le: dt.datetime


class SuccesseurDesigneV1(Contract):
    """Une personne est désignée pour coordonner l'équipe. effet_le : à partir de quand.

    a_accepter : rien ne lui passe sans son accord.
    """

    equipe_id: UUID
    compte_id: UUID
    a_accepter: bool
    effet_le: dt.datetime


class EquipeReclameeV1(Contract):
    """Un coordinateur propose de coordonner une équipe qui n'en a plus ; ses membres en décident."""

    equipe_id: UUID
    coordinateur_id: UUID
    compte_id: UUID
    reclamee_le: dt.datetime


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


# --- Question ---


EQUIPES_A_LA_FOIS = 50


class DemandeEquipes(BaseModel):
    """Des équipes, 50 au plus, dont cette personne veut lire le nom."""

    model_config = ConfigDict(extra="forbid")

    compte_id: UUID
    ids: list[UUID] = Field(max_length=EQUIPES_A_LA_FOIS)


class NomsEquipes(BaseModel):
    """Le nom de celles que cette personne coordonne à l'instant ; les autres sont absentes."""

    noms: dict[UUID, Annotated[str, StringConstraints(max_length=200)]] = Field(max_length=EQUIPES_A_LA_FOIS)


EQUIPES = Question("equipes", "noms", DemandeEquipes, NomsEquipes)
