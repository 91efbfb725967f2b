"""Qui est, ou fut, membre de quelle équipe, d'après equipes."""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import MembrePartiV1, MembreRejointV1
from events.projection.readmodel import Row, row_of

from activites.projections import coordinations, emplois
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import metadata

type Event = MembreRejointV1 | MembrePartiV1
reads = Event

table = sa.Table(
    "appartenances",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, primary_key=True),
    sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
    sa.Column("parti_le", sa.DateTime(timezone=True)),
    sa.Column("compte_id", sa.Uuid),
    sa.Index("appartenances_du_mediateur", "mediateur_id"),
)


def key(event: Event) -> tuple[UUID, UUID]:
    return event.equipe_id, event.mediateur_id


def project(row: Row | None, event: Event) -> Row | None:
    """One row per membership: who comes back is a member again, from the first day for the figures."""
    match event:
        case MembreRejointV1():
            return row_of(table, event, depuis=row["depuis"] if row else event.depuis, parti_le=None)
        case MembrePartiV1():
            return row and row | {"parti_le": event.parti_le}


def equipes_de(mediateurs: Collection[UUID]) -> sa.Select[UUID]:
    """Les équipes dont l'un d'eux est membre, à cet instant."""
    c = table.c
    return sa.select(c.equipe_id).where(c.mediateur_id.in_(mediateurs), c.parti_le.is_(None))


def des_equipes_de(coordinateur_id: UUID) -> sa.Select[UUID, dt.datetime | None, str | None]:
    """Membres actuels et anciens de ses équipes : mediateur_id, parti_le ou null, fuseau."""
    equipes = coordinations.table
    # Member of two of his teams: still there as long as one membership lasts.
    fuseau = emplois.fuseau_de_la_personne(table.c.compte_id).scalar_subquery()
    encore = sa.func.bool_or(table.c.parti_le.is_(None))
    return (
        sa.select(
            table.c.mediateur_id,
            sa.case((encore, None), else_=sa.func.max(table.c.parti_le)).label("parti_le"),
            sa.func.max(fuseau).label("fuseau"),
        )
        .join_from(table, equipes, equipes.c.equipe_id == table.c.equipe_id)
        .where(equipes.c.coordinateur_id == comptes_rapproches.siens("coordinateur", coordinateur_id))
        .group_by(table.c.mediateur_id)
    )
