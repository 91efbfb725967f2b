"""Read model: the médiateurs and coordinateurs who are or were in a team. Source: equipes."""

from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import EquipeCreeeV1, MandatOuvertV1, MembreRejointV1
from events.projection.readmodel import Row

from identity.projections.comptes_rapproches import comptes_rapproches
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


def en_equipe(mediateur_id: UUID | None, coordinateur_id: UUID | None) -> sa.Select[bool]:
    """Whether the person of these has ever been in a team, under an account brought to theirs too."""
    tenus: list[sa.ColumnElement[bool]] = [sa.false()]
    if mediateur_id is not None:
        tenus.append(table.c.role_id == comptes_rapproches.siens("mediateur", mediateur_id))
    if coordinateur_id is not None:
        tenus.append(table.c.role_id == comptes_rapproches.siens("coordinateur", coordinateur_id))
    return sa.select(sa.exists(sa.select(table.c.role_id).where(sa.or_(*tenus))))
