"""Read model: what persons ask to have corrected, and whether it is answered. Their words are not here."""

from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row

from identity.domain import demandes
from identity.domain.vocabulaire import RectificationId
from identity.projections.comptes import table as comptes
from identity.projections.tables import metadata

type Event = demandes.RectificationDemandee | demandes.RectificationTraitee
reads = Event

table = sa.Table(
    "rectifications",
    metadata,
    sa.Column("rectification_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False),
    sa.Column("demandee_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("acceptee", sa.Boolean),  # null: nobody has answered
    sa.Column("traitee_le", sa.DateTime(timezone=True)),
)


def key(event: Event) -> RectificationId:
    match event:
        case demandes.RectificationDemandee():
            return demandes.identifiant(event)
        case demandes.RectificationTraitee():
            return event.rectification_id
        case _:
            assert_never(event)


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event. Every one starts with RectificationDemandee."""
    match event:
        case demandes.RectificationDemandee():
            return {
                "rectification_id": key(event),
                "compte_id": event.compte_id,
                "demandee_le": event.demandee_le,
                "acceptee": None,
                "traitee_le": None,
            }
        case demandes.RectificationTraitee():
            return {**(row or {}), "acceptee": event.acceptee, "traitee_le": event.traitee_le}
        case _:
            assert_never(event)


ORDRE = (table.c.demandee_le, table.c.rectification_id)
"""La plus ancienne d'abord : c'est elle qui attend."""


def toutes(*, traitees: bool) -> sa.Select[*tuple[Any, ...]]:
    """Celles qui attendent, ou les autres, de qui n'est pas effacé."""
    c = table.c
    return _nommees().where(c.traitee_le.is_not(None) if traitees else c.traitee_le.is_(None))


def une(rectification_id: UUID) -> sa.Select[*tuple[Any, ...]]:
    """Celle-ci."""
    return _nommees().where(table.c.rectification_id == rectification_id)


def _nommees() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(table, comptes.c.prenom, comptes.c.nom).join(
        comptes, comptes.c.compte_id == table.c.compte_id
    )
