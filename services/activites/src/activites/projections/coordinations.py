"""Qui coordonne quelle équipe à cet instant, d'après equipes : qui prend la main en voit tout le passé."""

from collections.abc import Collection
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import EquipeCreeeV1, MandatFiniV1, MandatOuvertV1
from events.projection.readmodel import Row, row_of

from activites.projections.tables import metadata

type Event = EquipeCreeeV1 | MandatOuvertV1 | MandatFiniV1
reads = Event

table = sa.Table(
    "coordinations",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("coordinateur_id", sa.Uuid, primary_key=True),
    sa.Index("coordinations_du_coordinateur", "coordinateur_id"),
)


def key(event: Event) -> tuple[UUID, UUID]:
    return event.equipe_id, event.coordinateur_id


def project(row: Row | None, event: Event) -> Row | None:
    """One row as long as the mandate lasts."""
    match event:
        case EquipeCreeeV1() | MandatOuvertV1():
            return row_of(table, event)
        case MandatFiniV1():
            return None
        case _:
            assert_never(event)


def equipes_de(coordinateurs: Collection[UUID]) -> sa.Select[UUID]:
    """Les équipes que l'un d'eux coordonne."""
    return sa.select(table.c.equipe_id).where(table.c.coordinateur_id.in_(coordinateurs))
