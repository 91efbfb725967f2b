"""Les équipes et leur coordinateur, d'après equipes."""

from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import EquipeCreeeV1
from events.projection.readmodel import Row, row_of

from activites.projections.tables import metadata

type Event = EquipeCreeeV1
reads = Event

table = sa.Table(
    "equipes_coordonnees",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("coordinateur_id", sa.Uuid, nullable=False),
    sa.Index("equipes_coordonnees_coordinateur", "coordinateur_id"),
)


def key(event: Event) -> UUID:
    return event.equipe_id


def project(row: Row | None, event: Event) -> Row | None:
    return row_of(table, event)
