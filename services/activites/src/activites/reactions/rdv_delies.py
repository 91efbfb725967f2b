"""Qui ferme son compte, n'est plus médiateur ou se connecte ailleurs n'a plus de rendez-vous relus."""

import datetime as dt
from dataclasses import dataclass

from contracts.identity import CompteFermeV1, ComptesRapprochesV1, RoleRetireV1
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools

from activites.domain.vocabulaire import CompteId
from activites.rdv import comptes

type Event = CompteFermeV1 | RoleRetireV1 | ComptesRapprochesV1


@dataclass(frozen=True, slots=True)
class Delier:
    """Ne plus relier ce compte, sauf s'il l'a été de nouveau après cet instant."""

    compte_id: CompteId
    le: dt.datetime


def key(event: Event) -> CompteId:
    return CompteId(event.renvoye if isinstance(event, ComptesRapprochesV1) else event.compte_id)


def react(row: None, event: Event) -> Then[None, Delier]:
    match event:
        case CompteFermeV1():
            return Then(None, [Order(Delier(key(event), event.ferme_le))])
        case RoleRetireV1(role="mediateur"):
            return Then(None, [Order(Delier(key(event), event.retire_le))])
        case RoleRetireV1():
            return Then(None)
        case ComptesRapprochesV1():
            return Then(None, [Order(Delier(key(event), event.rapproches_le))])


async def perform(tools: Tools, asked: Asked[Delier]) -> None:
    await comptes.oublier(tools.store, asked.order.compte_id, tools.now(), lie_avant=asked.order.le)
