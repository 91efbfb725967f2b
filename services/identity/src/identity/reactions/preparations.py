"""An address was invited and nobody came: past the time of an invitation, it is erased from here."""

import datetime as dt
from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then
from referentiels.calendrier import decaler

from identity.domain import compte
from identity.domain.compte import CompteEfface, CompteOuvert, ComptePrepare
from identity.domain.vocabulaire import CompteId
from identity.erasure import KIND, effacer
from identity.outils import Outils

ATTENTE_MOIS = 6
"""As long as an invitation may be answered; a day more, for what is sent after the address was prepared."""
_MOTIF = "invitation sans suite"

type Event = ComptePrepare | CompteOuvert | CompteEfface


@dataclass(frozen=True, slots=True)
class OublierAdresse:
    """Effacer l'adresse invitée, si personne ne s'est connecté."""

    compte_id: CompteId


def key(event: Event) -> CompteId:
    return event.compte_id


def react(row: None, event: Event) -> Then[None, OublierAdresse]:
    """What is said again starts the time again; who signs in, or is erased, ends it."""
    if not isinstance(event, ComptePrepare):
        return Then(None)
    fin = decaler(event.prepare_le, ATTENTE_MOIS) + dt.timedelta(days=1)
    return Then(None, [Order(OublierAdresse(event.compte_id), at=fin)])


async def perform(tools: Outils, asked: Asked[OublierAdresse]) -> None:
    await effacer(
        tools.store,
        KIND,
        asked.order.compte_id,
        _MOTIF,
        asked.context,
        tools.now(),
        seulement=compte.Prepare,
    )
