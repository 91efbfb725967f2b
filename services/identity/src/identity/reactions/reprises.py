"""Who signs in is looked for at the source of the dispositif: after, so that nobody waits for it.

But for who is not registered yet, who was looked for at the sign-in itself: not twice, if it answered.
"""

import datetime as dt
from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.domain.session import SessionOuverte
from identity.domain.vocabulaire import CompteId
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class ReprendreDuDispositif:
    """Reprendre ce que la source du dispositif dit de cette personne, connectée à cet instant."""

    compte_id: CompteId
    connectee_le: dt.datetime | None = None


def key(event: SessionOuverte) -> CompteId:
    return event.compte_id


def react(row: None, event: SessionOuverte) -> Then[None, ReprendreDuDispositif]:
    # One order that still waits is enough: the new one takes its place.
    return Then(None, [Order(ReprendreDuDispositif(event.compte_id, event.ouverte_le))])


async def perform(tools: Outils, asked: Asked[ReprendreDuDispositif]) -> None:
    """A silent source does not hold the order: the next pass asks again."""
    order = asked.order
    if order.connectee_le is not None:
        dernier = await tools.dispositif.suivi.de(order.compte_id)
        if dernier.a_repondu_depuis(order.connectee_le):
            return
    await tools.dispositif.reprendre(order.compte_id, asked.context)
