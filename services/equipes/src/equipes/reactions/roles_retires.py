"""A person does not coordinate any more: their mandates end, and what was about to become one."""

import datetime as dt
from dataclasses import dataclass

from contracts.identity import RoleRetireV1
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools

from equipes.domain.passation import QuitterMandat
from equipes.domain.vocabulaire import CompteId
from equipes.erasure import detacher
from equipes.projections.comptes_rapproches import comptes_rapproches


@dataclass(frozen=True, slots=True)
class QuitterSesMandats:
    """Mettre fin à ses mandats, et à ce qui lui était proposé ou qu'elle réclamait."""

    compte_id: CompteId
    retire_le: dt.datetime


def key(event: RoleRetireV1) -> CompteId:
    return CompteId(event.compte_id)


def react(row: None, event: RoleRetireV1) -> Then[None, QuitterSesMandats]:
    if event.role != "coordinateur":
        return Then(None, [])
    return Then(None, [Order(QuitterSesMandats(CompteId(event.compte_id), event.retire_le))])


async def perform(tools: Tools, asked: Asked[QuitterSesMandats]) -> None:
    order = asked.order
    async with tools.store.database.engine.connect() as connection:
        personnes = await comptes_rapproches.personnes(connection, "compte", [order.compte_id])
    for sien in personnes[order.compte_id].tous:
        await detacher(tools.store, CompteId(sien), QuitterMandat, asked.context, order.retire_le)
