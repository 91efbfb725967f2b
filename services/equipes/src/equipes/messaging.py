"""What leaves the service: public contracts, and the names that who coordinates may ask for."""

from typing import TYPE_CHECKING, assert_never
from uuid import UUID

from contracts.equipes import (
    EQUIPES,
    DemandeEquipes,
    EquipeCreeeV1,
    EquipeReclameeV1,
    InvitationAccepteeV1,
    InvitationEnvoyeeV1,
    InvitationRefuseeV1,
    MandatFiniV1,
    MandatOuvertV1,
    MembrePartiV1,
    MembreRejointV1,
    NomsEquipes,
    SuccesseurDesigneV1,
)
from events.contract import Contract
from events.store.store import Store
from events.types import ERASED
from process.clock import Clock
from pydantic import Json

from equipes.domain.appartenance import MembreParti, MembreRejoint
from equipes.domain.equipe_etat import Absente
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
from equipes.policies import equipe_a_l_instant
from equipes.projections.comptes_rapproches import comptes_rapproches

if TYPE_CHECKING:
    from faststream.nats import NatsBroker


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


# --- Names, asked over NATS request-reply ---


class Equipes:
    """Answers `equipes.noms`. The instances of the service share the questions."""

    def __init__(self, store: Store[Event], clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def answer_on(self, edge: "NatsBroker") -> None:
        """To be called before the edge starts."""
        edge.subscriber(EQUIPES.subject, EQUIPES.service, title=EQUIPES.subject)(self.noms)

    async def noms(self, demande: Json[DemandeEquipes]) -> NomsEquipes:
        """The names of those that the person coordinates, asked to the journal: who has left reads none."""
        async with self._store.database.engine.connect() as connection:
            lus = await comptes_rapproches.personnes(connection, "compte", [demande.compte_id])
        siens = set(lus[demande.compte_id].tous)
        noms: dict[UUID, str] = {}
        for equipe_id in dict.fromkeys(demande.ids):
            etat = await equipe_a_l_instant(self._store, equipe_id, self._clock.now())
            if isinstance(etat, Absente) or etat.nom == ERASED:
                continue
            if not siens.isdisjoint(mandat.compte_id for mandat in etat.mandats):
                noms[equipe_id] = etat.nom
        return NomsEquipes(noms=noms)
