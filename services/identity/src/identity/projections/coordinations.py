"""Read model: who coordinates, or coordinated, which team. Source: equipes."""

import datetime as dt
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import EquipeCreeeV1, MandatFiniV1, MandatOuvertV1
from events.projection.readmodel import Row, row_of

from identity.projections.tables import metadata

type Event = EquipeCreeeV1 | MandatOuvertV1 | MandatFiniV1
reads = Event

table = sa.Table(
    "coordinations",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("coordinateur_id", sa.Uuid, primary_key=True, index=True),
    sa.Column("fini_le", sa.DateTime(timezone=True)),
)

EN_COURS = table.c.fini_le.is_(None)


def key(event: Event) -> tuple[UUID, UUID]:
    return event.equipe_id, event.coordinateur_id


def project(row: Row | None, event: Event) -> Row | None:
    """One row per coordinateur of a team: who comes back is one again."""
    match event:
        case EquipeCreeeV1() | MandatOuvertV1():
            return row_of(table, event, fini_le=None)
        case MandatFiniV1():
            return row and row | {"fini_le": event.fini_le}
        case _:
            assert_never(event)


def de_lequipe(equipe_id: UUID) -> sa.Select[UUID, dt.datetime | None]:
    """Each of its coordinateurs, and when they ceased to be."""
    return sa.select(table.c.coordinateur_id, table.c.fini_le).where(table.c.equipe_id == equipe_id)
