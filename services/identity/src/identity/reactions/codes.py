"""Un code est demandé : il part vers la boîte qu'il doit prouver."""

import datetime as dt
from dataclasses import dataclass

from courriels.enveloppe import CourrielRefuse
from events.projection.executor import Asked
from events.projection.guilt import Impossible
from events.projection.manager import Order, Then
from events.types import ERASED

from identity.courriels.code import rediger
from identity.domain import preuve
from identity.domain.preuve import PREUVE, CodeDemande
from identity.domain.vocabulaire import PreuveId
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class EnvoyerCode:
    """Envoyer le code de cette preuve, tant qu'il vaut."""

    preuve_id: PreuveId
    expire_le: dt.datetime


def key(event: CodeDemande) -> PreuveId:
    return event.preuve_id


def react(row: None, event: CodeDemande) -> Then[None, EnvoyerCode]:
    return Then(None, [Order(EnvoyerCode(event.preuve_id, event.expire_le))])


async def perform(tools: Outils, asked: Asked[EnvoyerCode]) -> None:
    """The address and the code live in here only."""
    order = asked.order
    if tools.now() >= order.expire_le:
        return
    state, _ = await tools.store.state(PREUVE(order.preuve_id))
    if not isinstance(state, preuve.Attendue) or state.demande.courriel == ERASED:
        return
    minutes = int(preuve.VIE.total_seconds()) // 60
    courriel = rediger(
        tools.codes.code(order.preuve_id), minutes=minutes, base=tools.public_url, aide=tools.aide
    )
    try:
        await tools.courrier.remettre(asked.id, state.demande.courriel, courriel)
    except CourrielRefuse as refus:
        raise Impossible(refus.motif) from None
