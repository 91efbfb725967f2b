"""Finishes what an erasure cut short had begun: emplois, sessions."""

import datetime as dt
from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools

from identity.domain.compte import CompteEfface
from identity.domain.vocabulaire import CompteId
from identity.erasure import suites


@dataclass(frozen=True, slots=True)
class FinirEffacement:
    """Ce qui suit l'effacement d'un compte."""

    compte_id: CompteId
    efface_le: dt.datetime


def key(event: CompteEfface) -> CompteId:
    return event.compte_id


def react(row: None, event: CompteEfface) -> Then[None, FinirEffacement]:
    return Then(None, [Order(FinirEffacement(event.compte_id, event.efface_le))])


async def perform(tools: Tools, asked: Asked[FinirEffacement]) -> None:
    await suites(tools.store, asked.order.compte_id, asked.context, asked.order.efface_le)
