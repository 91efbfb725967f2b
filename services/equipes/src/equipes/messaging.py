"""What leaves the service."""

from typing import assert_never

from contracts.equipes import (
    EquipeCreeeV1,
    EquipeReclameeV1,
    InvitationAccepteeV1,
    InvitationEnvoyeeV1,
    InvitationRefuseeV1,
    MandatFiniV1,
    MandatOuvertV1,
    MembrePartiV1,
    MembreRejointV1,
    SuccesseurDesigneV1,
)
from events.contract import Contract

from equipes.domain.appartenance import MembreParti, MembreRejoint
from equipes.domain.equipe_faits import (
    CoordinateurEfface,
    DepartAnnonce,
    DepartAnnule,
    EquipeCreee,
    EquipeReclamee,
    MandatFini,
    MandatOuvert,
    NomEfface,
    PassationAcceptee,
    PassationDeclinee,
    ReclamationEcartee,
    SuccesseurDesigne,
    VoixDonnee,
)
from equipes.domain.evenements import Event
from equipes.domain.invitation import (
    InvitationAcceptee,
    InvitationAnnulee,
    InvitationEnvoyee,
    InvitationExpiree,
    InvitationRefusee,
    RelationRompue,
)


def to_contract(event: Event) -> Contract | None:
    """The public form of an event; None keeps it private. Whoever writes to people needs to know who invites
    whom, and what is answered."""
    match event:
        case EquipeCreee():
            return EquipeCreeeV1.of(event, creee_le=event.depuis)
        case MandatOuvert():
            return MandatOuvertV1.of(event)
        case MandatFini():
            return MandatFiniV1.of(event)
        case CoordinateurEfface():
            return MandatFiniV1.of(event, fini_le=event.efface_le)
        case SuccesseurDesigne():
            return SuccesseurDesigneV1.of(event, a_accepter=event.coordinateur_id is None)
        case EquipeReclamee():
            return EquipeReclameeV1.of(event)
        case MembreRejoint():
            return MembreRejointV1.of(event)
        case MembreParti():
            return MembrePartiV1.of(event)
        case InvitationEnvoyee():
            return InvitationEnvoyeeV1.of(event)
        case InvitationAcceptee():
            return InvitationAccepteeV1.of(event)
        case InvitationRefusee():
            return InvitationRefuseeV1.of(event)
        case InvitationAnnulee() | InvitationExpiree() | RelationRompue():
            return None
        case DepartAnnonce() | DepartAnnule() | PassationAcceptee() | PassationDeclinee():
            return None
        case VoixDonnee() | ReclamationEcartee() | NomEfface():
            return None
        case _:
            assert_never(event)
