"""Les activités supprimées que leur médiateur peut encore reprendre. Aucun texte : un jour et une sorte."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from activites.domain.activite import REPENTIR
from activites.domain.faits import ActiviteRestauree, ActiviteSupprimee, TextesEffaces
from activites.domain.vocabulaire import ActiviteId
from activites.projections.tables import Rows, de_celui_ci, metadata

type Event = ActiviteSupprimee | ActiviteRestauree | TextesEffaces
reads = Event

table = sa.Table(
    "activites_supprimees",
    metadata,
    sa.Column("activite_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text),
    sa.Column("date", sa.Date),
    sa.Column("supprimee_le", sa.DateTime(timezone=True), nullable=False),
    sa.Index("activites_supprimees_ordre", "mediateur_id", "supprimee_le", "activite_id"),
)

ORDRE = (table.c.supprimee_le.desc(), table.c.activite_id.desc())
"""La dernière supprimée d'abord."""


def key(event: Event) -> ActiviteId:
    return event.activite_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event. Its texts gone, after 30 days or with the account: nothing to offer."""
    match event:
        case ActiviteSupprimee():
            return row_of(table, event)
        case ActiviteRestauree() | TextesEffaces():
            return None


def du_mediateur(siens: Sequence[UUID], maintenant: dt.datetime) -> Rows:
    """Celles qu'il peut encore reprendre. siens : les identifiants sous lesquels il a saisi."""
    c = table.c
    return sa.select(table).where(de_celui_ci(c.mediateur_id, siens), c.supprimee_le > maintenant - REPENTIR)
