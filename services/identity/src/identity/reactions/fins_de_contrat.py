"""A contract that ends is announced three months before, then one month before."""

import datetime as dt
from dataclasses import dataclass

from events.projection.executor import Asked
from events.projection.manager import Order, Then
from referentiels.calendrier import decaler
from referentiels.territoires import fuseau_de, instant_de

from identity.domain.emploi import EMPLOI, AlerterFinDeContrat
from identity.domain.emploi_faits import ContratTermine, EmploiCorrige, EmploiDeclare, EmploiEfface
from identity.domain.vocabulaire import EmploiId, SeuilDeFin
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class AnnoncerFinDeContrat:
    """Dire que le terme de cet emploi approche, si c'est encore le sien."""

    emploi_id: EmploiId
    seuil: SeuilDeFin
    fin: dt.date


type Lu = EmploiDeclare | EmploiCorrige | ContratTermine | EmploiEfface


def key(event: Lu) -> EmploiId:
    return event.emploi_id


def react(row: None, event: Lu) -> Then[None, AnnoncerFinDeContrat]:
    """What was planned for an earlier end is withdrawn."""
    match event:
        case EmploiDeclare(fin_prevue=dt.date() as fin) | EmploiCorrige(fin_prevue=dt.date() as fin):
            quand = {seuil: _premier_instant(event, seuil, fin) for seuil in SeuilDeFin}
            # Said within its last month, it is announced once.
            if quand[SeuilDeFin.UN_MOIS] <= _dit_le(event):
                del quand[SeuilDeFin.TROIS_MOIS]
            return Then(
                None,
                [Order(AnnoncerFinDeContrat(event.emploi_id, seuil, fin), at) for seuil, at in quand.items()],
            )
        case _:
            return Then(None)


async def perform(tools: Outils, asked: Asked[AnnoncerFinDeContrat]) -> None:
    order = asked.order
    command = AlerterFinDeContrat(order.seuil, order.fin, tools.now())
    await tools.store.execute(EMPLOI(order.emploi_id), command, asked.context)


def _dit_le(event: EmploiDeclare | EmploiCorrige) -> dt.datetime:
    return event.declare_le if isinstance(event, EmploiDeclare) else event.corrige_le


def _premier_instant(event: EmploiDeclare | EmploiCorrige, seuil: SeuilDeFin, fin: dt.date) -> dt.datetime:
    """When that day begins, where the person works."""
    jour = decaler(fin, -seuil.mois)
    return instant_de(jour, fuseau_de(event.code_insee))
