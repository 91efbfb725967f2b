"""Read model: the teams, who created them, and whether somebody has ever joined. Source: equipes."""

from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import EquipeCreeeV1, MembreRejointV1
from events.projection.readmodel import Row

from identity.projections.tables import metadata

type Event = EquipeCreeeV1 | MembreRejointV1
reads = Event

table = sa.Table(
    "equipes_animees",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("coordinateur_id", sa.Uuid, nullable=False, index=True),
    sa.Column("a_un_membre", sa.Boolean, nullable=False),
)


def key(event: Event) -> UUID:
    return event.equipe_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case EquipeCreeeV1():
            return {
                "equipe_id": event.equipe_id,
                "coordinateur_id": event.coordinateur_id,
                "a_un_membre": False,
            }
        case MembreRejointV1():
            return {**row, "a_un_membre": True} if row is not None else None
        case _:
            assert_never(event)
