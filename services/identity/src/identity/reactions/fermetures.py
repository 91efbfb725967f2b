"""An account is closed: its sessions end, and the person is erased unless they open it again in time."""

import datetime as dt
from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.domain import compte
from identity.domain.compte import COMPTE, CompteEfface, CompteFerme, CompteRouvert
from identity.domain.vocabulaire import CompteId, MotifRevocation
from identity.erasure import KIND, effacer
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class CloreSessions:
    """Fermer les sessions ouvertes avant la fermeture."""

    compte_id: CompteId
    ferme_le: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerFerme:
    """Effacer la personne, si son compte est toujours fermé."""

    compte_id: CompteId


type Ordre = CloreSessions | EffacerFerme


def key(event: CompteFerme | CompteRouvert | CompteEfface) -> CompteId:
    return event.compte_id


def react(row: None, event: CompteFerme | CompteRouvert | CompteEfface) -> Then[None, Ordre]:
    if not isinstance(event, CompteFerme):
        # Opened again or erased: the erasure that waited is withdrawn.
        return Then(None)
    fermer = CloreSessions(event.compte_id, event.ferme_le)
    return Then(None, [Order(fermer), Order(EffacerFerme(event.compte_id), at=event.effacement_le)])


async def perform(tools: Outils, asked: Asked[Ordre]) -> None:
    match asked.order:
        case CloreSessions(compte_id, ferme_le):
            await tools.registre.revoke_all(
                compte_id, MotifRevocation.FERMETURE, asked.context, opened_before=ferme_le
            )
        case EffacerFerme(compte_id):
            state, _ = await tools.store.state(COMPTE(compte_id))
            if isinstance(state, compte.Ferme) and tools.now() >= state.effacement_le:
                await effacer(
                    tools.store,
                    KIND,
                    compte_id,
                    "fermeture",
                    asked.context,
                    tools.now(),
                    seulement=compte.Ferme,
                )
