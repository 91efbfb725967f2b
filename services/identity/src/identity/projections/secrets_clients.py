"""Read model: one row per secret given to a machine client: by whom, from when to when. Never what it is."""

from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from identity.domain import client
from identity.domain.vocabulaire import SecretId
from identity.projections.tables import metadata

table = sa.Table(
    "secrets_clients",
    metadata,
    sa.Column("secret_id", sa.Uuid, primary_key=True),
    sa.Column("client_id", sa.Uuid, nullable=False, index=True),
    sa.Column("emis_par", sa.Uuid, nullable=False),
    sa.Column("emis_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("retire_le", sa.DateTime(timezone=True)),
)

type Event = client.SecretEmis | client.SecretRetire
reads = Event


def key(event: Event) -> SecretId:
    return event.secret_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event. Every secret starts with SecretEmis."""
    match event:
        case client.SecretEmis():
            return row_of(table, event, emis_par=event.par, retire_le=None)
        case client.SecretRetire():
            return {**(row or {}), "retire_le": event.retire_le}
        case _:
            assert_never(event)


def du_client(client_id: UUID) -> sa.Select[Any]:
    """Its live secrets, the latest first: two at most."""
    return (
        sa.select(table)
        .where(table.c.client_id == client_id, table.c.retire_le.is_(None))
        .order_by(table.c.emis_le.desc(), table.c.secret_id)
    )
