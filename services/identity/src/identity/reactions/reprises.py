"""Who signs in is looked for at the source of the dispositif: after, so that nobody waits for it."""

from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.domain.session import SessionOuverte
from identity.domain.vocabulaire import CompteId
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class ReprendreDuDispositif:
    """Reprendre ce que la source du dispositif dit de cette personne."""

    compte_id: CompteId


def key(event: SessionOuverte) -> CompteId:
    return event.compte_id


def react(row: None, event: SessionOuverte) -> Then[None, ReprendreDuDispositif]:
    # One order that still waits is enough: the new one takes its place.
    return Then(None, [Order(ReprendreDuDispositif(event.compte_id))])


async def perform(tools: Outils, asked: Asked[ReprendreDuDispositif]) -> None:
    """A silent source does not hold the order: the next pass asks again."""
    await tools.dispositif.reprendre(asked.order.compte_id, asked.context)
