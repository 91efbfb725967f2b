"""Une activité supprimée garde ses textes 30 jours, le temps de la reprendre ; puis leur clé est détruite."""

from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools
from events.store.appender import Erasure

from activites.domain.activite import ACTIVITE, REPENTIR, OublierActivite
from activites.domain.faits import ActiviteRestauree, ActiviteSupprimee
from activites.domain.vocabulaire import ActiviteId

type Event = ActiviteSupprimee | ActiviteRestauree


@dataclass(frozen=True, slots=True)
class Oublier:
    """Détruire les textes de cette activité, si elle est toujours supprimée."""

    activite_id: ActiviteId


def key(event: Event) -> ActiviteId:
    return event.activite_id


def react(row: None, event: Event) -> Then[None, Oublier]:
    """Restored, the order that waited is withdrawn."""
    match event:
        case ActiviteSupprimee():
            return Then(None, [Order(Oublier(event.activite_id), at=event.supprimee_le + REPENTIR)])
        case ActiviteRestauree():
            return Then(None)


async def perform(tools: Tools, asked: Asked[Oublier]) -> None:
    """The activité itself says whether its time is over: it may have been restored a moment ago."""
    activite_id = asked.order.activite_id
    await tools.store.execute(
        ACTIVITE(activite_id),
        OublierActivite(activite_id=activite_id, maintenant=tools.now()),
        asked.context,
        erasures=[Erasure("activite", activite_id, "supprimée depuis 30 jours")],
    )
