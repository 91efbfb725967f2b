"""Une personne effacée par identity l'est ici aussi."""

from dataclasses import dataclass

from contracts.identity import PersonneEffaceeV1
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools

from activites.domain.vocabulaire import CompteId
from activites.erasure import effacer


@dataclass(frozen=True, slots=True)
class Effacer:
    """Effacer ce compte d'ici."""

    compte_id: CompteId


def key(event: PersonneEffaceeV1) -> CompteId:
    return CompteId(event.compte_id)


def react(row: None, event: PersonneEffaceeV1) -> Then[None, Effacer]:
    return Then(None, [Order(Effacer(CompteId(event.compte_id)))])


async def perform(tools: Tools, asked: Asked[Effacer]) -> None:
    await effacer(
        tools.store, "compte", asked.order.compte_id, "identity.PersonneEffacee", asked.context, tools.now()
    )
