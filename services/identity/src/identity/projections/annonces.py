"""Read model: one row per announcement, those over included."""

import datetime as dt
from typing import Any, assert_never

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from identity.domain import annonce
from identity.domain.vocabulaire import AnnonceId
from identity.projections.tables import metadata

table = sa.Table(
    "annonces",
    metadata,
    sa.Column("annonce_id", sa.Uuid, primary_key=True),
    sa.Column("texte", sa.Text, nullable=False),
    sa.Column("du", sa.DateTime(timezone=True), nullable=False),
    sa.Column("au", sa.DateTime(timezone=True)),
    sa.Column("publiee_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("retiree_le", sa.DateTime(timezone=True)),
)

reads = annonce.Event

ORDRE = (table.c.publiee_le.desc(), table.c.annonce_id.desc())


def key(event: annonce.Event) -> AnnonceId:
    return event.annonce_id


def project(row: Row | None, event: annonce.Event) -> Row | None:
    match event:
        case annonce.AnnoncePubliee():
            return row_of(table, event, retiree_le=None)
        case annonce.AnnonceRetiree():
            return {**(row or {}), "retiree_le": event.retiree_le}
        case _:
            assert_never(event)


def toutes() -> sa.Select[*tuple[Any, ...]]:
    """Every announcement, whatever became of it."""
    return sa.select(table)


def en_cours(maintenant: dt.datetime, limite: int) -> sa.Select[str]:
    """What everybody reads now, the latest first."""
    c = table.c
    return (
        sa.select(c.texte)
        .where(c.retiree_le.is_(None), c.du <= maintenant, sa.or_(c.au.is_(None), c.au > maintenant))
        .order_by(*ORDRE)
        .limit(limite)
    )
