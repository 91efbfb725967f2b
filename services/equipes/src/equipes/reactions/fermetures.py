"""Une personne a fermé son compte : elle quitte ses équipes, leurs réseaux, et celles qu'elle coordonne."""

import datetime as dt
from dataclasses import dataclass

from contracts.identity import CompteFermeV1
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools

from equipes.domain.appartenance import APPARTENANCE, MembreRejoint, QuitterEquipe
from equipes.domain.invitation import INVITATION, EffacerInvite, InvitationAcceptee
from equipes.domain.passation import QuitterMandat
from equipes.domain.vocabulaire import CompteId
from equipes.erasure import detacher
from equipes.projections.comptes_rapproches import comptes_rapproches


@dataclass(frozen=True, slots=True)
class QuitterSesEquipes:
    """Le faire partir de ses équipes, au jour où il a fermé son compte."""

    compte_id: CompteId
    ferme_le: dt.datetime


def key(event: CompteFermeV1) -> CompteId:
    return CompteId(event.compte_id)


def react(row: None, event: CompteFermeV1) -> Then[None, QuitterSesEquipes]:
    return Then(None, [Order(QuitterSesEquipes(CompteId(event.compte_id), event.ferme_le))])


async def perform(tools: Tools, asked: Asked[QuitterSesEquipes]) -> None:
    """Closings are rare, so the journal is read rather than a table, which may be late.

    Whose the accounts are, only identity knows, and has said long before.
    """
    compte_id = asked.order.compte_id
    async with tools.store.database.engine.connect() as connection:
        personnes = await comptes_rapproches.personnes(connection, "compte", [compte_id])
    for sien in (CompteId(un) for un in personnes[compte_id].tous):
        await _quitter(tools, asked, sien)


async def _quitter(tools: Tools, asked: Asked[QuitterSesEquipes], compte_id: CompteId) -> None:
    quitter = QuitterEquipe(compte_id, None, frozenset(), asked.order.ferme_le)
    for membre in await tools.store.streams_with(APPARTENANCE, MembreRejoint, compte_id=compte_id):
        await tools.store.execute(membre, quitter, asked.context)
    for lie in await tools.store.streams_with(INVITATION, InvitationAcceptee, compte_id=compte_id):
        await tools.store.execute(lie, EffacerInvite(asked.order.ferme_le), asked.context)
    await detacher(tools.store, compte_id, QuitterMandat, asked.context, asked.order.ferme_le)
