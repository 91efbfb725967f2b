"""Les comptes suspendus à cet instant, d'après identity : rien ne se fait pour eux sans eux."""

from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.identity import CompteSuspenduV1, PersonneEffaceeV1, SuspensionLeveeV1
from events.projection.readmodel import Row, row_of

from activites.projections.tables import metadata

type Event = CompteSuspenduV1 | SuspensionLeveeV1 | PersonneEffaceeV1
reads = Event

table = sa.Table(
    "comptes_suspendus",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("suspendu_le", sa.DateTime(timezone=True), nullable=False),
)


def key(event: Event) -> UUID:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """One row as long as the suspension lasts."""
    match event:
        case CompteSuspenduV1():
            return row_of(table, event)
        case SuspensionLeveeV1() | PersonneEffaceeV1():
            return None
        case _:
            assert_never(event)


def est(compte_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Ce compte l'est. compte_id : une colonne de la requête."""
    return sa.exists().where(table.c.compte_id == compte_id)
