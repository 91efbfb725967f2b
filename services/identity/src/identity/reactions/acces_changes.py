"""A right that changes or a suspension closes every session of the account, should the process have died."""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never

from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.domain.acces import CompteSuspendu, DroitDonne, DroitRetire
from identity.domain.vocabulaire import CompteId, MotifRevocation
from identity.outils import Outils

type Event = DroitDonne | DroitRetire | CompteSuspendu


@dataclass(frozen=True, slots=True)
class FermerSessions:
    """Fermer les sessions de ce compte ouvertes jusque-là."""

    compte_id: CompteId
    motif: MotifRevocation
    ouvertes_avant: dt.datetime


def key(event: Event) -> CompteId:
    return event.compte_id


def react(row: None, event: Event) -> Then[None, FermerSessions]:
    match event:
        case CompteSuspendu():
            motif, quand = MotifRevocation.SUSPENSION, event.suspendu_le
        case DroitDonne():
            motif, quand = MotifRevocation.DROIT_CHANGE, event.donne_le
        case DroitRetire():
            motif, quand = MotifRevocation.DROIT_CHANGE, event.retire_le
        case _:
            assert_never(event)
    return Then(None, [Order(FermerSessions(event.compte_id, motif, quand))])


async def perform(tools: Outils, asked: Asked[FermerSessions]) -> None:
    # Whoever came back meanwhile came with what the fact decided.
    order = asked.order
    await tools.registre.revoke_all(
        order.compte_id, order.motif, asked.context, opened_before=order.ouvertes_avant
    )
