"""Les équipes proposées à quelqu'un, en attendant qu'il les coordonne. Source : le journal du service."""

from collections.abc import Collection
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from equipes.domain.equipe_faits import (
    DepartAnnonce,
    DepartAnnule,
    MandatOuvert,
    PassationAcceptee,
    PassationDeclinee,
    SuccesseurDesigne,
)
from equipes.projections.equipes import table as equipes
from equipes.projections.tables import Rows, instant, metadata

type Event = (
    DepartAnnonce | DepartAnnule | SuccesseurDesigne | PassationAcceptee | PassationDeclinee | MandatOuvert
)
reads = Event

table = sa.Table(
    "passations",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False),
    sa.Column("a_accepter", sa.Boolean, nullable=False),
    instant("effet_le"),
    instant("designe_le"),
    sa.Index("passations_du_compte", "compte_id"),
)

ORDRE = (table.c.designe_le, table.c.equipe_id)


def key(event: Event) -> UUID:
    return event.equipe_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case SuccesseurDesigne():
            return row_of(table, event, a_accepter=event.coordinateur_id is None)
        case PassationAcceptee():
            return row and row | {"a_accepter": False}
        case DepartAnnonce() | DepartAnnule() | PassationDeclinee() | MandatOuvert():
            return None
        case _:
            assert_never(event)


def proposees_a(siens: Collection[UUID]) -> Rows:
    """Les équipes que cette personne doit coordonner : equipe_id, nom, a_accepter, effet_le, designe_le."""
    c = table.c
    return (
        sa.select(c.equipe_id, equipes.c.nom, c.a_accepter, c.effet_le, c.designe_le)
        .join(equipes, equipes.c.equipe_id == c.equipe_id)
        .where(c.compte_id.in_(siens))
    )
