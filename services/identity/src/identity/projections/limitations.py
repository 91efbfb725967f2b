"""Read model: the persons who asked that their name be read no more."""

from typing import assert_never

import sqlalchemy as sa
from events.projection.readmodel import Row

from identity.domain import compte, demandes
from identity.domain.vocabulaire import CompteId
from identity.projections.tables import metadata

table = sa.Table(
    "limitations",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
)

type Event = demandes.LimitationDemandee | demandes.LimitationLevee | compte.CompteEfface
reads = Event


def key(event: Event) -> CompteId:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case demandes.LimitationDemandee():
            return {"compte_id": event.compte_id, "depuis": event.demandee_le}
        case demandes.LimitationLevee() | compte.CompteEfface():
            return None
        case _:
            assert_never(event)
