"""Les lieux où chacun dit exercer, d'après identity : de quoi les proposer d'abord."""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.identity import LieuxChoisisV1, PersonneEffaceeV1
from events.projection.readmodel import Row, row_of
from sqlalchemy.dialects.postgresql import ARRAY

from activites.projections import lieux_connus
from activites.projections.tables import Rows, metadata

type Event = LieuxChoisisV1 | PersonneEffaceeV1
reads = Event

table = sa.Table(
    "lieux_choisis",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("lieux", ARRAY(sa.Uuid), nullable=False),
)


def key(event: Event) -> UUID:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case LieuxChoisisV1():
            return row_of(table, event)
        case PersonneEffaceeV1():
            return None
        case _:
            assert_never(event)


def du_compte(siens: Sequence[UUID]) -> Rows:
    """Ceux qui sont connus, dans l'ordre de son choix : lieu_id, nom, commune, code_postal. siens : ses
    comptes, celui d'aujourd'hui d'abord."""
    connus = lieux_connus.table.c
    return (
        sa.select(connus.lieu_id, connus.nom, connus.commune, connus.code_postal)
        .join(table, connus.lieu_id == sa.any_(table.c.lieux))
        .where(table.c.compte_id.in_(siens))
        .order_by(table.c.compte_id != siens[0], sa.func.array_position(table.c.lieux, connus.lieu_id))
    )
