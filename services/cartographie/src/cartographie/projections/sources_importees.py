"""Sources importées : ce que le dernier import de chaque source a donné."""

from dataclasses import asdict

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from sqlalchemy.dialects.postgresql import JSONB

from cartographie.domain.source import SourceImportee
from cartographie.domain.vocabulaire import SourceId
from cartographie.projections.tables import Rows, metadata

table = sa.Table(
    "sources_importees",
    metadata,
    sa.Column("source_id", sa.Uuid, primary_key=True),
    sa.Column("source", sa.Text, nullable=False, unique=True),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("fichier", sa.Text, nullable=False),
    sa.Column("edition", sa.Date, nullable=False),
    sa.Column("lues", sa.Integer, nullable=False),
    sa.Column("refusees", sa.Integer, nullable=False),
    sa.Column("reparations", sa.Integer, nullable=False),
    sa.Column("bilan", JSONB, nullable=False),
    sa.Column("importee_le", sa.DateTime(timezone=True), nullable=False),
)


type Event = SourceImportee
reads = Event


def key(event: Event) -> SourceId:
    return event.source_id


def project(row: Row | None, event: Event) -> Row | None:
    bilan = asdict(event.bilan) | {"refus": dict(event.bilan.refus)}
    return row_of(table, event, event.bilan, bilan=bilan)


def toutes() -> Rows:
    """Les sources, par code."""
    return sa.select(table).order_by(table.c.source)
