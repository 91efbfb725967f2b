"""Un départ annoncé arrive à sa date : le mandat finit, celui du successeur s'ouvre."""

from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools

from equipes.domain.equipe import EQUIPE
from equipes.domain.equipe_faits import DepartAnnonce, DepartAnnule
from equipes.domain.passation import ConstaterDepart
from equipes.domain.vocabulaire import EquipeId

type Event = DepartAnnonce | DepartAnnule


@dataclass(frozen=True, slots=True)
class FaireDepart:
    """Le coordinateur qui l'a annoncé part, si son départ tient toujours."""

    equipe_id: EquipeId


def key(event: Event) -> EquipeId:
    return event.equipe_id


def react(row: None, event: Event) -> Then[None, FaireDepart]:
    """Announced again, the date is another: what waited for the first one is withdrawn."""
    if isinstance(event, DepartAnnule):
        return Then(None)
    return Then(None, [Order(FaireDepart(event.equipe_id), at=event.effet_le)])


async def perform(tools: Tools, asked: Asked[FaireDepart]) -> None:
    """Déjà parti, ou parti plus tard : rien ne change."""
    equipe_id = asked.order.equipe_id
    await tools.store.execute(EQUIPE(equipe_id), ConstaterDepart(equipe_id, tools.now()), asked.context)
