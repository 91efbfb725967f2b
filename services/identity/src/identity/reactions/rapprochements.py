"""Two accounts are one, or two again: what follows on each is done, should the process have died."""

from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.domain.rapprochement import ComptesRapproches, RapprochementAnnule
from identity.domain.vocabulaire import RapprochementId
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class SuivreRapprochement:
    """Appliquer aux deux comptes ce que dit leur dossier."""

    rapprochement_id: RapprochementId


def key(event: ComptesRapproches | RapprochementAnnule) -> RapprochementId:
    return event.rapprochement_id


def react(row: None, event: ComptesRapproches | RapprochementAnnule) -> Then[None, SuivreRapprochement]:
    return Then(None, [Order(SuivreRapprochement(event.rapprochement_id))])


async def perform(tools: Outils, asked: Asked[SuivreRapprochement]) -> None:
    await tools.rapprochements.suivre(asked.order.rapprochement_id, asked.context)
