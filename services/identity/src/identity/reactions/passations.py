"""A team changes hands: identity, which alone has their addresses, writes to who takes it and to its members.

The row remembers who the members are, so that each is written to by an order of their own.
"""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from contracts.equipes import (
    EquipeReclameeV1,
    MandatOuvertV1,
    MembrePartiV1,
    MembreRejointV1,
    SuccesseurDesigneV1,
)
from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.courriels import coordinateur_change, equipe_proposee, equipe_reclamee
from identity.courriels.envoi import ecrire
from identity.domain.vocabulaire import CompteId
from identity.outils import Outils

READS = (MembreRejointV1, MembrePartiV1, MandatOuvertV1, EquipeReclameeV1, SuccesseurDesigneV1)
type Event = MembreRejointV1 | MembrePartiV1 | MandatOuvertV1 | EquipeReclameeV1 | SuccesseurDesigneV1


@dataclass(frozen=True, slots=True)
class DireLeNouveauCoordinateur:
    """Écrire à un membre que son équipe a un autre coordinateur."""

    equipe_id: UUID
    compte_id: CompteId


@dataclass(frozen=True, slots=True)
class DireLaReclamation:
    """Écrire à un membre que quelqu'un réclame son équipe."""

    equipe_id: UUID
    compte_id: CompteId


@dataclass(frozen=True, slots=True)
class ProposerEquipe:
    """Écrire à la personne désignée."""

    compte_id: CompteId
    effet_le: dt.datetime
    a_accepter: bool


type Ordre = DireLeNouveauCoordinateur | DireLaReclamation | ProposerEquipe


@dataclass(frozen=True, slots=True)
class Membres:
    """Ceux de l'équipe, à cet instant."""

    comptes: tuple[CompteId, ...]


def key(event: Event) -> UUID:
    return event.equipe_id


def react(row: Membres | None, event: Event) -> Then[Membres, Ordre]:
    """The row is never forgotten: an empty team may be joined again, and its messages still wait."""
    comptes = () if row is None else row.comptes
    match event:
        case MembreRejointV1(compte_id=compte_id):
            return Then(Membres((*_sans(comptes, compte_id), CompteId(compte_id))))
        case MembrePartiV1(compte_id=compte_id):
            return Then(Membres(_sans(comptes, compte_id)))
        case MandatOuvertV1():
            a_prevenir = _sans(comptes, event.compte_id)
            orders = [Order[Ordre](DireLeNouveauCoordinateur(event.equipe_id, c)) for c in a_prevenir]
            return Then(Membres(comptes), orders)
        case EquipeReclameeV1():
            orders = [Order[Ordre](DireLaReclamation(event.equipe_id, c)) for c in comptes]
            return Then(Membres(comptes), orders)
        case SuccesseurDesigneV1():
            proposer = ProposerEquipe(CompteId(event.compte_id), event.effet_le, event.a_accepter)
            return Then(Membres(comptes), [Order[Ordre](proposer)])
        case _:
            assert_never(event)


async def perform(tools: Outils, asked: Asked[Ordre]) -> None:
    match asked.order:
        case DireLeNouveauCoordinateur(equipe_id, compte_id):
            await ecrire(
                tools,
                asked.id,
                compte_id,
                lambda prenom, cadre: coordinateur_change.rediger(prenom, equipe_id, cadre),
            )
        case DireLaReclamation(equipe_id, compte_id):
            await ecrire(
                tools,
                asked.id,
                compte_id,
                lambda prenom, cadre: equipe_reclamee.rediger(prenom, equipe_id, cadre),
            )
        case ProposerEquipe(compte_id, effet_le, a_accepter):
            await ecrire(
                tools,
                asked.id,
                compte_id,
                lambda prenom, cadre: equipe_proposee.rediger(prenom, effet_le, a_accepter, cadre),
                inconnue=lambda prenom, cadre: equipe_proposee.rediger_a_une_inconnue(
                    prenom, effet_le, cadre
                ),
            )
        case _:
            assert_never(asked.order)


def _sans(comptes: tuple[CompteId, ...], compte_id: UUID) -> tuple[CompteId, ...]:
    return tuple(compte for compte in comptes if compte != compte_id)
