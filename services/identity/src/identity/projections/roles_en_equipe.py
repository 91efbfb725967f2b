"""Read model: the médiateurs and coordinateurs who are or were in a team. Source: equipes."""

from collections.abc import Collection
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import EquipeCreeeV1, MandatOuvertV1, MembreRejointV1
from events.projection.readmodel import Row

from identity.projections.tables import metadata

type Event = EquipeCreeeV1 | MandatOuvertV1 | MembreRejointV1
reads = Event

table = sa.Table(
    "roles_en_equipe",
    metadata,
    sa.Column("role_id", sa.Uuid, primary_key=True),  # mediateur_id or coordinateur_id
)


def key(event: Event) -> UUID:
    match event:
        case EquipeCreeeV1() | MandatOuvertV1():
            return event.coordinateur_id
        case MembreRejointV1():
            return event.mediateur_id
        case _:
            assert_never(event)


def project(row: Row | None, event: Event) -> Row | None:
    """Once in a team is enough: leaving it takes nothing back."""
    return {"role_id": key(event)}


def en_equipe(role_ids: Collection[UUID]) -> sa.Select[bool]:
    """Whether one of these has ever been in a team."""
    return sa.select(sa.exists().where(table.c.role_id.in_(list(role_ids))))
