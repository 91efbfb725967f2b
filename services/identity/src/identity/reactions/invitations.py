"""A team invites somebody: identity, which alone has their address, writes to them."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from contracts.equipes import InvitationEnvoyeeV1
from courriels.enveloppe import CourrielRefuse
from events.projection.executor import Asked
from events.projection.guilt import Impossible
from events.projection.manager import Order, Then

from identity.connexion.adresses import au_bout
from identity.courriels.invitation_recue import rediger
from identity.domain.compte import COMPTE, Efface, EnInscription, Ferme, Inconnu, Inscrit, Renvoye
from identity.domain.vocabulaire import CompteId
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class EcrireInvitation:
    """Écrire à la personne invitée ; l'invitation vaut jusqu'à expire_le."""

    compte_id: CompteId
    expire_le: dt.datetime


def key(event: InvitationEnvoyeeV1) -> UUID:
    return event.invitation_id


def react(row: None, event: InvitationEnvoyeeV1) -> Then[None, EcrireInvitation]:
    return Then(None, [Order(EcrireInvitation(CompteId(event.compte_id), event.expire_le))])


async def perform(tools: Outils, asked: Asked[EcrireInvitation]) -> None:
    """Nothing to an erased person, nor about an invitation that is over. The address lives in here only."""
    if tools.now() >= asked.order.expire_le:
        return
    state, _ = await tools.store.state(COMPTE(await au_bout(tools.store, asked.order.compte_id)))
    match state:
        case EnInscription(personne=personne) | Inscrit(personne=personne):
            courriel = rediger(
                personne.prenom,
                asked.order.expire_le,
                base=tools.public_url,
                aide=tools.aide,
                fuseau=tools.fuseau,
            )
            try:
                await tools.courrier.remettre(asked.id, personne.courriel, courriel)
            except CourrielRefuse as refus:
                raise Impossible(refus.motif) from None
        case Efface() | Renvoye() | Ferme():
            return
        case Inconnu():
            raise Impossible("CompteInconnu")
