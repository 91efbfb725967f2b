"""Une personne a fermé son compte : les liens vers ses chiffres n'ouvrent plus rien, même rouvert."""

from dataclasses import dataclass

from contracts.identity import CompteFermeV1
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.service import Tools

from activites import liens
from activites.domain.vocabulaire import CompteId
from activites.projections.comptes_rapproches import comptes_rapproches


@dataclass(frozen=True, slots=True)
class RevoquerSesLiens:
    """Révoquer les liens que ce compte a donnés, et ceux des comptes qui y mènent."""

    compte_id: CompteId


def key(event: CompteFermeV1) -> CompteId:
    return CompteId(event.compte_id)


def react(row: None, event: CompteFermeV1) -> Then[None, RevoquerSesLiens]:
    return Then(None, [Order(RevoquerSesLiens(CompteId(event.compte_id)))])


async def perform(tools: Tools, asked: Asked[RevoquerSesLiens]) -> None:
    compte_id = asked.order.compte_id
    async with tools.store.database.engine.connect() as connection:
        personnes = await comptes_rapproches.personnes(connection, "compte", [compte_id])
    await liens.revoquer_ceux_de(tools.store.database, personnes[compte_id].tous, tools.now())
