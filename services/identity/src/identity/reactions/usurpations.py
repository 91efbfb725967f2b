"""Somebody's account is being seen by another: they are told, and it ends at its term."""

from dataclasses import dataclass
from typing import assert_never

from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.courriels import compte_vu
from identity.courriels.envoi import ecrire
from identity.domain.usurpation import USURPATION, TerminerUsurpation, UsurpationCommencee
from identity.domain.vocabulaire import CompteId, SessionId
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class PrevenirPersonne:
    """Écrire à la personne que son compte a été vu."""

    compte_id: CompteId


@dataclass(frozen=True, slots=True)
class FinirUsurpation:
    """Le terme est passé."""

    compte_id: CompteId
    session_id: SessionId


type Ordre = PrevenirPersonne | FinirUsurpation


def key(event: UsurpationCommencee) -> SessionId:
    return event.session_id


def react(row: None, event: UsurpationCommencee) -> Then[None, Ordre]:
    fin = Order[Ordre](FinirUsurpation(event.compte_id, event.session_id), at=event.jusqu_a)
    return Then(None, [Order[Ordre](PrevenirPersonne(event.compte_id)), fin])


async def perform(tools: Outils, asked: Asked[Ordre]) -> None:
    match asked.order:
        case PrevenirPersonne(compte_id):
            await ecrire(tools, asked.id, compte_id, compte_vu.rediger)
        case FinirUsurpation(compte_id, session_id):
            command = TerminerUsurpation(session_id, tools.now())
            await tools.store.execute(USURPATION(compte_id), command, asked.context)
        case _:
            assert_never(asked.order)
