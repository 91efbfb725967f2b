"""A revocation decided in the journal always reaches the look-up table, should the process have died."""

import datetime as dt
from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.domain.session import SessionRevoquee
from identity.domain.vocabulaire import SessionId
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class OublierSession:
    """Cette session ne vaut plus rien."""

    session_id: SessionId
    revoquee_le: dt.datetime


def key(event: SessionRevoquee) -> SessionId:
    return event.session_id


def react(row: None, event: SessionRevoquee) -> Then[None, OublierSession]:
    return Then(None, [Order(OublierSession(event.session_id, event.revoquee_le))])


async def perform(tools: Outils, asked: Asked[OublierSession]) -> None:
    await tools.registre.forget(asked.order.session_id, asked.order.revoquee_le)
