"""Les activités de coordination supprimées que leur auteur peut encore reprendre : un jour et un type."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from activites.domain.activite import REPENTIR
from activites.domain.coordination_faits import (
    CoordinationRestauree,
    CoordinationSupprimee,
    TextesDeCoordinationEffaces,
)
from activites.domain.coordination_vocabulaire import CoordinationId
from activites.projections.tables import Rows, de_celui_ci, metadata

type Event = CoordinationSupprimee | CoordinationRestauree | TextesDeCoordinationEffaces
reads = Event

table = sa.Table(
    "coordinations_supprimees",
    metadata,
    sa.Column("coordination_id", sa.Uuid, primary_key=True),
    sa.Column("coordinateur_id", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("supprimee_le", sa.DateTime(timezone=True), nullable=False),
    sa.Index("coordinations_supprimees_ordre", "coordinateur_id", "supprimee_le", "coordination_id"),
)

ORDRE = (table.c.supprimee_le.desc(), table.c.coordination_id.desc())
"""La dernière supprimée d'abord."""


def key(event: Event) -> CoordinationId:
    return event.coordination_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event. Its texts gone, after 30 days or with the account: nothing to offer."""
    match event:
        case CoordinationSupprimee():
            return row_of(table, event)
        case CoordinationRestauree() | TextesDeCoordinationEffaces():
            return None


def du_coordinateur(siens: Sequence[UUID], maintenant: dt.datetime) -> Rows:
    """Celles qu'il peut encore reprendre. siens : les identifiants sous lesquels il a saisi."""
    c = table.c
    return sa.select(table).where(
        de_celui_ci(c.coordinateur_id, siens), c.supprimee_le > maintenant - REPENTIR
    )
