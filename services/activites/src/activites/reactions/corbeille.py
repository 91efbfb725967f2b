"""Une activité supprimée garde ses textes 30 jours, le temps de la reprendre ; puis leur clé est détruite."""

from dataclasses import dataclass
from uuid import UUID

from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools
from events.store.appender import Erasure

from activites.domain.activite import ACTIVITE, REPENTIR, OublierActivite
from activites.domain.coordination import COORDINATION, OublierCoordination
from activites.domain.coordination_faits import CoordinationRestauree, CoordinationSupprimee
from activites.domain.coordination_vocabulaire import CoordinationId
from activites.domain.faits import ActiviteRestauree, ActiviteSupprimee
from activites.domain.vocabulaire import ActiviteId

type Event = ActiviteSupprimee | ActiviteRestauree | CoordinationSupprimee | CoordinationRestauree
_MOTIF = "supprimée depuis 30 jours"


@dataclass(frozen=True, slots=True)
class Oublier:
    """Détruire les textes de cette activité, si elle est toujours supprimée."""

    activite_id: ActiviteId


@dataclass(frozen=True, slots=True)
class OublierDeCoordination:
    """Détruire les textes de cette activité de coordination, si elle est toujours supprimée."""

    coordination_id: CoordinationId


type Ordre = Oublier | OublierDeCoordination


def key(event: Event) -> UUID:
    match event:
        case ActiviteSupprimee() | ActiviteRestauree():
            return event.activite_id
        case CoordinationSupprimee() | CoordinationRestauree():
            return event.coordination_id


def react(row: None, event: Event) -> Then[None, Ordre]:
    """Restored, the order that waited is withdrawn."""
    match event:
        case ActiviteSupprimee():
            return Then(None, [Order(Oublier(event.activite_id), at=event.supprimee_le + REPENTIR)])
        case CoordinationSupprimee():
            oublier = OublierDeCoordination(event.coordination_id)
            return Then(None, [Order(oublier, at=event.supprimee_le + REPENTIR)])
        case ActiviteRestauree() | CoordinationRestauree():
            return Then(None)


async def perform(tools: Tools, asked: Asked[Ordre]) -> None:
    """The activité itself says whether its time is over: it may have been restored a moment ago."""
    match asked.order:
        case Oublier(activite_id):
            await tools.store.execute(
                ACTIVITE(activite_id),
                OublierActivite(activite_id=activite_id, maintenant=tools.now()),
                asked.context,
                erasures=[Erasure("activite", activite_id, _MOTIF)],
            )
        case OublierDeCoordination(coordination_id):
            await tools.store.execute(
                COORDINATION(coordination_id),
                OublierCoordination(coordination_id=coordination_id, maintenant=tools.now()),
                asked.context,
                erasures=[Erasure("coordination", coordination_id, _MOTIF)],
            )
