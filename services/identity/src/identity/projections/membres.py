"""Qui est membre de quelle équipe, à cet instant, d'après equipes : de quoi savoir qui peut lire quoi."""

from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import MembrePartiV1, MembreRejointV1
from events.projection.readmodel import Row, row_of

from identity.projections import coordinations
from identity.projections.comptes_rapproches import comptes_rapproches
from identity.projections.tables import metadata

type Event = MembreRejointV1 | MembrePartiV1
reads = Event

table = sa.Table(
    "membres",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, primary_key=True, index=True),
)


def key(event: Event) -> tuple[UUID, UUID]:
    return event.equipe_id, event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """One row as long as the membership lasts."""
    match event:
        case MembreRejointV1():
            return row_of(table, event)
        case MembrePartiV1():
            return None
        case _:
            assert_never(event)


def est_membre(compte_id: UUID) -> sa.Select[bool]:
    """Whether this person is in a team today, under an account brought to theirs too."""
    return sa.select(sa.exists().where(table.c.compte_id == comptes_rapproches.siens("compte", compte_id)))


def ses_equipes(compte_id: UUID, coordinateur_id: UUID | None) -> sa.CompoundSelect[UUID]:
    """Celles dont cette personne est membre, et celles qu'elle coordonne."""
    equipes = coordinations.table
    return sa.union_all(
        sa.select(table.c.equipe_id).where(table.c.compte_id == compte_id),
        sa.select(equipes.c.equipe_id).where(
            equipes.c.coordinateur_id == coordinateur_id, coordinations.EN_COURS
        ),
    )


def a_un_membre(coordinateur_id: UUID | None) -> sa.Select[bool]:
    """Whether this coordinateur has somebody in one of their teams today."""
    return sa.select(sa.exists(_sous(coordinateur_id)))


def coordonne_par(compte_id: UUID, coordinateur_id: UUID) -> sa.Select[UUID]:
    """Une ligne si ce coordinateur a cette personne dans une de ses équipes."""
    siens = comptes_rapproches.siens("compte", compte_id)
    return _sous(coordinateur_id).where(table.c.compte_id == siens).limit(1)


def _sous(coordinateur_id: UUID | None) -> sa.Select[UUID]:
    equipes = coordinations.table
    return (
        sa.select(table.c.equipe_id)
        .join(equipes, equipes.c.equipe_id == table.c.equipe_id)
        .where(
            equipes.c.coordinateur_id
            == comptes_rapproches.siens("coordinateur", sa.literal(coordinateur_id, sa.Uuid)),
            coordinations.EN_COURS,
        )
    )
