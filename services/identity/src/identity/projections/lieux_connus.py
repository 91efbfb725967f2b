"""Read model: the lieux among which a person chooses where they work. Source: cartographie."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from contracts.cartographie import LieuMisAJourV1, LieuReferenceV1
from events.projection.readmodel import Row, row_of

from identity.projections.tables import metadata

type Event = LieuReferenceV1 | LieuMisAJourV1
reads = Event

table = sa.Table(
    "lieux_connus",
    metadata,
    sa.Column("lieu_id", sa.Uuid, primary_key=True),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("adresse", sa.Text),
    sa.Column("code_postal", sa.Text, nullable=False),
    sa.Column("commune", sa.Text, nullable=False),
)


def key(event: Event) -> UUID:
    return event.lieu_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event: a lieu never disappears, inscriptions still point at it."""
    return row_of(table, event)


def a_ces_codes_postaux(codes: Collection[str]) -> sa.Select[Any]:
    """Those where a lieu that the dispositif describes may be one of them."""
    return sa.select(table).where(table.c.code_postal.in_(list(codes)))


def ceux_ci(lieux: Collection[UUID]) -> sa.Select[Any]:
    """Those of these lieux that are known."""
    return sa.select(table).where(table.c.lieu_id.in_(list(lieux)))
