"""Les équipes : une ligne par équipe. Source : le journal du service."""

from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from events.types import ERASED

from equipes.domain.equipe_faits import CoordinateurEfface, EquipeCreee, MandatOuvert, NomEfface
from equipes.projections.tables import instant, metadata

type Event = EquipeCreee | MandatOuvert | CoordinateurEfface | NomEfface
reads = Event

table = sa.Table(
    "equipes",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("nom", sa.Text, nullable=False),
    instant("creee_le"),
)


def key(event: Event) -> UUID:
    return event.equipe_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case EquipeCreee():
            return row_of(table, event, creee_le=event.depuis)
        case MandatOuvert():
            return row and row | {"nom": event.nom}
        case CoordinateurEfface() | NomEfface():
            return row and row | {"nom": ERASED}
        case _:
            assert_never(event)
